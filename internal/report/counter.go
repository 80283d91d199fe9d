// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Counter counts requests, and items that are none. It serves one goroutine at a time;
// several can each have one, and Merge brings them together.
type Counter struct {
	zone *time.Location
	step time.Duration // the shortest time that is counted by itself

	visits  uint64
	first   int64 // the earliest time and the latest, in Unix nanoseconds; 0: none was known
	last    int64
	lacking [len(parts)]uint64 // visits that lack a part
	skipped [visit.SkipReasonCount]skip

	visitors visitors
	pages    frequent // by agent
	errors   frequent // by agent and status
	landings frequent // by assistant

	assistants visitors // who sent people

	site string // the host of all pages, if they have one; for Report

	today      int32 // the slot of the latest time,
	dawn, dusk int64 // which begins at dawn and ends at dusk, in Unix nanoseconds
}

// skip is what is known of items that were skipped for one reason.
type skip struct {
	items uint64
	first Place
}

// Place is where an item stands: a number that orders the files, and the line.
type Place struct {
	File int
	Line int64 // from 1; 0: there is none
}

func (p Place) before(other Place) bool {
	return other.Line == 0 || cmp.Or(cmp.Compare(p.File, other.File), cmp.Compare(p.Line, other.Line)) < 0
}

// NewCounter makes a counter of visits by day, or by week if there are many days. Days
// are those of a zone.
func NewCounter(zone *time.Location) *Counter { return NewCounterBy(Day, zone) }

// NewCounterBy makes a counter of visits by a step, which is what StepFor returns. Only
// counters of the same step can be merged.
func NewCounterBy(step time.Duration, zone *time.Location) *Counter {
	return &Counter{
		zone: zone, step: step, visitors: newVisitors(), assistants: newVisitors(),
		pages: newFrequent(), errors: newFrequent(), landings: newFrequent(),
	}
}

// Skip counts an item that is no visit.
func (c *Counter) Skip(reason visit.SkipReason, at Place) { c.skip(reason, 1, at) }

func (c *Counter) skip(reason visit.SkipReason, items uint64, at Place) {
	s := &c.skipped[reason]
	s.items += items
	if at.Line != 0 && at.before(s.first) {
		s.first = at
	}
}

// Add counts a request.
func (c *Counter) Add(r *Request) {
	c.visits++
	for i := range parts {
		if !parts[i].in(r) {
			c.lacking[i]++
		}
	}
	slot := int32(0)
	if r.Time != 0 {
		slot = c.slotOf(r.Time)
		c.seen(r.Time, r.Time)
	}
	who := c.visitors.of(&r.Headers)
	who.count(r.Status, r.Time, slot)
	if who.claimed {
		who.visitor.claimed++
	}
	if who.known {
		failed := uint64(0)
		if r.Status >= 400 {
			failed = 1
			c.errors.add(entry{who.number, uint16(r.Status), r.Host, r.Path}, 1, 1)
		}
		c.pages.add(entry{by: who.number, host: r.Host, path: r.Path}, 1, failed)
		return
	}
	if who.Name == agents.Browser && (r.Referer != "" || r.Query != "") {
		if name := agents.ReferredBy(r.Referer, r.Query); name != "" {
			c.addSent(name, r, slot)
		}
	}
}

// addSent counts a person whom an assistant sent.
func (c *Counter) addSent(assistant string, r *Request, slot int32) {
	by := c.assistants.row(agents.Agent{Name: assistant}, true)
	by.count(r.Status, r.Time, slot)
	failed := uint64(0)
	if r.Status >= 400 {
		failed = 1
	}
	c.landings.add(entry{by: by.number, host: r.Host, path: r.Path}, 1, failed)
}

func (c *Counter) seen(first, last int64) {
	if first != 0 && (c.first == 0 || first < c.first) {
		c.first = first
	}
	c.last = max(c.last, last)
}

// Merge adds what another counter counted.
func (c *Counter) Merge(other *Counter) {
	c.visits += other.visits
	c.seen(other.first, other.last)
	for i, n := range other.lacking {
		c.lacking[i] += n
	}
	for reason, s := range other.skipped {
		c.skip(visit.SkipReason(reason), s.items, s.first)
	}
	numbers := c.visitors.merge(&other.visitors)
	c.pages.merge(&other.pages, numbers)
	c.errors.merge(&other.errors, numbers)
	c.landings.merge(&other.landings, c.assistants.merge(&other.assistants))
}

// merge adds the visitors of another counter and returns how its numbers become those of
// this one.
func (v *visitors) merge(other *visitors) func(uint16) uint16 {
	numbers := make([]uint16, len(other.rows))
	for i, row := range other.rows {
		mine := v.row(row.Agent, row.known)
		mine.merge(row)
		numbers[i] = mine.number
	}
	return func(number uint16) uint16 { return numbers[number] }
}
