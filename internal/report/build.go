// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// How long lists are.
const (
	maxPages      = 20
	maxAgentPages = 10
	maxErrors     = 20
	maxFailures   = 5 // of one agent
	maxNames      = 6 // agents of one page
)

// Report makes the report of what was counted. place writes where an item stands.
func (c *Counter) Report(place func(Place) string) *Report {
	r := &Report{Visits: c.visits, First: c.moment(c.first), Last: c.moment(c.last), Files: []File{}, Notes: []string{}}
	c.findSite()
	r.Site = c.site
	p := c.periods()
	r.Period, r.Periods = p.unit, c.names(&p)
	operators, purposes := map[string]*Sum{}, map[string]*Sum{}
	pages, failures := c.pagesBy(len(c.visitors.rows)), c.failuresBy()
	r.Agents, r.Classes = []Agent{}, []Agent{}
	for _, v := range c.visitors.rows {
		a := Agent{Sum: p.sum(v), Operator: v.Operator, Purpose: v.Purpose, Claimed: v.claimed, First: c.date(v.first), Last: c.date(v.last), Pages: pages[v.number], Failed: failures[v.number]}
		if !v.known {
			r.Classes = append(r.Classes, a)
			continue
		}
		r.Agents = append(r.Agents, a)
		addTo(operators, v.Operator, a.Sum)
		addTo(purposes, v.Purpose, a.Sum)
	}
	slices.SortFunc(r.Agents, func(a, b Agent) int { return compareSums(&a.Sum, &b.Sum) })
	slices.SortFunc(r.Classes, func(a, b Agent) int { return compareSums(&a.Sum, &b.Sum) })
	r.Operators, r.Purposes = sortedSums(operators), sortedSums(purposes)
	r.Pages, r.Errors = c.topPages(), c.topErrors()
	r.SentBy = c.senders(&p)
	r.Skipped, r.Lacks = c.skips(place), c.lacks()
	for _, s := range r.Skipped {
		r.Lines += s.Lines
	}
	r.Lines += r.Visits
	c.note(r, &p)
	return r
}

// findSite finds the one host that all pages in the lists have.
func (c *Counter) findSite() {
	hosts := map[string]bool{}
	for _, f := range []*frequent{&c.pages, &c.errors, &c.landings} {
		f.addHosts(hosts)
	}
	c.site = ""
	if len(hosts) == 1 {
		c.site = slices.Collect(maps.Keys(hosts))[0]
	}
}

// note says what the report leaves out.
func (c *Counter) note(r *Report, p *periods) {
	if r.Visits == 0 && r.Lines > 0 {
		r.Notes = append(r.Notes, "None of the lines is a visit. Below is why, and what helps.")
	}
	if lost := c.pages.forgotten + c.errors.forgotten + c.landings.forgotten; lost > 0 {
		r.Notes = append(r.Notes, "There are too many different pages to remember them all. The lists of pages and errors lack "+Number(lost)+
			" visits of rarely read ones, counted in each list that lacks them. Numbers in these lists can be too low; those by agent, operator, purpose and time are exact.")
	}
	if p.early {
		r.Notes = append(r.Notes, "The log has older visits than "+r.Periods[0]+". They count in all numbers but those by "+p.unit+".")
	}
}

func (c *Counter) moment(at int64) string {
	if at == 0 {
		return ""
	}
	return time.Unix(0, at).In(c.zone).Format(time.RFC3339)
}

func (c *Counter) date(at int64) string {
	if at == 0 {
		return ""
	}
	return time.Unix(0, at).In(c.zone).Format(time.DateOnly)
}

// compareSums puts the most visits first.
func compareSums(a, b *Sum) int {
	return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Name, b.Name))
}

func addTo(sums map[string]*Sum, name string, more Sum) {
	s := sums[name]
	if s == nil {
		s = &Sum{Name: name, ByPeriod: make([]uint64, len(more.ByPeriod))}
		sums[name] = s
	}
	s.Visits += more.Visits
	s.Errors += more.Errors
	for i, n := range more.ByPeriod {
		s.ByPeriod[i] += n
	}
}

