// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// LineTime is a time in a line of an access log.
type LineTime struct {
	Nanos        int64 // since 1970; 0 if the time is not possible, such as one in 1970
	WholeSeconds bool  // there is no fraction of a second
}

// ParseLineTime reads a time in any form that lines of access logs have. It reports
// whether s is a time at all. A time that cannot be a visit's is one, too, so that a
// clock that is wrong does not change what kind of line it is. A time without a zone is
// in the given one.
//
//	04/May/2026:09:15:02 +0000       common log format, with or without fraction and zone
//	04/mai/2026:09:15:02 +0000       the same with names of months of other languages
//	05/04/2026:09:15:02 -0000        cPanel: month, day, year
//	04/May/2026 09:15:02             Django, Werkzeug
//	2026-05-04T09:15:02.158Z         ISO 8601, with "T", "_", " " or " - " and any zone
//	2026/05/04 09:15:02              Go's log
//	Mon May  4 09:15:02 2026         ctime
//	Mon, 04 May 2026 09:15:02 GMT    HTTP's own date
//	1777886102.158                   seconds since 1970
func ParseLineTime(s string, zone *time.Location) (t LineTime, ok bool) {
	if len(s) < len("1777886102") || len(s) > maxLineTime {
		return t, false
	}
	var d civil
	if len(s) == len("04/May/2026:09:15:02 +0000") && d.readCommon(s) {
		return LineTime{d.nanos(zone), true}, d.isDate()
	}
	d = civil{}
	rest, ok := d.readDay(s)
	switch {
	case ok:
		rest, ok = d.readClock(afterDay(rest))
	case s[3] == ' ':
		rest, ok = d.readCTime(s)
	case s[3] == ',':
		rest, ok = d.readHTTPDate(strings.TrimLeft(s[4:], " "))
	default:
		return sinceEpoch(s)
	}
	if !ok || !d.isDate() || !d.readZone(rest) {
		return t, false
	}
	return LineTime{d.nanos(zone), !d.hasFraction}, true
}

// sinceEpoch reads seconds since 1970.
func sinceEpoch(s string) (t LineTime, ok bool) {
	seconds, fraction, hasFraction := strings.Cut(s, ".")
	if !ascii.IsDigits(seconds) || hasFraction && !ascii.IsDigits(fraction) {
		return t, false
	}
	n, _, ok := Text(s).AsTimestamp()
	return LineTime{n, !hasFraction}, ok
}

// maxLineTime is more than the longest form has.
const maxLineTime = 48

// civil is a date and a time of day.
type civil struct {
	year, month, day     int
	hour, minute, second int
	fraction             int // in nanoseconds
	hasFraction          bool
	offset               int // of the zone, in seconds
	hasZone              bool
}

// readCommon reads the common log format, in which nearly all times of lines are.
func (d *civil) readCommon(s string) bool {
	if s[2] != '/' || s[6] != '/' || s[11] != ':' || s[14] != ':' || s[17] != ':' || s[20] != ' ' || s[21] != '+' && s[21] != '-' {
		return false
	}
	var bad byte
	two := func(at int) int {
		tens, ones := s[at]-'0', s[at+1]-'0'
		if tens > 9 || ones > 9 {
			bad = 1
		}
		return int(tens)*10 + int(ones)
	}
	d.day, d.month, d.year = two(0), monthOf(s[3:6]), two(7)*100+two(9)
	d.hour, d.minute, d.second = two(12), two(15), two(18)
	hours, minutes := two(22), two(24)
	d.offset, d.hasZone = (hours*60+minutes)*60, true
	if s[21] == '-' {
		d.offset = -d.offset
	}
	return bad == 0 && hours < 24 && minutes < 60
}

// number reads the digits at the start, at most as many as given.
func number(s string, most int) (n, length int) {
	for length < len(s) && length < most && ascii.IsDigit(s[length]) {
		n = n*10 + int(s[length]-'0')
		length++
	}
	return n, length
}

// readDay reads a day. It returns what follows.
func (d *civil) readDay(s string) (rest string, ok bool) {
	first, length := number(s, 4)
	if length == 4 && len(s) > len("2026-05-04") && (s[4] == '-' || s[4] == '/') && s[7] == s[4] {
		month, monthLength := number(s[5:], 2)
		day, dayLength := number(s[8:], 2)
		d.year, d.month, d.day = first, month, day
		return s[len("2026-05-04"):], monthLength == 2 && dayLength == 2
	}
	if length == 0 || length > 2 || length == len(s) || s[length] != '/' {
		return s, false
	}
	s = s[length+1:]
	slash := 3
	if len(s) < 4 || s[3] != '/' {
		slash = strings.IndexByte(s[:min(len(s), maxMonthName)], '/')
	}
	if slash <= 0 {
		return s, false
	}
	d.day, d.month = first, monthOf(s[:slash])
	if n, digits := number(s, 2); digits == slash {
		d.month, d.day = first, n
	}
	year, yearLength := number(s[slash+1:], 5)
	d.year = year
	return s[slash+1+yearLength:], yearLength == 4
}

