// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// resolveDuration is how long the response of a log record took. isGuess says that its
// unit is one.
func (f *facts) resolveDuration() (took time.Duration, isGuess bool) {
	switch {
	case f.has(visit.Duration):
		return time.Duration(f.number[visit.Duration]), false
	case f.has(visit.RequestTime) && mapping.Sources[f.source].MillisTime:
		return time.Duration(f.number[visit.RequestTime] / 1000), false
	case f.has(visit.RequestTime):
		return time.Duration(f.number[visit.RequestTime]), false
	case f.has(visit.BareDuration):
		return f.bareDuration()
	case f.has(visit.DurationPart):
		return time.Duration(f.number[visit.DurationPart]), false
	case f.has(visit.StartTime) && f.has(visit.EndTime) && f.number[visit.EndTime] >= f.number[visit.StartTime]:
		return f.measured(), false
	}
	return visit.UnknownDuration, false
}

// measured is the time between start and end, which the record has both. It is negative
// if the end is before the start.
func (f *facts) measured() time.Duration {
	return time.Duration(f.number[visit.EndTime] - f.number[visit.StartTime])
}

// bareDuration is the duration under a key that tells no unit. It was read as
// milliseconds. If the producer is not known, its unit is a guess.
func (f *facts) bareDuration() (took time.Duration, isGuess bool) {
	asMillis, unit := f.number[visit.BareDuration], mapping.Sources[f.source].Unit
	if isGuess = unit == 0; isGuess {
		measured := time.Duration(0)
		if f.has(visit.StartTime) && f.has(visit.EndTime) && f.text[visit.EndTime] != value.InSeconds {
			measured = f.measured()
		}
		unit = value.GuessUnit(asMillis, int64(measured))
	}
	if unit == time.Millisecond {
		return time.Duration(asMillis), isGuess
	}
	return time.Duration(min(float64(asMillis)/float64(time.Millisecond)*float64(unit), math.MaxInt64/2)), isGuess
}

// maxBack is how far a duration moves the time of a visit at most. Hardly a response
// takes longer; a duration in the wrong unit does.
const maxBack = time.Hour

// resolveStart is when the request of a log record arrived. A time that was written
// with the response is the end, so the duration is subtracted, unless its unit is a
// guess or it is longer than maxBack. If that time has whole seconds only, its
// fraction was cut off, so the fraction of the duration is cut off too.
func (f *facts) resolveStart(record plog.LogRecord, took time.Duration, isGuess bool) int64 {
	if isGuess || took < 0 || took > maxBack {
		took = 0
	}
	if !f.has(visit.EndTime) && f.has(visit.Day) && f.has(visit.Clock) {
		f.set(visit.EndTime, 1, f.text[visit.Clock], f.number[visit.Day]+f.number[visit.Clock])
	}
	producer := &mapping.Sources[f.source]
	stamped := int64(record.Timestamp())
	switch {
	case f.has(visit.StartTime):
		return f.number[visit.StartTime]
	case f.has(visit.EndTime) && producer.StartStamped:
		return f.number[visit.EndTime]
	case f.has(visit.EndTime):
		if f.text[visit.EndTime] == value.InSeconds {
			took = took.Truncate(time.Second)
		}
		return f.number[visit.EndTime] - int64(took)
	case stamped != 0 && producer.EndStamped:
		return stamped - int64(took)
	case stamped != 0:
		return stamped
	}
	return int64(record.ObservedTimestamp())
}
