// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"math"
	"strings"
	"time"
)

// AsDuration is a duration in nanoseconds. A number counts units; a text may have
// a unit of its own, as in "12ms". A negative one says that nothing was measured.
func (v Value) AsDuration(unit time.Duration) (nanos int64, hasUnit, ok bool) {
	n, isNumber := v.AsNumber()
	if !isNumber {
		d, err := time.ParseDuration(strings.Replace(v.Text, " ", "", 1))
		return int64(d), true, err == nil && d >= 0
	}
	if nanos, ok = n.times(int64(unit)); ok && nanos <= maxNanos {
		return nanos, false, true
	}
	rounded := math.Round(n.Float() * float64(unit))
	if math.IsNaN(rounded) || rounded < 0 || rounded > maxNanos {
		return 0, false, false
	}
	return int64(rounded), false, true
}

// maxNanos is as long as a duration can be.
const maxNanos = math.MaxInt64 / 2

// timeLayouts are the text forms of times in access logs. A time without a
// zone is in UTC.
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

// InSeconds is the precision of a time without a fraction; that of others is
// empty.
const InSeconds = "s"

// PrecisionOf is the precision of a time as it is written.
func PrecisionOf(text string) string {
	if strings.IndexByte(text, '.') >= 0 {
		return ""
	}
	return InSeconds
}

// AsTime is a time in nanoseconds since 1970.
func (v Value) AsTime() (nanos int64, ok bool) {
	nanos, _, ok = v.AsTimestamp()
	return nanos, ok
}

// AsTimestamp is a time with its precision.
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

// isPossible says whether a time lies between earliest and the year 2262. Later
// ones cannot be counted in nanoseconds.
func isPossible(t time.Time) bool {
	return t.Unix() >= Earliest/int64(time.Second) && t.Before(latest)
}

var latest = time.Date(2262, time.January, 1, 0, 0, 0, 0, time.UTC)

// firstMillis is the number from which on a time since 1970 counts milliseconds.
const firstMillis = 1e11

// epochUnits are the units of a time since 1970, by its magnitude.
var epochUnits = [...]struct {
	below float64
	nanos int64
}{
	{firstMillis, int64(time.Second)},
	{1e14, int64(time.Millisecond)},
	{1e17, int64(time.Microsecond)},
	{maxNanos, 1},
}

// sinceEpoch is a number as a time in nanoseconds since 1970, or 0 if it is none. A
// double of today's seconds is exact to a quarter of a microsecond. So its fraction
// is rounded to microseconds: cut off, 08.305 s would become 08.304 s.
func (n *number) sinceEpoch() int64 {
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

// AsDay and asClock are the two halves of a time in W3C logs, which are in UTC: days
// since 1970, and the time of day. Both are in nanoseconds.
func (v Value) AsDay() (int64, bool) {
	parsed, err := time.Parse(time.DateOnly, v.Text)
	return parsed.UnixNano(), err == nil && isPossible(parsed)
}

func (v Value) AsClock() (int64, bool) {
	if len(v.Text) < len("15:04:05") || v.Text[2] != ':' {
		return 0, false
	}
	parsed, err := time.Parse("15:04:05.999999999", v.Text)
	return int64(parsed.Sub(parsed.Truncate(24 * time.Hour))), err == nil
}

// Earliest is the start of the year 2000 in Unix nanoseconds. An earlier time is a
// fault of the producer's clock.
var Earliest = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).UnixNano()