// afterDay removes what separates the day from the time of day.
func afterDay(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case ':', 'T', 't', '_':
		return s[1:]
	case ' ':
		s = strings.TrimLeft(s, " ")
		return strings.TrimPrefix(s, "- ") // Gin
	}
	return ""
}

// readClock reads "09:15:02", and a fraction.
func (d *civil) readClock(s string) (rest string, ok bool) {
	if len(s) < len("9:15:02") {
		return s, false
	}
	hour, length := number(s, 2)
	s = s[length:]
	if length == 0 || len(s) < len(":15:02") || s[0] != ':' || s[3] != ':' {
		return s, false
	}
	minute, minuteLength := number(s[1:3], 2)
	second, secondLength := number(s[4:6], 2)
	d.hour, d.minute, d.second = hour, minute, second
	rest = s[len(":15:02"):]
	if len(rest) > 1 && (rest[0] == '.' || rest[0] == ',') {
		rest = d.readFraction(rest[1:])
	}
	return rest, minuteLength == 2 && secondLength == 2
}

func (d *civil) readFraction(s string) (rest string) {
	n, length := number(s, 9)
	for range 9 - length {
		n *= 10
	}
	d.fraction, d.hasFraction = n, length > 0
	return s[length:]
}

// readCTime reads "Mon May  4 09:15:02 2026".
func (d *civil) readCTime(s string) (rest string, ok bool) {
	if len(s) < len("Mon May  4 09:15:02 2026") || s[7] != ' ' {
		return s, false
	}
	d.month = monthOf(s[4:7])
	day, length := number(strings.TrimLeft(s[8:10], " "), 2)
	d.day = day
	if rest, ok = d.readClock(s[11:]); !ok || length == 0 {
		return s, false
	}
	year, length := number(strings.TrimLeft(rest, " "), 4)
	d.year = year
	return "", length == 4
}

// readHTTPDate reads "04 May 2026 09:15:02 GMT".
func (d *civil) readHTTPDate(s string) (rest string, ok bool) {
	day, length := number(s, 2)
	s = s[length:]
	if length == 0 || len(s) < len(" May 2026 09:15:02") || s[0] != ' ' || s[4] != ' ' || s[9] != ' ' {
		return s, false
	}
	year, length := number(s[5:], 4)
	d.day, d.month, d.year = day, monthOf(s[1:4]), year
	rest, ok = d.readClock(s[10:])
	return rest, ok && length == 4
}

// readZone reads a zone, or nothing.
func (d *civil) readZone(s string) bool {
	s = strings.Trim(s, " ")
	switch s {
	case "":
		return true
	case "Z", "z", "UTC", "GMT", "+0000 UTC":
		d.hasZone = true
		return true
	}
	if len(s) < len("+02") || s[0] != '+' && s[0] != '-' {
		return false
	}
	hours, length := number(s[1:], 2)
	rest := strings.TrimPrefix(s[1+length:], ":")
	minutes, minuteLength := number(rest, 2)
	d.offset, d.hasZone = (hours*60+minutes)*60, true
	if s[0] == '-' {
		d.offset = -d.offset
	}
	return length == 2 && minuteLength == len(rest) && (minuteLength == 0 || minuteLength == 2) && hours < 24 && minutes < 60
}

func (d *civil) isDate() bool {
	return d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= daysIn(d.month, d.year) &&
		d.hour < 24 && d.minute < 60 && d.second <= 60
}

func daysIn(month, year int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// nanos returns the time since 1970, or 0 if it is not possible.
func (d *civil) nanos(zone *time.Location) int64 {
	if d.year < 1999 || d.year >= lastYear {
		return 0
	}
	seconds := d.daysSince1970()*24*60*60 + int64(d.hour*60*60+d.minute*60+d.second)
	switch {
	case d.hasZone:
		seconds -= int64(d.offset)
	case zone != time.UTC:
		seconds = time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, zone).Unix()
	}
	nanos := seconds*int64(time.Second) + int64(d.fraction)
	if nanos < Earliest {
		return 0
	}
	return nanos
}

// daysSince1970 counts the days by years that begin in March, so that a leap day is
// the last of its year.
func (d *civil) daysSince1970() int64 {
	year, month := d.year, d.month-3
	if month < 0 {
		year, month = year-1, month+12
	}
	const before1970 = 719468 // days from 0000-03-01 to 1970-01-01
	return int64(year*365+year/4-year/100+year/400+(153*month+2)/5+d.day-1) - before1970
}
