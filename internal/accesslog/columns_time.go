// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"time"
)

// ColumnTime is a time in two columns. The zero value is none.
type ColumnTime struct {
	day, clock       int64 // nanoseconds since 1970, and since midnight
	hasDay, hasClock bool
	// WholeSeconds says that it has no fraction of a second.
	WholeSeconds bool
	// isLocal says that it is not in UTC but in the zone of the server.
	isLocal bool
}

// takeTime reads the columns of the time, which have the right form.
func (c *Columns) takeTime(l *Layout) {
	t := &c.Time
	if t.isLocal = l.IsLocal; l.day >= 0 {
		t.day, t.hasDay = dayOf(c.texts[l.day])
	}
	if l.clock >= 0 {
		text := c.texts[l.clock]
		t.clock, t.hasClock, t.WholeSeconds = clockOf(text), true, len(text) == len("15:04:05")
	}
}

// In returns the time in nanoseconds since 1970. A time that is not in UTC is in the
// given zone. If the log writes no day, that of the header counts. In reports false if
// there is no time or no day.
func (t *ColumnTime) In(zone *time.Location, header *Header) (nanos int64, ok bool) {
	day, hasDay := t.day, t.hasDay
	if !hasDay {
		day, hasDay = header.dayOf(t.clock)
	}
	if !hasDay || !t.hasClock {
		return 0, false
	}
	nanos = day + t.clock
	if t.isLocal {
		at := time.Unix(0, nanos).UTC()
		nanos = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), zone).UnixNano()
	}
	return nanos, true
}

// maxYear is the last one whose times fit into nanoseconds since 1970.
const maxYear = 2261

// dayOf reads a day that has the right form. It reports false if it is too late.
func dayOf(text string) (nanos int64, ok bool) {
	year := twoDigits(text)*100 + twoDigits(text[2:])
	month, day := twoDigits(text[5:]), twoDigits(text[8:])
	if year > maxYear || year < 1970 {
		return 0, false
	}
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).UnixNano(), true
}

// clockOf reads a time of day that has the right form.
func clockOf(text string) int64 {
	seconds := twoDigits(text)*3600 + twoDigits(text[3:])*60 + twoDigits(text[6:])
	nanos, unit := int64(seconds)*int64(time.Second), int64(time.Second)
	for i := len("15:04:05."); i < len(text); i++ {
		unit /= 10
		nanos += int64(text[i]-'0') * unit
	}
	return nanos
}

// twoDigits reads the two digits that a text begins with.
func twoDigits(text string) int { return int(text[0]-'0')*10 + int(text[1]-'0') }

// isDay recognises "2026-05-04".
func isDay(text string) bool {
	return len(text) == 10 && text[4] == '-' && text[7] == '-' && areDigits(text[:4]) && areDigits(text[5:7]) && areDigits(text[8:]) &&
		twoDigits(text[5:])-1 < 12 && twoDigits(text[5:]) > 0 && twoDigits(text[8:])-1 < 31 && twoDigits(text[8:]) > 0
}

// isClock recognises "09:15:02" and "09:15:02.120". A minute can have a leap second.
func isClock(text string) bool {
	return len(text) >= 8 && text[2] == ':' && text[5] == ':' && areDigits(text[:2]) && areDigits(text[3:5]) && areDigits(text[6:8]) &&
		twoDigits(text) < 24 && twoDigits(text[3:]) < 60 && twoDigits(text[6:]) <= 60 &&
		(len(text) == 8 || len(text) > 9 && len(text) <= 18 && text[8] == '.' && areDigits(text[9:]))
}

func areDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}
