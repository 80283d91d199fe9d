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

// explanation is the text above the tables.
const explanation = "Each figure is the median over the rounds, with the least and the most in brackets if these differ. CPU is the user and system " +
	"time of the Collector's process, receiver included, from the first request after a warm-up until everything was delivered. Ratios and " +
	"differences are taken within a round. The load is sent as fast as the Collector accepts it. Peak memory is the most since the " +
	"Collector started. KiB received are the bodies that arrive at the API. No contender compresses."

// result is the result of a scenario: for each contender, one measurement per round.
type result struct {
	scenario *scenario
	signal   signal
	rounds   map[string][]measurement // by the contender's name
}

// spread summarises a figure over the rounds.
type spread struct{ min, median, max float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{sorted[0], (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[n-1]}
}

// figures returns a figure of a contender for each round.
func (r *result) figures(c contender, figure func(measurement) float64) []float64 {
	var all []float64
	for _, m := range r.rounds[c.name] {
		all = append(all, figure(m))
	}
	return all
}

// compare combines the figures of two contenders round by round.
func (r *result) compare(a, b contender, figure func(measurement) float64, combine func(x, y float64) float64) spread {
	combined := r.figures(a, figure)
	for i, y := range r.figures(b, figure) {
		combined[i] = combine(combined[i], y)
	}
	return spreadOf(combined)
}

// These functions return a figure for the tables: MiB, MiB, and KiB per thousand items.

func peak(m measurement) float64 { return float64(m.peak) / (1 << 20) }

func bound(m measurement) float64 { return float64(m.bound) / (1 << 20) }

func kibibytes(m measurement) float64 {
	return float64(m.received) / (1 << 10) / float64(m.items) * 1000
}

func difference(x, y float64) float64 { return x - y }

func ratio(x, y float64) float64 { return x / y }

// measured returns the contenders that were measured.
func (r *result) measured(all []contender) []contender {
	return slices.DeleteFunc(slices.Clone(all), func(c contender) bool { return len(r.rounds[c.name]) == 0 })
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
	} else { // nothing was delivered, so the CPU time says little
		r.table(&text, peakColumns, boundColumn)
	}
	return text.String()
}

// column is a figure of a contender.
type column struct {
	head     string
	figure   func(measurement) float64
	minusNop bool // the difference from nop
	decimals int
}

// itemsOf names the items of a signal.
var itemsOf = map[signal]string{traces: "spans", logs: "log records"}

func cpuColumns(s signal) []column {
	return []column{
		{head: "CPU seconds per million " + itemsOf[s], figure: measurement.perMillion, decimals: 2},
		{head: "minus nop", figure: measurement.perMillion, minusNop: true, decimals: 2},
	}
}

func receivedColumn(s signal) []column {
	return []column{{head: "KiB received per thousand " + itemsOf[s], figure: kibibytes}}
}

var (
	peakColumns = []column{
		{head: "Peak memory, MiB", figure: peak},
		{head: "minus nop", figure: peak, minusNop: true},
	}
	boundColumn = []column{{head: "Queue capacity, MiB", figure: bound}}
)

// table writes a row for each contender. A missing figure is an empty cell.
func (r *result) table(text *strings.Builder, groups ...[]column) {
	columns := slices.Concat(groups...)
	text.WriteString("| Contender |")
	for _, col := range columns {
		fmt.Fprintf(text, " %s |", col.head)
	}
	text.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(columns)) + "\n")
	for _, c := range r.measured(r.scenario.contenders()) {
		fmt.Fprintf(text, "| %s |", c.name)
		for _, col := range columns {
			fmt.Fprintf(text, " %s |", r.cell(c, col))
		}
		text.WriteString("\n")
	}
	text.WriteString("\n")
}

func (r *result) cell(c contender, col column) string {
	s := spreadOf(r.figures(c, col.figure))
	switch {
	case s == spread{}, col.minusNop && (c.name == nop.name || len(r.rounds[nop.name]) == 0):
		return ""
	case col.minusNop:
		return r.compare(c, nop, col.figure, difference).text(col.decimals)
	}
	return s.text(col.decimals)
}

// ratios writes the table of CPU ratios.
func (r *result) ratios(text *strings.Builder) {
	baselines := r.measured(r.scenario.baselines)
	if len(baselines) == 0 {
		return
	}
	text.WriteString("| CPU relative to |")
	for _, baseline := range baselines {
		fmt.Fprintf(text, " %s |", baseline.name)
	}
	text.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(baselines)) + "\n")
	for _, c := range r.measured(r.scenario.candidates) {
		fmt.Fprintf(text, "| %s |", c.name)
		for _, baseline := range baselines {
			fmt.Fprintf(text, " %s |", r.compare(c, baseline, measurement.perMillion, ratio).text(2))
		}
		text.WriteString("\n")
	}
	text.WriteString("\n")
}

// text formats the median, with min and max unless they look the same.
func (s spread) text(decimals int) string {
	lowest, median, highest := rounded(s.min, decimals), rounded(s.median, decimals), rounded(s.max, decimals)
	if lowest == highest {
		return lowest
	}
	return median + " [" + lowest + ", " + highest + "]"
}

// rounded formats a number with that many decimals. It never returns -0.
func rounded(x float64, decimals int) string {
	unit := math.Pow10(decimals)
	return strconv.FormatFloat(math.Round(x*unit)/unit+0, 'f', decimals, 64)
}

// The results in a document are between these marks.
const (
	beginMark = "<!-- begin: written by make bench-collector -->"
	endMark   = "<!-- end -->"
)

// writeInto replaces the text between the marks in a file.
func writeInto(path, text string) error {
	document, err := os.ReadFile(path) //nolint:gosec // the file that the user names
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(document), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the results: write %q and %q, each on its own line", path, beginMark, endMark)
	}
	text = before + beginMark + "\n\n" + strings.TrimSpace(text) + "\n\n" + endMark + after
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // everybody may read a document
}
