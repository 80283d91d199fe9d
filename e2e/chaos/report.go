// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Passed reports whether the scenario had no failures.
func (r Result) Passed() bool { return len(r.Failures) == 0 }

// outcome is the last cell of the table.
func (r Result) outcome() string {
	switch {
	case !r.Passed():
		return strings.TrimSpace("FAILED " + r.Note)
	case r.Skipped != "":
		return "skipped"
	case r.Note != "":
		return "ok: " + r.Note
	}
	return "ok"
}

var head = []string{"Scenario", "Acknowledged", "Delivered", "Duplicates", "Dropped", "HTTP requests", "Delay p99", "Peak memory", "Seconds", "Outcome"}

// cells are the columns of the table.
func (r Result) cells() []string {
	var dropped []string
	for _, reason := range slices.Sorted(maps.Keys(r.Dropped)) {
		dropped = append(dropped, number(r.Dropped[reason])+" "+reason)
	}
	memory := "unknown"
	if r.PeakBytes > 0 {
		memory = fmt.Sprintf("%d MB", r.PeakBytes/1_000_000)
	}
	return []string{
		r.Scenario, number(r.Visits), number(r.Delivered), number(r.Duplicates), cmp.Or(strings.Join(dropped, ", "), "0"),
		number(r.Requests), fmt.Sprintf("%.1f s", r.Delay.Seconds()), memory, fmt.Sprintf("%.1f", r.Took.Round(100*time.Millisecond).Seconds()), r.outcome(),
	}
}

// number formats a number with thousands separators.
func number(n int) string {
	if n < 1_000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", number(n/1_000), n%1_000)
}

// Text is the table for a terminal.
func Text(results []Result) string {
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, strings.Join(head, "\t"))
	for _, r := range results {
		fmt.Fprintln(w, strings.Join(r.cells(), "\t"))
	}
	_ = w.Flush() // writing to a buffer cannot fail
	return text.String()
}

// Markdown is the table for a document.
func Markdown(results []Result) string {
	var text strings.Builder
	fmt.Fprintf(&text, "| %s |\n| --- |%s --- |\n", strings.Join(head, " | "), strings.Repeat(" ---: |", len(head)-2))
	for _, r := range results {
		fmt.Fprintf(&text, "| %s |\n", strings.Join(r.cells(), " | "))
	}
	return text.String()
}

// The results in a document are between these marks.
const (
	beginMark = "<!-- begin: written by make chaos -->"
	endMark   = "<!-- end -->"
)

// WriteInto replaces the text between the marks in a file.
func WriteInto(path, text string) error {
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(document), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the results: write %q and %q, each on its own line", path, beginMark, endMark)
	}
	return os.WriteFile(path, []byte(before+beginMark+"\n\n"+strings.TrimSpace(text)+"\n\n"+endMark+after), 0o644) //nolint:gosec // everybody may read a document
}
