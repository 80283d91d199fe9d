// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// TextSettings say how a report is written for a terminal.
type TextSettings struct {
	// Width is how many characters a line may have; 0: 100.
	Width int
	// Colour uses the terminal's escape codes.
	Colour bool
	// Brief tells only who came, and whom assistants sent.
	Brief bool
}

const (
	defaultWidth = 100
	minWidth     = 60
	maxTextRows  = 10 // of most lists; the JSON and the page have more
	barWidth     = 20
)

// WriteText writes the report for people at a terminal. No text of a visitor reaches it
// with a character that does not print.
func (r *Report) WriteText(to io.Writer, set TextSettings) error {
	t := &text{report: r, width: max(minWidth, set.Width)}
	if set.Width == 0 {
		t.width = defaultWidth
	}
	if set.Colour {
		t.bold, t.dim, t.bad, t.plain = "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"
	}
	if set.Brief {
		t.agents()
		t.senders()
	} else {
		t.rest = "; -json and -html have them"
		t.whole()
	}
	_, err := io.WriteString(to, t.out.String())
	return err
}

func (t *text) whole() {
	t.head()
	t.agents()
	t.sums()
	t.periods()
	t.pages()
	t.errors()
	t.senders()
	t.skipped()
	t.lacks()
}

// text is a report that is being written.
type text struct {
	report                *Report
	out                   strings.Builder
	width                 int
	bold, dim, bad, plain string
	rest                  string // says where the rows are that a list leaves out
}

func (t *text) line(format string, args ...any) {
	t.out.WriteString(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

func (t *text) title(title string) { t.line("\n%s%s%s", t.bold, title, t.plain) }

// shown is a text of a visitor, printable and short.
func (t *text) shown(s string, width int) string { return shorten(Printable(s), max(width, 10)) }

func (t *text) head() {
	r := t.report
	known := sumOf(r.Agents)
	t.line("%sAI agents on %s%s", t.bold, t.shown(t.report.name(), t.width-13), t.plain)
	if r.First != "" {
		t.line("%s to %s", r.First[:len(time.DateOnly)], r.Last[:len(time.DateOnly)])
	}
	read := ""
	if len(r.Files) > 0 {
		read = Number(r.Lines) + " lines in " + filesOf(r) + ": "
	}
	t.line("%s%s visits, %s of them by known agents (%s)", read, Number(r.Visits), Number(known.Visits), percent(known.Visits, r.Visits))
	for _, note := range r.Notes {
		t.line("%sNote:%s %s", t.bad, t.plain, Printable(note))
	}
}

// name is what people call the website.
func (r *Report) name() string {
	if r.Site == "" {
		return "this website"
	}
	return r.Site
}

func filesOf(r *Report) string {
	if len(r.Files) == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", len(r.Files))
}

func sumOf(agents []Agent) (sum Sum) {
	for _, a := range agents {
		sum.Visits += a.Visits
		sum.Errors += a.Errors
	}
	return sum
}

// percent is a share, such as 12 %.
func percent(part, whole uint64) string {
	switch {
	case whole == 0:
		return "0 %"
	case part == whole:
		return "100 %"
	}
	share := float64(part) / float64(whole) * 100
	if share < 0.1 && part > 0 {
		return "< 0.1 %"
	}
	if share < 10 {
		return fmt.Sprintf("%.1f %%", share)
	}
	return fmt.Sprintf("%.0f %%", min(share, 99))
}

func (t *text) agents() {
	r := t.report
	if len(r.Agents) == 0 {
		t.title("Who came")
		t.line("  No known agent. An agent is recognised by its user agent, or by the signature that it claims.")
	} else {
		t.title("Who came")
		t.line("%s  %s%s%s%s%s%s%s", t.dim, pad("agent", 29), pad("operator", 18), pad("purpose", 11), padLeft("visits", 10), padLeft("errors", 10), "  last", t.plain)
	}
	for _, a := range r.Agents[:min(len(r.Agents), 2*maxTextRows)] {
		t.agent(&a, a.Operator, a.Purpose)
	}
	t.more(len(r.Agents), 2*maxTextRows, "agents")
	for _, c := range r.Classes {
		t.agent(&c, "", classNames[c.Name])
	}
}

// classNames say who the classes are.
var classNames = map[string]string{agents.Browser: "browsers", agents.Other: "other programs", agents.None: "no user agent"}

func (t *text) agent(a *Agent, operator, purpose string) {
	colour := ""
	if a.Errors > 0 {
		colour = t.bad
	}
	name := a.Label()
	if operator == "" && classNames[a.Name] != "" {
		name, purpose = "("+classNames[a.Name]+")", ""
	}
	t.line("  %s%s%s%s%s%s%s  %s", pad(t.shown(name, 28), 29), pad(t.shown(operator, 17), 18), pad(purpose, 11),
		padLeft(Number(a.Visits), 10), colour, padLeft(Number(a.Errors), 10), t.plain, a.Last)
}

func (t *text) more(n, shown int, what string) {
	if n > shown {
		t.line("  %s… and %d more %s%s%s", t.dim, n-shown, what, t.rest, t.plain)
	}
}

func (t *text) sums() {
	if len(t.report.Agents) == 0 {
		return
	}
	t.title("By purpose and operator")
	total := sumOf(t.report.Agents).Visits
	for _, s := range t.report.Purposes {
		t.bar(s.Name, s.Visits, total)
	}
	t.line("")
	for _, s := range t.report.Operators[:min(len(t.report.Operators), maxTextRows)] {
		t.bar(s.Name, s.Visits, total)
	}
	t.more(len(t.report.Operators), maxTextRows, "operators")
}

// bar writes a share as a bar.
func (t *text) bar(name string, n, whole uint64) {
	length := 0
	if whole > 0 {
		length = int(float64(n)/float64(whole)*barWidth + 0.5)
	}
	if name == "" {
		name = "not known"
	}
	t.line("  %s%s  %s  %s", pad(t.shown(name, 28), 29), padLeft(Number(n), 10), padLeft(percent(n, whole), 6), strings.Repeat("█", length))
}

// periods writes the latest days or weeks, one a line, by purpose, and how many came before.
func (t *text) periods() {
	r := t.report
	if len(r.Periods) == 0 || len(r.Agents) == 0 {
		return
	}
	t.title("Visits of agents by " + r.Period)
	width := max(12, len(r.Periods[0])+2)
	head := []string{pad(r.Period, width)}
	for _, p := range r.Purposes {
		head = append(head, padLeft(p.Name, 11))
	}
	t.line("%s  %s%s%s", t.dim, strings.Join(head, ""), padLeft("sent people", 13), t.plain)
	begin := max(0, len(r.Periods)-maxDays)
	if begin > 0 {
		t.line("  %s… and %d earlier %ss%s%s", t.dim, begin, r.Period, t.rest, t.plain)
	}
	for i := begin; i < len(r.Periods); i++ {
		row, sent := []string{pad(r.Periods[i], width)}, uint64(0)
		for _, p := range r.Purposes {
			row = append(row, padLeft(Number(p.ByPeriod[i]), 11))
		}
		for _, s := range r.SentBy {
			sent += s.ByPeriod[i]
		}
		t.line("  %s%s", strings.Join(row, ""), padLeft(Number(sent), 13))
	}
}
