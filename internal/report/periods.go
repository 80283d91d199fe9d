// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import "time"

// periods divide the time of a report.
type periods struct {
	unit  string // day or week
	start int32  // the day on which the first begins, in days since 1970
	days  int32  // of one period
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

// periods are days if there are few of them, and weeks otherwise.
func (c *Counter) periods() periods {
	if c.first == 0 {
		return periods{unit: "week", days: daysOfWeek}
	}
	first, last := c.dayOf(c.first), c.dayOf(c.last)
	p := periods{unit: "day", start: first, days: 1, n: int(last-first) + 1}
	if p.n > maxDays {
		first, last = monday(first), monday(last)
		p = periods{unit: "week", start: first, days: daysOfWeek, n: int(last-first)/daysOfWeek + 1}
	}
	if tooMany := p.n - maxPeriods; tooMany > 0 {
		p.start, p.n, p.early = p.start+int32(tooMany)*p.days, maxPeriods, true
	}
	return p
}

// monday is the Monday of a day's week. 1970 began on a Thursday.
func monday(day int32) int32 { return day - (day+3)%daysOfWeek }

// names are the dates on which the periods begin.
func (p *periods) names() []string {
	dates := make([]string, p.n)
	for i := range dates {
		day := int64(p.start) + int64(i)*int64(p.days)
		dates[i] = time.Unix(day*secondsOfDay, 0).UTC().Format(time.DateOnly)
	}
	return dates
}

// sum is what a visitor did, by period.
func (p *periods) sum(v *visitor) Sum {
	s := Sum{Name: v.Name, Visits: v.visits, Errors: v.errors(), ByPeriod: make([]uint64, p.n)}
	for day, n := range v.days {
		if i := int(day-p.start) / int(p.days); day >= p.start && i < p.n {
			s.ByPeriod[i] += n
		}
	}
	return s
}