func sortedSums(sums map[string]*Sum) []Sum {
	list := []Sum{}
	for _, s := range sums {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b Sum) int { return compareSums(&a, &b) })
	return list
}

// pagesBy are the pages that each of n visitors read most.
func (c *Counter) pagesBy(n int) [][]PageCount {
	lists := make([][]PageCount, n)
	for e, t := range c.pages.counts {
		if t.visits > t.errors {
			lists[e.by] = append(lists[e.by], PageCount{e.page(c.site), t.visits, t.errors})
		}
	}
	return mostOf(lists, comparePages)
}

// landingsBy are the pages to which each of n assistants sent most people, also where
// nobody could read them.
func (c *Counter) landingsBy(n int) [][]PageCount {
	lists := make([][]PageCount, n)
	for e, t := range c.landings.counts {
		lists[e.by] = append(lists[e.by], PageCount{e.page(c.site), t.visits, t.errors})
	}
	return mostOf(lists, func(a, b PageCount) int {
		return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Page, b.Page))
	})
}

// mostOf sorts the lists and cuts them.
func mostOf(lists [][]PageCount, compare func(a, b PageCount) int) [][]PageCount {
	for i, list := range lists {
		slices.SortFunc(list, compare)
		lists[i] = slices.Clip(list[:min(len(list), maxAgentPages)])
	}
	return lists
}

// comparePages puts first what was read most: a page that was not found was not read.
func comparePages(a, b PageCount) int {
	return cmp.Or(cmp.Compare(b.Read(), a.Read()), cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Page, b.Page))
}

// names are counts by name, the largest first.
type names map[string]uint64

func (n names) list() []Count {
	list := []Count{}
	for name, visits := range n {
		list = append(list, Count{name, visits})
	}
	slices.SortFunc(list, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Name, b.Name)) })
	return list[:min(len(list), maxNames)]
}

func (c *Counter) topPages() []Page {
	counts, readers := map[string]PageCount{}, map[string]names{}
	for e, t := range c.pages.counts {
		page := e.page(c.site)
		sum := counts[page]
		counts[page] = PageCount{page, sum.Visits + t.visits, sum.Errors + t.errors}
		if readers[page] == nil {
			readers[page] = names{}
		}
		if t.visits > t.errors {
			readers[page][c.visitors.rows[e.by].Name] += t.visits - t.errors
		}
	}
	list := []Page{}
	for page, sum := range counts {
		if sum.Read() > 0 {
			list = append(list, Page{PageCount: sum, Agents: readers[page].list()})
		}
	}
	slices.SortFunc(list, func(a, b Page) int { return comparePages(a.PageCount, b.PageCount) })
	return list[:min(len(list), maxPages)]
}

func (c *Counter) senders(p *periods) []Sender {
	pages := c.landingsBy(len(c.assistants.rows))
	list := []Sender{}
	for _, v := range c.assistants.rows {
		list = append(list, Sender{Sum: p.sum(v), Pages: pages[v.number]})
	}
	slices.SortFunc(list, func(a, b Sender) int { return compareSums(&a.Sum, &b.Sum) })
	return list
}

func (c *Counter) skips(place func(Place) string) []Skipped {
	list := []Skipped{}
	for reason, s := range c.skipped {
		if s.items == 0 {
			continue
		}
		skipped := Skipped{Reason: visit.SkipReasons[reason], Lines: s.items, Remedy: translate.Remedy(visit.SkipReason(reason))}
		if s.first.Line != 0 {
			skipped.First = place(s.first)
		}
		list = append(list, skipped)
	}
	slices.SortFunc(list, func(a, b Skipped) int { return cmp.Or(cmp.Compare(b.Lines, a.Lines), cmp.Compare(a.Reason, b.Reason)) })
	return list
}

// Number writes a number with separators: 12,345.
func Number(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	out := make([]byte, 0, len(digits)*4/3)
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return string(out)
}
