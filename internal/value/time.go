// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"math"
	"strings"
	"time"
)

// maxNanos bounds durations and times, in nanoseconds.
const maxNanos = math.MaxInt64 / 2

// timeLayouts are the forms of times in access logs. A time without a zone is in UTC.
var timeLayouts = []string{
	time.RFC3339Nano,
	"02/Jan/2006:15:04:05 -0700", // common log format
	"[02/Jan/2006:15:04:05 -0700]",
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999 -0700",
	"2006-01-02 15:04:05.999999999 -0700 MST",
	"2006-01-02T15:04:05.999999999-0700",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04:05.999999999",
	"02/Jan/2006:15:04:05.999999999 -0700",
}

// InSeconds is the precision of a time without a fraction. That of other times is
// empty.
const InSeconds = "s"

// PrecisionOf returns the precision of a time in text form.
func PrecisionOf(text string) string {
	if strings.IndexByte(text, '.') >= 0 {
		return ""
	}
	return InSeconds
}

// AsTime returns the value as a time in nanoseconds since 1970.
func (v Value) AsTime() (nanos int64, ok bool) {
	nanos, _, ok = v.AsTimestamp()
	return nanos, ok
}

// AsTimestamp returns the value as a time in nanoseconds since 1970, with its precision.
func (v Value) AsTimestamp() (nanos int64, precision string, ok bool) {
	n, isNumber := v.AsNumber()
	if !isNumber {
		nanos, ok = parseTime(v.Text)
		return nanos, PrecisionOf(v.Text), ok
	}
	if n.places == 0 && n.digits < firstMillis {
		precision = PrecisionOf(v.Text)
	}
	nanos = n.sinceEpoch()
	return nanos, precision, nanos >= Earliest
}

// parseTime reads a time in one of timeLayouts.
func parseTime(text string) (nanos int64, ok bool) {
	if len(text) < len("2006-01-02T15:04:05") || len(text) > 64 {
		return 0, false
	}
	for _, layout := range timeLayouts {
		if layout[2] != text[2] && (layout[2] == '/' || text[2] == '/') || (layout[0] == '[') != (text[0] == '[') {
			continue
		}
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed.UnixNano(), isPossible(parsed)
		}
	}
	return 0, false
}

// isPossible reports whether a time lies between Earliest and latest.
func isPossible(t time.Time) bool {
	return t.Unix() >= Earliest/int64(time.Second) && t.Before(latest)
}

// Earliest is the start of the year 2000, in nanoseconds since 1970. An earlier time
// comes from a clock that is wrong.
var Earliest = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).UnixNano()

// latest is the end of the times that fit into nanoseconds since 1970.
var latest = time.Date(lastYear, time.January, 1, 0, 0, 0, 0, time.UTC)

const lastYear = 2262

// firstMillis is the smallest time since 1970 that counts milliseconds. Smaller ones
// count seconds.
const firstMillis = 1e11

// epochUnits are the units of a time since 1970, told by how large the number is.
var epochUnits = [...]struct {
	below float64
	nanos int64
}{
	{firstMillis, int64(time.Second)},
	{1e14, int64(time.Millisecond)},
	{1e17, int64(time.Microsecond)},
	{maxNanos, 1},
}

// sinceEpoch returns a number as a time in nanoseconds since 1970, or 0 if it is none.
// A float64 of today's seconds is exact to a quarter of a microsecond, so its fraction
// is rounded to microseconds. If it were cut off, 08.305 s would become 08.304 s.
func (n *Number) sinceEpoch() int64 {
	double := n.Float()
	for _, unit := range epochUnits {
		switch {
		case double < 0 || double >= unit.below:
			continue
		case double >= math.MaxInt64/float64(unit.nanos):
			return 0
		}
		if nanos, ok := n.times(unit.nanos); ok {
			return nanos
		}
		return int64(math.Round(double*float64(unit.nanos)/1e3)) * 1e3
	}
	return 0
}

// AsDay returns the value as a day ("2026-05-04"), in nanoseconds since 1970. W3C logs
// write a time in two columns, in UTC: the day, and the time of day that AsClock reads.
func (v Value) AsDay() (int64, bool) {
	parsed, err := time.Parse(time.DateOnly, v.Text)
	return parsed.UnixNano(), err == nil && isPossible(parsed)
}

// AsClock returns the value as a time of day ("09:15:02"), in nanoseconds.
func (v Value) AsClock() (int64, bool) {
	if len(v.Text) < len("15:04:05") || v.Text[2] != ':' {
		return 0, false
	}
	parsed, err := time.Parse("15:04:05.999999999", v.Text)
	return int64(parsed.Sub(parsed.Truncate(24 * time.Hour))), err == nil
}
