// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// explanation stands above the tables.
const explanation = "Each figure is min / median / max over the rounds, or one number where these are the same. CPU is the user and system time of the " +
	"Collector's process, including the receiver, from its first request after a warm-up until everything is delivered. `nop` delivers " +
	"nothing, so the difference to it is the exporter's own cost. Ratios and differences are taken within a round. The load comes as fast " +
	"as it is taken, because queues and memory then grow most. KiB received are those of the bodies that arrive at the API. Nothing is " +
	"compressed; other settings are the defaults."

// result is what came of a scenario: for each contender, a measurement a round.
type result struct {
	scenario *scenario
	signal   signal
	rounds   map[string][]measurement // by the contender's name
}

// spread is what several rounds came to.
type spread struct{ min, median, max float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{sorted[0], (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[n-1]}
}

// of are the rounds of one contender, as figures.
func (r *result) of(c contender, figure func(measurement) float64) []float64 {
	var all []float64
	for _, m := range r.rounds[c.name] {
		all = append(all, figure(m))
	}
	return all
}

// against are two contenders' figures, brought together round by round.
func (r *result) against(a, b contender, figure func(measurement) float64, bring func(x, y float64) float64) spread {
	together := r.of(a, figure)
	for i, y := range r.of(b, figure) {
		together[i] = bring(together[i], y)
	}
	return spreadOf(together)
}

func peak(m measurement) float64 { return float64(m.peak) / (1 << 20) }

func bound(m measurement) float64 { return float64(m.bound) / (1 << 20) }

func kibibytes(m measurement) float64 {
	return float64(m.received) / (1 << 10) / float64(m.items) * 1000
}

func less(x, y float64) float64 { return x - y }

func ratio(x, y float64) float64 { return x / y }

// took are the contenders that were not left out.
func (r *result) took(part []contender) []contender {
	return slices.DeleteFunc(slices.Clone(part), func(c contender) bool { return len(r.rounds[c.name]) == 0 })
}

// markdown is the scenario's section of a document.
func (r *result) markdown() string {
	if len(r.rounds) == 0 {
		return ""
	}
	var text strings.Builder
	fmt.Fprintf(&text, "### %s\n\n", r.scenario.name)
	if r.scenario.api == accepts {
		r.table(&text, cpuColumns(r.signal), peakColumns, receivedColumn(r.signal))
		r.ratios(&text)
	} else { // nothing was delivered, so what it took to try says little
		r.table(&text, peakColumns, boundColumn)
	}
	return text.String()
}

// column is a figure of a contender.
type column struct {
	head     string
	figure   func(measurement) float64
	lessNop  bool // the difference to nop's
	decimals int
}

// itemsOf are what a signal's load is of.
var itemsOf = map[signal]string{traces: "spans", logs: "log records"}

func cpuColumns(s signal) []column {
	return []column{
		{head: "CPU seconds per million " + itemsOf[s], figure: measurement.perMillion, decimals: 2},
		{head: "minus those of nop", figure: measurement.perMillion, lessNop: true, decimals: 2},
	}
}

func receivedColumn(s signal) []column {
	return []column{{head: "KiB received per thousand " + itemsOf[s], figure: kibibytes}}
}

var (
	peakColumns = []column{
		{head: "Peak memory, MiB", figure: peak},
		{head: "minus that of nop", figure: peak, lessNop: true},
	}
	boundColumn = []column{{head: "Bound of the queue, MiB", figure: bound}}
)

// table has a row for each contender. Figures that it has not are left empty.
func (r *result) table(text *strings.Builder, groups ...[]column) {
	columns := slices.Concat(groups...)
	text.WriteString("| Contender |")
	for _, col := range columns {
		fmt.Fprintf(text, " %s |", col.head)
	}
	text.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(columns)) + "\n")
	for _, c := range r.took(r.scenario.contenders()) {
		fmt.Fprintf(text, "| %s |", c.name)
		for _, col := range columns {
			fmt.Fprintf(text, " %s |", r.cell(c, col))
		}
		text.WriteString("\n")
	}
	text.WriteString("\n")
}

func (r *result) cell(c contender, col column) string {
	all := spreadOf(r.of(c, col.figure))
	switch {
	case all == spread{}, col.lessNop && (c.name == nop.name || len(r.rounds[nop.name]) == 0):
		return ""
	case col.lessNop:
		return r.against(c, nop, col.figure, less).text(col.decimals)
	}
	return all.text(col.decimals)
}

// ratios is the table of what is compared.
func (r *result) ratios(text *strings.Builder) {
	against := r.took(r.scenario.against)
	if len(against) == 0 {
		return
	}
	text.WriteString("| CPU of |")
	for _, other := range against {
		fmt.Fprintf(text, " relative to %s |", other.name)
	}
	text.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(against)) + "\n")
	for _, c := range r.took(r.scenario.of) {
		fmt.Fprintf(text, "| %s |", c.name)
		for _, other := range against {
			fmt.Fprintf(text, " %s |", r.against(c, other, measurement.perMillion, ratio).text(2))
		}
		text.WriteString("\n")
	}
	text.WriteString("\n")
}

// text shows the least, the middle and the most, once if they look the same.
func (s spread) text(decimals int) string {
	least, middle, most := rounded(s.min, decimals), rounded(s.median, decimals), rounded(s.max, decimals)
	if least == most {
		return least
	}
	return least + " / " + middle + " / " + most
}

// rounded is a number with so many decimals. One that becomes 0 has no sign.
func rounded(x float64, decimals int) string {
	unit := math.Pow10(decimals)
	return strconv.FormatFloat(math.Round(x*unit)/unit+0, 'f', decimals, 64)
}

// The marks between which a document's results stand.
const (
	beginMark = "<!-- begin: written by make bench-collector -->"
	endMark   = "<!-- end -->"
)

// writeInto replaces what stands between the marks in a file.
func writeInto(path, text string) error {
	document, err := os.ReadFile(path) //nolint:gosec // the file that the user names
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(document), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the results: write %q and %q on lines of their own", path, beginMark, endMark)
	}
	text = before + beginMark + "\n\n" + strings.TrimSpace(text) + "\n\n" + endMark + after
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // a document is for everybody to read
}
