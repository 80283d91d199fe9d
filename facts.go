// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// bareRank is the rank of a duration whose unit stands in its text.
const bareRank = math.MaxUint8

// facts are what one span or log record says about each field: the value of
// the best key that has one.
type facts struct {
	rank   [fieldCount]uint8  // of the key that gave the value; 0: no value yet
	text   [fieldCount]string // borrowed from the telemetry
	number [fieldCount]int64  // status; durations and times in nanoseconds
	seen   []field            // those with a value, so that reset is cheap
}

func (f *facts) reset() {
	for _, i := range f.seen {
		f.rank[i] = 0
		f.text[i] = ""
		f.number[i] = 0
	}
	f.seen = f.seen[:0]
}

func (f *facts) has(i field) bool { return f.rank[i] != 0 }

// store keeps the value if its key is better than that of the value so far.
// It reports whether the value was of a kind that the field can have.
func (f *facts) store(a meaning, value pcommon.Value) bool {
	if value.Type() == pcommon.ValueTypeMap {
		return false
	}
	if f.rank[a.field] != 0 && f.rank[a.field] <= a.rank {
		return true
	}
	var text string
	var number int64
	var ok bool
	switch a.field {
	case status:
		number, ok = statusOf(value)
	case duration:
		number, ok = durationOf(value, a.unit)
	case bareDuration:
		if number, ok = durationOf(value, time.Millisecond); ok && !isNumber(value) {
			a = meaning{field: duration, rank: bareRank} // the text has its unit
		}
	case startTime, endTime:
		number, ok = timeOf(value)
	default:
		text = textOf(value)
		ok = !isAbsent(text)
	}
	if ok {
		f.set(a.field, a.rank, text, number)
	}
	return true
}

func (f *facts) set(i field, rank uint8, text string, number int64) {
	if f.rank[i] == 0 {
		f.seen = append(f.seen, i)
	}
	f.rank[i], f.text[i], f.number[i] = rank, text, number
}

// isAbsent tells the marks by which producers say that there is no value:
// the dash of log formats, the null of JSON writers, redaction marks.
func isAbsent(s string) bool {
	switch s {
	case "", "-", "null", "(null)", "<nil>", "unknown", "REDACTED", "Redacted", "[REDACTED]":
		return true
	}
	return false
}

// textOf is the text of a value. A list's elements are joined as repeated
// headers are (RFC 9110, section 5.3); other kinds have none.
func textOf(value pcommon.Value) string {
	switch value.Type() {
	case pcommon.ValueTypeStr:
		return value.Str()
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool:
		return value.AsString()
	case pcommon.ValueTypeSlice:
		list := value.Slice()
		if list.Len() == 1 {
			return textOf(list.At(0))
		}
		var joined strings.Builder
		for _, element := range list.All() {
			text := textOf(element)
			if isAbsent(text) || joined.Len() > maxTextBytes {
				continue
			}
			if joined.Len() > 0 {
				joined.WriteString(", ")
			}
			joined.WriteString(text)
		}
		return joined.String()
	}
	return ""
}

// numberOf reads an integer, a double or a number as text.
func numberOf(value pcommon.Value) (float64, bool) {
	switch value.Type() {
	case pcommon.ValueTypeInt:
		return float64(value.Int()), true
	case pcommon.ValueTypeDouble:
		return value.Double(), !math.IsNaN(value.Double())
	case pcommon.ValueTypeStr, pcommon.ValueTypeSlice:
		number, err := strconv.ParseFloat(textOf(value), 64)
		return number, err == nil && !math.IsNaN(number)
	}
	return 0, false
}

func isNumber(value pcommon.Value) bool {
	_, ok := numberOf(value)
	return ok
}

// statusOf reads a status code. Producers write 0 and -1 when no response was
// sent.
func statusOf(value pcommon.Value) (int64, bool) {
	number, ok := numberOf(value)
	if !ok || number < 100 || number > 599 || number != math.Trunc(number) {
		return 0, false
	}
	return int64(number), true
}

