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

// resolveDuration is how long the response of a log record took.
func (f *facts) resolveDuration() time.Duration {
	switch {
	case f.has(visit.Duration):
		return time.Duration(f.number[visit.Duration])
	case f.has(visit.BareDuration):
		return f.bareDuration()
	case f.has(visit.DurationPart):
		return time.Duration(f.number[visit.DurationPart])
	case f.has(visit.StartTime) && f.has(visit.EndTime) && f.number[visit.EndTime] >= f.number[visit.StartTime]:
		return time.Duration(f.number[visit.EndTime] - f.number[visit.StartTime])
	}
	return visit.UnknownDuration
}

// bareDuration is the duration under a key whose unit depends on the producer. It
// was read as milliseconds.
func (f *facts) bareDuration() time.Duration {
	unit := mapping.Sources[f.source].Unit
	if unit == 0 {
		return time.Duration(f.number[visit.BareDuration])
	}
	return time.Duration(min(float64(f.number[visit.BareDuration])/float64(time.Millisecond)*float64(unit), math.MaxInt64/2))
}

// resolveStart is when the request of a log record arrived. A time that was written
// with the response is the end, so the duration is subtracted. If that time has whole
// seconds only, its fraction was cut off, so the fraction of the duration is cut off
// too.
func (f *facts) resolveStart(record plog.LogRecord, took time.Duration) int64 {
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
		return f.number[visit.EndTime] - int64(max(took, 0))
	case stamped != 0 && producer.EndStamped:
		return stamped - int64(max(took, 0))
	case stamped != 0:
		return stamped
	}
	return int64(record.ObservedTimestamp())
}
