// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math"
	"strings"
	"time"
)

// asDuration is a duration in nanoseconds. A number counts units; text may
// carry a unit of its own, as in "12ms". A negative one says that there was
// none.
func (v value) asDuration(unit time.Duration) (int64, bool) {
	if !v.isNumber {
		n, ok := v.asNumber()
		if !ok {
			d, err := time.ParseDuration(strings.Replace(v.text, " ", "", 1))
			return int64(d), err == nil && d >= 0
		}
		v = n
	}
	nanos := v.number * float64(unit)
	if math.IsNaN(nanos) || nanos < 0 || nanos > math.MaxInt64/2 {
		return 0, false
	}
	return int64(math.Round(nanos)), true
}

// hasOwnUnit tells a duration as text with a unit.
func (v value) hasOwnUnit() bool {
	_, bare := v.asNumber()
	return !bare
}

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

// asTime is a time in nanoseconds since 1970.
func (v value) asTime() (int64, bool) {
	if v.isNumber && !math.IsNaN(v.number) {
		nanos := epochNanos(v)
		return nanos, nanos >= earliest
	}
	if n, ok := v.asNumber(); ok {
		nanos := epochNanos(n)
		return nanos, nanos >= earliest
	}
	if len(v.text) < len("2006-01-02T15:04:05") || len(v.text) > 64 {
		return 0, false
	}
	for _, layout := range timeLayouts {
		if layout[2] != v.text[2] && (layout[2] == '/' || v.text[2] == '/') || (layout[0] == '[') != (v.text[0] == '[') {
			continue
		}
		if parsed, err := time.Parse(layout, v.text); err == nil {
			return parsed.UnixNano(), isPossible(parsed)
		}
	}
	return 0, false
}

// inSeconds is the precision of a time without a fraction.
const inSeconds = "s"

// plainNanos is a duration, or a time in seconds with a fraction, that stands in a
// text without sign and exponent. It is what asDuration and asTime say, without
// the way through floating point.
func (v value) plainNanos(as reading, unit time.Duration) (nanos int64, ok bool) {
	if v.isNumber || as != asDuration && as != asEnd && as != asStart {
		return 0, false
	}
	digits, decimals, ok := plainNumber(v.text)
	switch {
	case !ok:
		return 0, false
	case as == asDuration:
		return scaled(digits, max(decimals, 0), unit)
	case decimals < 1 || 11+decimals < len(wholePowers) && digits >= wholePowers[11+decimals]:
		return 0, false // in another unit, or not to be told from one in whole seconds
	}
	nanos, ok = scaled(digits, decimals, time.Second)
	return nanos, ok && nanos >= earliest
}

// scaled is a decimal number of units as nanoseconds, if that is a whole number.
func scaled(digits int64, decimals int, unit time.Duration) (nanos int64, ok bool) {
	for ; decimals > 0 && unit > 1; decimals-- {
		unit /= 10
	}
	if decimals > 0 || unit == 0 || digits > math.MaxInt64/2/int64(unit) {
		return 0, false
	}
	return digits * int64(unit), true
}

// wholePowers are the powers of ten that plainNumber can tell apart.
var wholePowers = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// precision is inSeconds or empty.
func (v value) precision() string {
	if n, ok := v.asNumber(); ok && (n.number >= 1e11 || !n.isWhole) || strings.IndexByte(v.text, '.') >= 0 {
		return ""
	}
	return inSeconds
}

// isPossible says whether a time is not before earliest, and before the year
// 2262: later ones cannot be counted in nanoseconds.
func isPossible(t time.Time) bool {
	return t.Unix() >= earliest/int64(time.Second) && t.Before(latest)
}

var latest = time.Date(2262, time.January, 1, 0, 0, 0, 0, time.UTC)

// epochUnits tell the unit of a time since 1970 by its magnitude.
var epochUnits = [...]struct {
	below float64
	nanos int64
}{
	{1e11, int64(time.Second)},
	{1e14, int64(time.Millisecond)},
	{1e17, int64(time.Microsecond)},
	{math.MaxInt64 / 2, 1},
}

// epochNanos is 0 for a number that is no time, or one that cannot be counted in
// nanoseconds. A double of today's seconds is
// exact to a quarter of a microsecond, so a fraction is rounded to whole ones:
// cut off, 08.305 s would become 08.304 s.
func epochNanos(n value) int64 {
	for _, unit := range epochUnits {
		switch {
		case n.number < 0 || n.number >= unit.below:
		case n.number >= math.MaxInt64/float64(unit.nanos):
			return 0
		case n.isWhole:
			return n.integer * unit.nanos
		default:
			return int64(math.Round(n.number*float64(unit.nanos)/1e3)) * 1e3
		}
	}
	return 0
}

// asDay and asClock are the two halves of a time, as in W3C logs, which are in
// UTC: days since 1970 and the time of day, both in nanoseconds.
func (v value) asDay() (int64, bool) {
	parsed, err := time.Parse(time.DateOnly, v.text)
	return parsed.UnixNano(), err == nil && isPossible(parsed)
}

func (v value) asClock() (int64, bool) {
	if len(v.text) < len("15:04:05") || v.text[2] != ':' {
		return 0, false
	}
	parsed, err := time.Parse("15:04:05.999999999", v.text)
	return int64(parsed.Sub(parsed.Truncate(24 * time.Hour))), err == nil
}

// earliest is the year 2000 in Unix nanoseconds.
var earliest = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC).UnixNano()