// durationOf reads a duration in nanoseconds. Text may carry a unit of its own,
// as in "12ms"; a number counts units, or nanoseconds when unit is 0.
func durationOf(value pcommon.Value, unit time.Duration) (int64, bool) {
	number, ok := numberOf(value)
	if !ok {
		d, err := time.ParseDuration(textOf(value))
		return int64(d), err == nil && d >= 0
	}
	number *= float64(max(unit, 1))
	if number < 0 || number > math.MaxInt64/2 {
		return 0, false
	}
	return int64(math.Round(number)), true
}

// timeLayouts are the text forms of times in access logs.
var timeLayouts = []string{
	time.RFC3339Nano,
	"02/Jan/2006:15:04:05 -0700", // common log format
	"[02/Jan/2006:15:04:05 -0700]",
	"2006-01-02 15:04:05.999999999Z07:00",
}

// timeOf reads a time as nanoseconds since 1970.
func timeOf(value pcommon.Value) (int64, bool) {
	if value.Type() == pcommon.ValueTypeInt {
		return epochNanos(float64(value.Int())), value.Int() > 0
	}
	if number, ok := numberOf(value); ok {
		return epochNanos(number), number > 0
	}
	text := textOf(value)
	for _, layout := range timeLayouts {
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed.UnixNano(), parsed.After(earliest)
		}
	}
	return 0, false
}

// epochNanos tells the unit of a time since 1970 by its magnitude: seconds,
// milliseconds, microseconds or nanoseconds. A double of today's seconds is
// exact to a quarter of a microsecond, so what it holds is rounded to whole ones:
// cut off, 08.305 s would become 08.304 s.
func epochNanos(number float64) int64 {
	for _, unit := range []struct {
		below float64
		scale float64
	}{{1e11, 1e9}, {1e14, 1e6}, {1e17, 1e3}} {
		if number < unit.below {
			return int64(math.Round(number*unit.scale/1e3)) * 1e3
		}
	}
	return int64(min(number, math.MaxInt64/2))
}

// resolveMethod finds the method and makes it upper case. A value that is no
// method, as the word GRAPHQL:query would be, counts as none.
func (f *facts) resolveMethod() bool {
	if !f.has(method) {
		name, _, _ := strings.Cut(f.text[requestLine], " ")
		if name == f.text[requestLine] {
			return false
		}
		f.set(method, 1, name, 0)
	}
	name := f.text[method]
	if len(name) > 32 {
		return false
	}
	for i := range len(name) {
		if c := name[i] | 0x20; (c < 'a' || c > 'z') && c != '-' && name[i] != '_' {
			return false
		}
	}
	f.text[method] = strings.ToUpper(name)
	return name != ""
}

// caddyLogger is how the names of Caddy's access loggers start.
const caddyLogger = "http.log.access"

// resolveDuration is the duration of a log record. A bare number under
// "duration" counts seconds in Caddy's log and milliseconds elsewhere.
func (f *facts) resolveDuration() time.Duration {
	switch {
	case f.has(duration):
		return time.Duration(f.number[duration])
	case !f.has(bareDuration):
		return unknownDuration
	case strings.HasPrefix(f.text[loggerName], caddyLogger):
		return time.Duration(f.number[bareDuration]) * (time.Second / time.Millisecond)
	}
	return time.Duration(f.number[bareDuration])
}

// resolveStart is when the request of a log record arrived. A time written
// with the response is taken back by the duration.
func (f *facts) resolveStart(record plog.LogRecord, took time.Duration) time.Time {
	switch {
	case f.has(startTime):
		return time.Unix(0, f.number[startTime])
	case f.has(endTime):
		return time.Unix(0, f.number[endTime]).Add(-max(took, 0))
	case record.Timestamp() != 0:
		return record.Timestamp().AsTime()
	}
	return record.ObservedTimestamp().AsTime()
}
