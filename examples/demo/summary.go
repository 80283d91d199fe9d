// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// summary compares what was sent with what arrived.
type summary struct {
	sent     tally
	arrived  totals
	counters counters
	others   int  // requests to the sites that the demo did not send
	forever  bool // other programs may have sent telemetry, so there may be more visits than requests
}

// reasonTexts explains the exporter's reasons to skip a request.
var reasonTexts = map[string]string{
	"static_asset":    "style sheets, images and similar files",
	"health_check":    "health checks by our own machines",
	"internal_hop":    "the shop asks its stock",
	"not_server_span": "calls of the shop to its stock",
	"no_user_agent":   "no user agent, which Scrunch requires",
}

// complete reports whether all expected visits have arrived.
func (s *summary) complete() bool {
	for _, d := range destinations {
		if s.arrived.Visits[d] < s.sent.visits[d] {
			return false
		}
	}
	return true
}

// problems returns a sentence for each problem.
func (s *summary) problems() []string {
	var found []string
	for _, d := range destinations {
		arrived, want := s.arrived.Visits[d], s.sent.visits[d]
		switch {
		case arrived < want:
			found = append(found, fmt.Sprintf("%s: %d of %d visits did not arrive.", title(d), want-arrived, want))
		case arrived > want+s.others && !s.forever:
			found = append(found, fmt.Sprintf("%s: %d more visits arrived than expected. Each must arrive once.",
				title(d), arrived-want-s.others))
		}
		if refused := s.arrived.Refused[d]; refused > 0 {
			found = append(found, fmt.Sprintf("%s: %d HTTP requests were refused.", title(d), refused))
		}
		for _, reason := range slices.Sorted(maps.Keys(s.counters.dropped[d])) {
			found = append(found, fmt.Sprintf("%s: the exporter dropped %d visits: %s.", title(d), s.counters.dropped[d][reason], reason))
		}
	}
	return found
}

// print prints the tables for somebody who sees the product for the first time.
func (s *summary) print(out io.Writer) {
	_, _ = fmt.Fprintf(out, "\nFrom %d requests to visits\n\n", s.sent.requests)
	row{"", title(knownAgents), title(scrunch)}.print(out)
	s.printRow(out, "visits expected", s.sent.visits)
	s.printRow(out, "visits arrived", s.arrived.Visits)

	_, _ = fmt.Fprint(out, "\nSkipped on purpose, according to the Collector's metric agent_visits_skipped\n\n")
	reasons := s.reasons()
	if len(reasons) == 0 {
		_, _ = fmt.Fprintln(out, "  nothing")
	}
	for _, reason := range reasons {
		counts := map[destination]int{}
		for _, d := range destinations {
			counts[d] = s.counters.skipped[d][reason]
		}
		name := reason
		if text := reasonTexts[reason]; text != "" {
			name += ": " + text
		}
		s.printRow(out, name, counts)
	}
	if s.sent.twoServices > 0 {
		_, _ = fmt.Fprintf(out, "\n%d requests passed two services, and both sent a span. Each request is one visit.\n", s.sent.twoServices)
	}
	if s.others > 0 {
		_, _ = fmt.Fprintf(out, "\nRequests that the demo did not send: %d. They count as visits too.\n", s.others)
	}
}

// reasons returns all reasons that an exporter has counted.
func (s *summary) reasons() []string {
	all := map[string]bool{}
	for _, d := range destinations {
		for reason := range s.counters.skipped[d] {
			all[reason] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (*summary) printRow(out io.Writer, name string, counts map[destination]int) {
	row{name, strconv.Itoa(counts[knownAgents]), strconv.Itoa(counts[scrunch])}.print(out)
}

// row is a row of a table: a name, and a value for each destination.
type row [3]string

func (r row) print(out io.Writer) {
	line := fmt.Sprintf("  %-52s  %12s  %12s", r[0], r[1], r[2])
	_, _ = fmt.Fprintln(out, strings.TrimRight(line, " "))
}

// title is the destination's name for people.
func title(d destination) string {
	if d == knownAgents {
		return "Known Agents"
	}
	return "Scrunch"
}
