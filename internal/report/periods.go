// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import "time"

// Day is the longest step of a Counter.
const Day = 24 * time.Hour

// steps are how a short time is told, and their names. A longer one is told by day.
var steps = []struct {
	length time.Duration
	name   string
}{
	{time.Minute, "minute"}, {5 * time.Minute, "5 minutes"}, {15 * time.Minute, "15 minutes"}, {time.Hour, "hour"},
}

// StepFor is the shortest step that divides the time between two moments into few
// periods. The moments are in Unix nanoseconds.
func StepFor(first, last int64) time.Duration {
	for _, s := range steps {
		if time.Duration(last-first) < (maxPeriods-1)*s.length {
			return s.length
		}
	}
	return Day
}

const secondsOfDay = 24 * 60 * 60

// slotOf is the number of the step in which a time lies, counted since 1970: of days in
// the counter's zone, or of shorter steps. Most times are of the same step as the one
// before.
func (c *Counter) slotOf(at int64) int32 {
	if at >= c.dawn && at < c.dusk {
		return c.today
	}
	if c.step < Day {
		c.today = int32(at / int64(c.step))
		c.dawn = int64(c.today) * int64(c.step)
		c.dusk = c.dawn + int64(c.step)
		return c.today
	}
	year, month, day := time.Unix(0, at).In(c.zone).Date()
	c.today = int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)
	c.dawn = time.Date(year, month, day, 0, 0, 0, 0, c.zone).UnixNano()
	c.dusk = time.Date(year, month, day+1, 0, 0, 0, 0, c.zone).UnixNano()
	return c.today
}

// periods divide the time of a report.
type periods struct {
	unit  string // day, week or the name of a step
	start int32  // the slot in which the first begins
	slots int32  // of one period
	n     int
	early bool // there are visits before the first
}

const (
	daysOfWeek = 7
	// maxDays is the longest time that is told by day.
	maxDays = 21
	// maxPeriods is more than a year. Of longer times the latest periods are told.
	maxPeriods = 60
)

// periods are the counter's steps. Many days are told by week.
func (c *Counter) periods() periods {
	p := periods{unit: "week", slots: daysOfWeek}
	if c.step < Day {
		p.slots = 1
		for _, s := range steps {
			if s.length == c.step {
				p.unit = s.name
			}
		}
	}
	if c.first == 0 {
		return p
	}
	first, last := c.slotOf(c.first), c.slotOf(c.last)
	p.start, p.n = first, int(last-first)+1
	switch {
	case c.step < Day:
	case p.n <= maxDays:
		p.unit, p.slots = "day", 1
	default:
		p.start = monday(first)
		p.n = int(monday(last)-p.start)/daysOfWeek + 1
	}
	if tooMany := p.n - maxPeriods; tooMany > 0 {
		p.start, p.n, p.early = p.start+int32(tooMany)*p.slots, maxPeriods, true
	}
	return p
}

// monday is the Monday of a day's week. 1970 began on a Thursday.
func monday(day int32) int32 { return day - (day+3)%daysOfWeek }

// names are the dates on which the periods begin, or the moments.
func (c *Counter) names(p *periods) []string {
	list := make([]string, p.n)
	for i := range list {
		slot := int64(p.start) + int64(i)*int64(p.slots)
		if c.step < Day {
			list[i] = time.Unix(0, slot*int64(c.step)).In(c.zone).Format("2006-01-02 15:04")
		} else {
			list[i] = time.Unix(slot*secondsOfDay, 0).UTC().Format(time.DateOnly)
		}
	}
	return list
}

// sum is what a visitor did, by period.
func (p *periods) sum(v *visitor) Sum {
	s := Sum{Name: v.Name, Visits: v.visits, Errors: v.errors(), ByPeriod: make([]uint64, p.n)}
	for slot, n := range v.slots {
		if i := int(slot-p.start) / int(p.slots); slot >= p.start && i < p.n {
			s.ByPeriod[i] += n
		}
	}
	return s
}
