// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// perAPI is a number for each API. The two are never added up, because a Collector
// that sends to both APIs reports each visit twice.
type perAPI struct {
	KnownAgents int `json:"known_agents"`
	Scrunch     int `json:"scrunch"`
}

func (n *perAPI) add(api fakeapi.Destination, amount int) {
	switch api {
	case fakeapi.KnownAgents:
		n.KnownAgents += amount
	case fakeapi.Scrunch:
		n.Scrunch += amount
	}
}

// statusTotal is the number of visits by status class.
type statusTotal struct {
	Name string `json:"name"` // 1xx to 5xx, or none
	perAPI
}

// summary is a snapshot of the totals. Its JSON is served at /totals.
type summary struct {
	Seconds      float64       `json:"seconds"` // since the start
	Visits       perAPI        `json:"visits"`
	Requests     perAPI        `json:"requests"`
	Refused      perAPI        `json:"refused"`       // requests
	Bytes        perAPI        `json:"bytes"`         // of all bodies, including refused ones
	RefusedOther int           `json:"refused_other"` // requests to paths that neither API has
	ByStatus     []statusTotal `json:"by_status"`
	Hints        []hint        `json:"hints"` // fields that most visits lack
}

// totals counts what has arrived at each API. Who came and what they read, package
// report tells. Safe for concurrent use.
type totals struct {
	start time.Time

	mu       sync.Mutex
	sums     summary // only the numbers; summary fills in the lists
	statuses map[string]*perAPI
	hints    hints
}

func newTotals(start time.Time) *totals {
	return &totals{start: start, statuses: map[string]*perAPI{}, hints: hints{}}
}

func (t *totals) addVisit(v fakeapi.Visit, status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sums.Visits.add(v.Destination, 1)
	class := statusClass(status)
	if t.statuses[class] == nil {
		t.statuses[class] = &perAPI{}
	}
	t.statuses[class].add(v.Destination, 1)
	t.hints.add(v)
}

func (t *totals) addRequest(r fakeapi.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sums.Requests.add(r.Destination, 1)
	t.sums.Bytes.add(r.Destination, r.BodySize)
	switch {
	case r.Reason == "":
	case r.Destination == fakeapi.Unknown:
		t.sums.RefusedOther++
	default:
		t.sums.Refused.add(r.Destination, 1)
	}
}

func statusClass(status int) string {
	if status == 0 {
		return "none"
	}
	return strconv.Itoa(status/100) + "xx"
}

func (t *totals) summary(now time.Time) summary {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sums
	s.Seconds = now.Sub(t.start).Round(time.Millisecond).Seconds()
	s.ByStatus = []statusTotal{} // never null in JSON
	for name, n := range t.statuses {
		s.ByStatus = append(s.ByStatus, statusTotal{name, *n})
	}
	slices.SortFunc(s.ByStatus, func(a, b statusTotal) int { return strings.Compare(a.Name, b.Name) })
	s.Hints = t.hints.list()
	return s
}

// print prints the totals as a table with a column for each API.
func (s summary) print(out io.Writer) {
	duration := time.Duration(s.Seconds * float64(time.Second)).Round(100 * time.Millisecond)
	row := func(name, knownAgents, scrunch string) {
		fmt.Fprintf(out, "  %s  %12s  %12s\n", pad(shorten(name, 46), 46), knownAgents, scrunch)
	}
	numbers := func(name string, n perAPI) { row(name, strconv.Itoa(n.KnownAgents), strconv.Itoa(n.Scrunch)) }

	fmt.Fprintf(out, "\nTotals after %s\n\n", duration)
	row("", "Known Agents", "Scrunch")
	numbers("visits", s.Visits)
	numbers("requests", s.Requests)
	numbers("requests refused", s.Refused)
	row("data received", formatBytes(s.Bytes.KnownAgents), formatBytes(s.Bytes.Scrunch))
	if s.RefusedOther > 0 {
		fmt.Fprintf(out, "  refused because neither API has the path: %d\n", s.RefusedOther)
	}
	for _, total := range s.ByStatus {
		numbers("status "+total.Name, total.perAPI)
	}
	printHints(out, s.Hints)
}

// formatBytes formats a size in decimal units.
func formatBytes(n int) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	default:
		return fmt.Sprintf("%d B", n)
	}
}
