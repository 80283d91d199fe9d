// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// value is the value of an attribute or of a member of a JSON text: a text or
// a number. A list's elements are joined.
type value struct {
	text     string
	number   float64
	integer  int64 // the number, if it is whole
	isNumber bool
	isWhole  bool
}

func textValue(s string) value { return value{text: s} }

func wholeValue(n int64) value {
	return value{number: float64(n), integer: n, isNumber: true, isWhole: true}
}

func numberValue(n float64) value {
	if n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return wholeValue(int64(n))
	}
	return value{number: n, isNumber: true}
}

// valueOf reads an attribute's value. A map has none.
func valueOf(v pcommon.Value) value {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return textValue(v.Str())
	case pcommon.ValueTypeInt:
		return wholeValue(v.Int())
	case pcommon.ValueTypeDouble:
		return numberValue(v.Double())
	case pcommon.ValueTypeBool:
		return textValue(strconv.FormatBool(v.Bool()))
	case pcommon.ValueTypeSlice:
		return joinedValue(v.Slice())
	}
	return value{}
}

// joinedValue joins a list's elements as repeated headers are (RFC 9110,
// section 5.3).
func joinedValue(list pcommon.Slice) value {
	if list.Len() == 1 && list.At(0).Type() != pcommon.ValueTypeSlice {
		return valueOf(list.At(0))
	}
	var joined strings.Builder
	for _, element := range list.All() {
		if element.Type() != pcommon.ValueTypeSlice {
			appendElement(&joined, valueOf(element))
		}
	}
	return textValue(joined.String())
}

func appendElement(joined *strings.Builder, element value) {
	text := element.asText()
	if isAbsent(text) || joined.Len() > maxTextBytes {
		return
	}
	if joined.Len() > 0 {
		joined.WriteString(", ")
	}
	joined.WriteString(text)
}

// asText is the value as text.
func (v value) asText() string {
	switch {
	case v.isWhole:
		return strconv.FormatInt(v.integer, 10)
	case v.isNumber:
		return strconv.FormatFloat(v.number, 'g', -1, 64)
	}
	return v.text
}

// asNumber is the value as a number, which may stand in a text.
func (v value) asNumber() (value, bool) {
	if v.isNumber {
		return v, !math.IsNaN(v.number)
	}
	if digits, decimals, ok := plainNumber(v.text); ok {
		if decimals < 0 {
			return wholeValue(digits), true
		}
		return numberValue(float64(digits) / powersOfTen[decimals]), true
	}
	if !looksNumeric(v.text) {
		return value{}, false
	}
	if isDigits(v.text) {
		n, err := strconv.ParseInt(v.text, 10, 64)
		return wholeValue(n), err == nil
	}
	n, err := strconv.ParseFloat(v.text, 64)
	return numberValue(n), err == nil && !math.IsNaN(n)
}

// plainNumber reads a number of up to fifteen digits with a point among them or
// none, as nearly all are: the digits, and how many stand behind the point, -1
// without one. A double holds such digits and the power of ten by which they are
// divided exactly, so the quotient is the one that strconv gives.
func plainNumber(s string) (digits int64, decimals int, ok bool) {
	if len(s) > 16 {
		return 0, 0, false
	}
	point := -1
	for i := range len(s) {
		if c := s[i] - '0'; c <= 9 {
			digits = digits*10 + int64(c)
			continue
		}
		if s[i] != '.' || point >= 0 {
			return 0, 0, false
		}
		point = i
	}
	if point < 0 {
		return digits, -1, len(s) > 0 && len(s) < 16
	}
	return digits, len(s) - 1 - point, len(s) > 1
}

var powersOfTen = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// looksNumeric spares the parsers text that is no number: their errors cost
// more than the look.
func looksNumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c|0x20 != 'e' {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// isAbsent tells the marks by which producers say that there is no value:
// the dash of log formats, the null of JSON writers, redaction marks.
func isAbsent(s string) bool {
	return s == "" || len(s) <= len("[redacted]") && absentInitials[s[0]] && absentMarks[s]
}

var absentMarks = wordSet("- null (null) <nil> nil unknown REDACTED Redacted [REDACTED] <redacted> [redacted]")

// absentInitials are the first bytes of absentMarks.
var absentInitials = initials(absentMarks)

// initials are the first bytes of words.
func initials(words map[string]bool) (set byteSet) {
	for word := range words {
		set[word[0]] = true
	}
	return set
}

// asStatus is a status code. Producers write 0 and -1 when no response was
// sent.
func (v value) asStatus() (int64, bool) {
	if v.isWhole && isStatus(v.integer) {
		return v.integer, true
	}
	if len(v.text) > 4 && v.text[3] == ' ' {
		v.text = v.text[:3] // "404 Not Found"
	}
	n, ok := v.asNumber()
	if !ok || !n.isWhole || !isStatus(n.integer) {
		return 0, false
	}
	return n.integer, true
}

// threeDigits is a number of three digits, as nearly all statuses in texts are, or
// 0.
func threeDigits(s string) int64 {
	if len(s) != 3 {
		return 0
	}
	hundreds, tens, ones := s[0]-'0', s[1]-'0', s[2]-'0'
	if hundreds > 9 || tens > 9 || ones > 9 {
		return 0
	}
	return int64(hundreds)*100 + int64(tens)*10 + int64(ones)
}

func isStatus(n int64) bool { return n >= 100 && n <= 599 }

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

// epochNanos is 0 for a number that is no time. A double of today's seconds is
// exact to a quarter of a microsecond, so a fraction is rounded to whole ones:
// cut off, 08.305 s would become 08.304 s.
func epochNanos(n value) int64 {
	for _, unit := range epochUnits {
		switch {
		case n.number < 0 || n.number >= unit.below:
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
