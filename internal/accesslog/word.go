// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// takeWord takes a word that is not in quotation marks, and stores it if it is a
// duration, or a pair with a known key. It reports false if the line ends within the
// quotation marks of a pair.
func (e *Entry) takeWord(c *cursor) (word string, ok bool) {
	c.skipSpace()
	start := c.rest
	word = c.word()
	separator := strings.IndexAny(word, "=:")
	if separator <= 0 {
		e.takeDuration(word, "")
		return word, true
	}
	text := word[separator+1:]
	if strings.HasPrefix(text, `"`) {
		c.rest = start[separator+1:]
		if text, ok = c.quoted(); !ok {
			return word, false
		}
	}
	e.takePair(word[:separator], text)
	return word, true
}

// pairKeys are what formats write before a value, and what the value is: a list of
// addresses, a host, or a duration in a unit.
var pairKeys = []struct {
	key  string
	kind byte // 'x' for X-Forwarded-For, 'h' for the host
	unit time.Duration
}{
	{key: "x-forwarded-for", kind: 'x'},
	{key: "x_forwarded_for", kind: 'x'},
	{key: "xff", kind: 'x'},
	{key: "host", kind: 'h'},
	{key: "vhost", kind: 'h'},
	{key: "rt", unit: time.Second},
	{key: "request_time", unit: time.Second},
	{key: "response_time", unit: time.Second},
	{key: "ms", unit: time.Millisecond},
}

// takePair stores the value of a known key.
func (e *Entry) takePair(key, text string) {
	for i := range pairKeys {
		k := &pairKeys[i]
		switch {
		case !strings.EqualFold(k.key, key):
		case k.kind == 'x' && e.ForwardedFor == "":
			e.ForwardedFor = text
		case k.kind == 'h' && e.Host == "":
			e.Host = text
		case k.unit != 0 && !e.HasDuration:
			e.setNumber(text, k.unit)
		}
	}
}

// takeDuration stores a duration, unless there was one before. It has a unit, alone or
// after it, or it is a number of seconds with three or at least six places, as nginx and
// Python write it. A number of another form is a size, a ratio or a count.
func (e *Entry) takeDuration(word, next string) bool {
	if word == "" || !ascii.IsDigit(word[0]) {
		return false
	}
	end := 0
	for end < len(word) && (ascii.IsDigit(word[end]) || word[end] == '.') {
		end++
	}
	number, suffix := word[:end], word[end:]
	if suffix == "" {
		suffix = next
	}
	unit := unitOf(suffix)
	if places := end - 1 - strings.IndexByte(number, '.'); unit == 0 && end == len(word) && places < end && (places == 3 || places >= 6) {
		unit = time.Second
	}
	if unit == 0 || strings.Count(number, ".") > 1 {
		return false
	}
	if !e.HasDuration {
		e.setNumber(number, unit)
	}
	return true
}

// maxLineDuration is longer than any response takes: a larger number is no duration.
const maxLineDuration = 1_000_000 * time.Second

// setNumber takes a number of units as the duration.
func (e *Entry) setNumber(number string, unit time.Duration) {
	nanos, _, ok := value.Text(number).AsDuration(unit)
	e.setDuration(time.Duration(nanos), ok && nanos < int64(maxLineDuration))
}

// unitOf returns the unit of a duration, or 0.
func unitOf(s string) time.Duration {
	switch s {
	case "s", "sec", "secs", "seconds":
		return time.Second
	case "ms", "msec", "msecs":
		return time.Millisecond
	case "us", "µs", "μs", "usec", "usecs", "micros":
		return time.Microsecond
	case "ns", "nsecs":
		return time.Nanosecond
	}
	return 0
}
