// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"math"
	"strings"
	"time"
)

// AsDuration returns the value as a duration in nanoseconds. A number counts the given
// units. A text may have its own unit, as in "12ms". A negative duration is none: it
// means that nothing was measured.
func (v Value) AsDuration(unit time.Duration) (nanos int64, hasUnit, ok bool) {
	n, isNumber := v.AsNumber()
	if !isNumber {
		nanos, ok = parseDuration(v.Text)
		return nanos, true, ok
	}
	nanos, ok = n.asNanos(unit)
	return nanos, false, ok
}

// asNanos returns the number of units in nanoseconds, rounded.
func (n *Number) asNanos(unit time.Duration) (nanos int64, ok bool) {
	if nanos, ok = n.times(int64(unit)); ok && nanos <= maxNanos {
		return nanos, true
	}
	rounded := math.Round(n.Float() * float64(unit))
	if math.IsNaN(rounded) || n.Float() < 0 || rounded > maxNanos {
		return 0, false
	}
	return int64(rounded), true
}

// maxDurationBytes is more than any form of a duration has.
const maxDurationBytes = 40

// parseDuration reads a duration that has its unit: "38ms" and "1m2.5s" as Go writes
// them, "38 ms" and "0.038 seconds", "PT0.038S" (ISO 8601), and "00:00:00.0381234"
// (.NET).
func parseDuration(s string) (nanos int64, ok bool) {
	if rest, isISO := strings.CutPrefix(s, "PT"); isISO {
		s = strings.ToLower(rest)
	}
	if s == "" || len(s) > maxDurationBytes {
		return 0, false
	}
	if s[0] >= '0' && s[0] <= '9' && strings.Count(s, ":") == 2 {
		return parseClockDuration(s)
	}
	end := len(s)
	for end > 0 && (s[end-1]|0x20 >= 'a' && s[end-1]|0x20 <= 'z') {
		end--
	}
	if unit, known := unitWords[s[end:]]; known {
		n, isNumber := parseNumber(strings.TrimSpace(s[:end]))
		if isNumber {
			return n.asNanos(unit)
		}
	}
	d, err := time.ParseDuration(strings.Replace(s, " ", "", 1))
	return int64(d), err == nil && d >= 0
}

// unitWords are the units as words, besides those that Go knows.
var unitWords = map[string]time.Duration{
	"msec": time.Millisecond, "msecs": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"usec": time.Microsecond, "usecs": time.Microsecond, "micros": time.Microsecond, "microsecond": time.Microsecond, "microseconds": time.Microsecond,
	"nsec": time.Nanosecond, "nsecs": time.Nanosecond, "nanos": time.Nanosecond, "nanosecond": time.Nanosecond, "nanoseconds": time.Nanosecond,
}

// parseClockDuration reads hours, minutes and seconds.
func parseClockDuration(s string) (nanos int64, ok bool) {
	hours, rest, _ := strings.Cut(s, ":")
	minutes, seconds, _ := strings.Cut(rest, ":")
	for _, part := range [...]struct {
		text string
		unit time.Duration
	}{{hours, time.Hour}, {minutes, time.Minute}, {seconds, time.Second}} {
		n, isNumber := parseNumber(part.text)
		add, isDuration := n.asNanos(part.unit)
		if !isNumber || !isDuration || add > maxNanos-nanos {
			return 0, false
		}
		nanos += add
	}
	return nanos, true
}

// The largest numbers of milliseconds and of microseconds that a whole number is taken
// for. As milliseconds, more would be half a minute, as microseconds half a second.
const (
	mostMillis = 30_000
	mostMicros = 500_000
)

// GuessUnit returns the unit that a duration probably counts, for a number whose key
// and producer do not tell. It is given what the number would be in milliseconds, in
// nanoseconds. measured is how long the same request took by other times of the
// record, or less than 1 if there are none: then the unit is the one that comes
// nearest. Otherwise its form tells: below one with a fraction, it counts seconds, as
// Go's zap does; with another fraction, or up to half a minute, milliseconds, as most
// do; beyond that microseconds or nanoseconds, as Go's slog does.
func GuessUnit(asMillis, measured int64) time.Duration {
	millis := asMillis / int64(time.Millisecond)
	switch {
	case measured > 0 && asMillis > 0:
		return nearestUnit(asMillis, measured)
	case asMillis%int64(time.Millisecond) != 0 && millis == 0:
		return time.Second
	case asMillis%int64(time.Millisecond) != 0 || millis <= mostMillis:
		return time.Millisecond
	case millis <= mostMicros:
		return time.Microsecond
	}
	return time.Nanosecond
}

// nearestUnit returns the unit in which a duration comes nearest to the measured one,
// as a ratio.
func nearestUnit(asMillis, measured int64) time.Duration {
	best, least := time.Millisecond, math.Inf(1)
	for _, unit := range [...]time.Duration{time.Millisecond, time.Second, time.Microsecond, time.Nanosecond} {
		ratio := math.Abs(math.Log(float64(asMillis) / float64(time.Millisecond) * float64(unit) / float64(measured)))
		if ratio < least {
			best, least = unit, ratio
		}
	}
	return best
}
