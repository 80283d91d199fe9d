// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

// view is everything that the page shows. Its texts are printable and short.
type view struct {
	Deliveries summary   `json:"deliveries"` // of everything that arrived
	Refusals   []refusal `json:"refusals"`   // the newest first
	Choices    choices   `json:"choices"`    // of all requests

	Arrived  uint64 `json:"arrived"`  // requests
	Kept     int    `json:"kept"`     // of these: the newest
	Matching int    `json:"matching"` // of these: what the filter chose. The rest is about them

	First  string       `json:"first,omitempty"`
	Last   string       `json:"last,omitempty"`
	Period string       `json:"period"`
	Chart  report.Chart `json:"chart"`
	Agents []agentView  `json:"agents"` // the known agents, then the classes
	Pages  []pageView   `json:"pages"`
	Errors []pageView   `json:"errors"`
	// People are those whom assistants sent. What the filter says of agents does not
	// choose among them.
	People []senderView `json:"people"`
	Rows   []row        `json:"rows"` // the newest first
	Notes  []string     `json:"notes"`
}

type agentView struct {
	Name     string `json:"name"` // what the filter calls it
	Label    string `json:"label"`
	Operator string `json:"operator"`
	Purpose  string `json:"purpose"`
	Visits   uint64 `json:"visits"`
	Errors   uint64 `json:"errors"`
}

// pageView is a page that agents read or got an error for.
type pageView struct {
	Page   string         `json:"page"`
	Status int            `json:"status,omitempty"` // of an error
	Visits uint64         `json:"visits"`           // how often it was read; people are counted who could not read it, too
	Failed uint64         `json:"failed"`           // how often it could not be read
	Agents []report.Count `json:"agents"`
}

type senderView struct {
	Name   string     `json:"name"`
	Visits uint64     `json:"visits"`
	Pages  []pageView `json:"pages"` // on which they arrived
}

// row is a request in the list.
type row struct {
	visit
	marks
	Number uint64 `json:"number"`
}

// maxRows is how many requests are listed. The CSV has all.
const maxRows = 100

// newView is what the page shows of a history through a filter.
func newView(s snapshot, f filter, deliveries summary, now time.Time) view {
	v := view{
		Deliveries: deliveries, Refusals: reversed(s.refusals), Choices: choicesOf(s.requests), Arrived: s.last, Kept: len(s.requests),
		Agents: []agentView{}, Pages: []pageView{}, Errors: []pageView{}, Rows: []row{}, // never null in JSON
	}
	chosen := f.choose(s.requests, now)
	v.Matching = len(chosen)
	r := analyse(chosen, now.Location())
	v.First, v.Last, v.Period, v.Notes = r.First, r.Last, r.Period, r.Notes
	for _, a := range append(r.Agents, r.Classes...) {
		v.Agents = append(v.Agents, agentView{a.Name, a.Label(), a.Operator, a.Purpose, a.Visits, a.Errors})
	}
	purposes := r.Purposes
	if len(purposes) == 0 {
		for _, class := range r.Classes {
			purposes = append(purposes, class.Sum)
		}
	}
	v.Chart = report.NewChart(r.Periods, purposes)
	for _, p := range r.Pages {
		v.Pages = append(v.Pages, pageView{Page: displayText(p.Page), Visits: p.Read(), Failed: p.Errors, Agents: p.Agents})
	}
	for _, e := range r.Errors {
		v.Errors = append(v.Errors, pageView{Page: displayText(e.Page), Status: e.Status, Visits: e.Visits, Agents: e.Agents})
	}
	if anybody := f.ofAnybody(); anybody != f {
		r = analyse(sentOf(anybody.choose(s.requests, now)), now.Location())
	}
	v.People = people(r)
	for _, newest := range slices.Backward(chosen[max(0, len(chosen)-maxRows):]) {
		v.Rows = append(v.Rows, row{newest.shown(), newest.arrived, newest.number})
	}
	return v
}

// analyse counts requests as replay report does, by the shortest step that serves.
func analyse(all []*request, zone *time.Location) *report.Report {
	first, last := int64(0), int64(0)
	for _, r := range all {
		if first == 0 || r.Time < first {
			first = r.Time
		}
		last = max(last, r.Time)
	}
	c := report.NewCounterBy(report.StepFor(first, last), zone)
	for _, r := range all {
		c.Add(&r.Request)
	}
	r := c.Report(func(report.Place) string { return "" })
	r.Lacks = []report.Lack{} // the deliveries' hints tell it by API
	return r
}

// sentOf are the people whom assistants sent.
func sentOf(all []*request) (sent []*request) {
	for _, r := range all {
		if r.sentBy != "" {
			sent = append(sent, r)
		}
	}
	return sent
}

func people(r *report.Report) []senderView {
	list := []senderView{}
	for _, s := range r.SentBy {
		sender := senderView{Name: s.Name, Visits: s.Visits, Pages: []pageView{}}
		for _, p := range s.Pages {
			sender.Pages = append(sender.Pages, pageView{Page: displayText(p.Page), Visits: p.Visits, Failed: p.Errors})
		}
		list = append(list, sender)
	}
	return list
}

func reversed(refusals []refusal) []refusal {
	list := make([]refusal, 0, len(refusals))
	for _, r := range slices.Backward(refusals) {
		list = append(list, r)
	}
	return list
}

// choices are the values that a filter can have, in alphabetical order.
type choices struct {
	Agents    []string `json:"agents"`
	Operators []string `json:"operators"`
	Purposes  []string `json:"purposes"`
	Sites     []string `json:"sites"`
	Senders   []string `json:"senders"`
}

func choicesOf(all []*request) choices {
	came, sites, senders := map[agents.Visitor]bool{}, names{}, names{}
	for _, r := range all {
		came[r.who] = true
		sites.add(r.Host)
		senders.add(r.sentBy)
	}
	who, operators, purposes := names{}, names{}, names{}
	for v := range came {
		a := agents.Known.Agent(v)
		who.add(a.Name)
		operators.add(a.Operator)
		purposes.add(a.Purpose)
	}
	return choices{who.list(), operators.list(), purposes.list(), sites.list(), senders.list()}
}
