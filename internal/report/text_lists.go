// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"
)

func (t *text) pages() {
	r := t.report
	if len(r.Pages) > 0 {
		t.title("The pages that agents read most")
	}
	for _, p := range r.Pages[:min(len(r.Pages), maxTextRows)] {
		t.page(p.PageCount, namesOf(p.Agents))
	}
	if len(r.Agents) > 1 {
		t.byAgent()
	}
}

// byAgent writes a little of each agent.
func (t *text) byAgent() {
	t.title("What each agent read most, and its errors")
	for _, a := range t.report.Agents[:min(len(t.report.Agents), maxTextRows)] {
		t.line("  %s", t.shown(a.Label(), t.width-2))
		for _, p := range a.Pages[:min(len(a.Pages), 3)] {
			t.page(p, failedOf(p))
		}
		for _, f := range a.Failed[:min(len(a.Failed), 2)] {
			t.page(PageCount{fmt.Sprintf("%d %s", f.Status, f.Page), f.Visits, 0}, "")
		}
	}
	t.wrapped("More of one agent: replay report -agent NAME access.log*", 2)
}

// page writes how often, who or what else, and the page, which can have any length.
func (t *text) page(p PageCount, more string) {
	row := "  " + padLeft(Number(p.Read()), 10) + "  "
	if more != "" {
		more = "  (" + more + ")"
	}
	page := t.shown(p.Page, t.width-len(row)-min(len([]rune(more)), t.width/2))
	t.line("%s%s%s%s%s", row, page, t.dim, t.shown(more, t.width-len(row)-len([]rune(page))), t.plain)
}

// maxTextNames is how many agents a line names.
const maxTextNames = 3

func namesOf(counts []Count) string {
	list := make([]string, 0, maxTextNames+1)
	for _, c := range counts[:min(len(counts), maxTextNames)] {
		list = append(list, c.Name+" "+Number(c.Visits))
	}
	if len(counts) > maxTextNames {
		list = append(list, "…")
	}
	return strings.Join(list, ", ")
}

func (t *text) errors() {
	r := t.report
	if len(r.Agents) == 0 {
		return
	}
	t.title("Errors that agents met")
	if len(r.Errors) == 0 {
		t.line("  None.")
	}
	for _, e := range r.Errors[:min(len(r.Errors), maxTextRows)] {
		t.page(PageCount{fmt.Sprintf("%d %s", e.Status, e.Page), e.Visits, 0}, namesOf(e.Agents))
	}
}

func (t *text) senders() {
	t.title("People sent by AI assistants")
	if len(t.report.SentBy) == 0 {
		t.line("  None, as far as referers and utm_source in queries tell.")
	}
	for _, s := range t.report.SentBy {
		t.line("  %s%s", pad(t.shown(s.Name, 28), 29), padLeft(Number(s.Visits), 10))
		for _, p := range s.Pages[:min(len(s.Pages), 3)] {
			t.page(PageCount{Page: p.Page, Visits: p.Visits}, failedOf(p))
		}
	}
}

// failedOf says how often the answer was an error.
func failedOf(p PageCount) string {
	if p.Errors == 0 {
		return ""
	}
	return Number(p.Errors) + " failed"
}

func (t *text) skipped() {
	r := t.report
	if len(r.Skipped) == 0 {
		return
	}
	t.title("Lines that are no visits")
	for _, s := range r.Skipped {
		where := ""
		if s.First != "" {
			where = ", the first in " + s.First
		}
		t.line("  %s  %s (%s%s)", padLeft(Number(s.Lines), 10), s.Reason, percent(s.Lines, r.Lines), t.shown(where, t.width))
		t.wrapped(s.Remedy, 14)
	}
}

func (t *text) lacks() {
	r := t.report
	if len(r.Lacks) == 0 {
		return
	}
	t.title("What the log lacks, and how to get it")
	for _, l := range r.Lacks {
		t.line("  %s%s of the visits lack it: %s", pad(l.Part, 14), percent(l.Missing, l.Of), l.Why)
		t.wrapped(strings.ToUpper(l.Remedy[:1])+l.Remedy[1:]+".", 16)
	}
	t.wrapped(otherServers, 2)
}

// wrapped writes a text of our own in lines that fit.
func (t *text) wrapped(s string, indent int) {
	line, blank := "", strings.Repeat(" ", indent)
	for word := range strings.FieldsSeq(s) {
		if line != "" && indent+len(line)+1+len(word) > t.width {
			t.line("%s%s%s%s", blank, t.dim, line, t.plain)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	t.line("%s%s%s%s", blank, t.dim, line, t.plain)
}
