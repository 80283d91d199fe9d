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

// Passed reports whether the scenario has come to what it must.
func (r Result) Passed() bool { return len(r.Failures) == 0 }

// verdict is the last cell of the table.
func (r Result) verdict() string {
	switch {
	case !r.Passed():
		return "FAILED"
	case r.Skipped != "":
		return "skipped"
	}
	return "ok"
}

var head = []string{"Scenario", "Visits in", "Delivered", "Duplicates", "Dropped", "HTTP requests", "Peak memory", "Seconds", "Verdict"}

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
		number(r.Requests), memory, fmt.Sprintf("%.1f", r.Took.Round(100*time.Millisecond).Seconds()), r.verdict(),
	}
}

// number writes thousands apart.
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
	_ = w.Flush() // a buffer takes everything
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

// The marks between which a document's results stand.
const (
	beginMark = "<!-- begin: written by make chaos -->"
	endMark   = "<!-- end -->"
)

// WriteInto replaces what stands between the marks in a file.
func WriteInto(path, text string) error {
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(document), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !found || !ended {
		return fmt.Errorf("%s has no place for the results: write %q and %q on lines of their own", path, beginMark, endMark)
	}
	return os.WriteFile(path, []byte(before+beginMark+"\n\n"+strings.TrimSpace(text)+"\n\n"+endMark+after), 0o644) //nolint:gosec // a document is for everybody to read
}
