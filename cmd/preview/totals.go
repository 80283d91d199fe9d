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
	"sync"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// maxNames bounds how many agents are counted separately, because a visitor can send
// any number of names. All further agents count as "others".
const maxNames = 500

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

// larger is the larger of the two numbers. Lists are sorted by it.
func (n perAPI) larger() int { return max(n.KnownAgents, n.Scrunch) }

// agentTotal is the number of visits of one agent.
type agentTotal struct {
	agent
	perAPI
}

// namedTotal is the number of visits by status class or by AI assistant.
type namedTotal struct {
	Name string `json:"name"`
	perAPI
}

// summary is a snapshot of the totals. Its JSON is served at /totals.
type summary struct {
	Seconds      float64      `json:"seconds"` // since the start
	Visits       perAPI       `json:"visits"`
	Requests     perAPI       `json:"requests"`
	Refused      perAPI       `json:"refused"`       // requests
	Bytes        perAPI       `json:"bytes"`         // of all bodies, including refused ones
	RefusedOther int          `json:"refused_other"` // requests to paths that neither API has
	ByAgent      []agentTotal `json:"by_agent"`
	ByStatus     []namedTotal `json:"by_status"`   // 1xx to 5xx, or none
	ReferredBy   []namedTotal `json:"referred_by"` // by the AI assistant that sent the visitor
	Hints        []hint       `json:"hints"`       // fields that most visits lack
}

// totals counts what has arrived. Safe for concurrent use.
type totals struct {
	start time.Time

	mu       sync.Mutex
	sums     summary // only the numbers; summary fills in the lists
	agents   map[string]agentTotal
	statuses map[string]perAPI
	referred map[string]perAPI
	hints    hints
}

func newTotals(start time.Time) *totals {
	return &totals{start: start, agents: map[string]agentTotal{}, statuses: map[string]perAPI{}, referred: map[string]perAPI{}, hints: hints{}}
}

func (t *totals) addVisit(v visit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sums.Visits.add(v.API, 1)
	counted := v.agent
	if _, known := t.agents[counted.Name]; !known && len(t.agents) >= maxNames {
		counted = agent{Name: "others", Purpose: agents.Other}
	}
	total := t.agents[counted.Name]
	total.agent = counted
	total.add(v.API, 1)
	t.agents[counted.Name] = total
	increment(t.statuses, statusClass(v.Status), v.API)
	if v.ReferredBy != "" {
		increment(t.referred, v.ReferredBy, v.API)
	}
}

// addToHints counts the fields that a visit lacks.
func (t *totals) addToHints(v fakeapi.Visit) {
	t.mu.Lock()
	defer t.mu.Unlock()
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

func increment(counts map[string]perAPI, name string, api fakeapi.Destination) {
	n := counts[name]
	n.add(api, 1)
	counts[name] = n
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
	s.ByAgent = slices.AppendSeq(make([]agentTotal, 0, len(t.agents)), maps.Values(t.agents)) // never null in JSON
	slices.SortFunc(s.ByAgent, func(a, b agentTotal) int { return compareTotals(a.perAPI, b.perAPI, a.Name, b.Name) })
	s.ByStatus = sortedTotals(t.statuses)
	slices.SortFunc(s.ByStatus, func(a, b namedTotal) int { return strings.Compare(a.Name, b.Name) })
	s.ReferredBy = sortedTotals(t.referred)
	s.Hints = t.hints.list()
	return s
}

func sortedTotals(counts map[string]perAPI) []namedTotal {
	list := make([]namedTotal, 0, len(counts))
	for name, n := range counts {
		list = append(list, namedTotal{name, n})
	}
	slices.SortFunc(list, func(a, b namedTotal) int { return compareTotals(a.perAPI, b.perAPI, a.Name, b.Name) })
	return list
}

// compareTotals sorts the largest total first, and equal totals by name.
func compareTotals(a, b perAPI, aName, bName string) int {
	if a.larger() != b.larger() {
		return b.larger() - a.larger()
	}
	return strings.Compare(aName, bName)
}

// print prints the totals as tables with a column for each API.
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
	section := func(title string, list []namedTotal) {
		if len(list) > 0 {
			fmt.Fprintf(out, "\n%s\n", title)
		}
		for _, total := range list {
			numbers(total.Name, total.perAPI)
		}
	}
	byAgent := make([]namedTotal, 0, len(s.ByAgent))
	for _, total := range s.ByAgent {
		byAgent = append(byAgent, namedTotal{agentLabel(total.agent), total.perAPI})
	}
	section("Visits by agent", byAgent)
	section("Visits referred by an AI assistant", s.ReferredBy)
	section("Visits by status", s.ByStatus)
	printHints(out, s.Hints)
}

// agentLabel is an agent's name with its operator and purpose.
func agentLabel(a agent) string {
	if a.Operator == "" {
		return fmt.Sprintf("%s (%s)", a.Name, a.Purpose)
	}
	return fmt.Sprintf("%s (%s, %s)", a.Name, a.Operator, a.Purpose)
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
