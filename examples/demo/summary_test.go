// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// perfect returns a summary without problems.
func perfect() *summary {
	sum := &summary{sent: newTally()}
	sum.sent.requests, sum.sent.twoServices = 12, 3
	sum.sent.visits = map[destination]int{knownAgents: 10, scrunch: 9}
	sum.arrived.Visits = map[destination]int{knownAgents: 10, scrunch: 9}
	sum.counters.skipped = map[destination]map[string]int{
		knownAgents: {"health_check": 2}, scrunch: {"health_check": 2, "no_user_agent": 1},
	}
	return sum
}

func TestTheSummaryReportsEachProblem(t *testing.T) {
	for name, test := range map[string]struct {
		spoil    func(*summary)
		complete bool
		want     string // "" if there is no problem
	}{
		"no problem":               {func(*summary) {}, true, ""},
		"a visit is missing":       {func(s *summary) { s.arrived.Visits[scrunch] = 8 }, false, "Scrunch: 1 of 9 visits did not arrive."},
		"nothing has arrived":      {func(s *summary) { s.arrived = totals{} }, false, "Known Agents: 10 of 10 visits did not arrive."},
		"a visit came twice":       {func(s *summary) { s.arrived.Visits[knownAgents] = 11 }, true, "Known Agents: 1 more visits"},
		"somebody else visited":    {func(s *summary) { s.arrived.Visits[knownAgents], s.others = 11, 1 }, true, ""},
		"somebody else sent spans": {func(s *summary) { s.arrived.Visits[knownAgents], s.forever = 12, true }, true, ""},
		"a request was refused":    {func(s *summary) { s.arrived.Refused = map[destination]int{scrunch: 2} }, true, "Scrunch: 2 HTTP requests were refused."},
		"a visit was dropped": {func(s *summary) {
			s.counters.dropped = map[destination]map[string]int{knownAgents: {"rejected": 3}}
		}, true, "Known Agents: the exporter dropped 3 visits: rejected."},
	} {
		t.Run(name, func(t *testing.T) {
			sum := perfect()
			test.spoil(sum)
			if sum.complete() != test.complete {
				t.Errorf("complete = %v, want %v", sum.complete(), test.complete)
			}
			problems := strings.Join(sum.problems(), "\n")
			if (problems == "") != (test.want == "") || !strings.Contains(problems, test.want) {
				t.Errorf("problems = %q, want %q", problems, test.want)
			}
		})
	}
}

func TestTheSummaryPrintsNumbersAndReasons(t *testing.T) {
	var out bytes.Buffer
	perfect().print(&out)
	var lines []string
	for line := range strings.Lines(out.String()) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{
		"12 requests", "Known Agents Scrunch", "visits expected 10 9", "visits arrived 10 9",
		"health_check: health checks by our own machines 2 2", "no_user_agent: no user agent, which Scrunch requires 0 1",
		"3 requests passed two services, and both sent a span. Each request is one visit.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

func TestCountersAreReadFromTheCollectorsMetrics(t *testing.T) {
	const page = `# HELP otelcol_exporter_agent_visits_skipped_total Number of spans and log records that became no visit
# TYPE otelcol_exporter_agent_visits_skipped_total counter
otelcol_exporter_agent_visits_skipped_total{destination="scrunch",exporter="agent_visits/scrunch_www",otel_scope_name="a \"quoted\" name",reason="static_asset",signal="traces"} 3
otelcol_exporter_agent_visits_skipped_total{destination="scrunch",exporter="agent_visits/scrunch_blog",reason="static_asset",signal="logs"} 1.0e+01
otelcol_exporter_agent_visits_skipped_total{destination="known_agents",exporter="agent_visits/known_agents",reason="health_check",signal="logs"} 0
otelcol_exporter_agent_visits_dropped_total{destination="known_agents",exporter="agent_visits/known_agents",reason="rejected",signal="logs"} 2
otelcol_exporter_sent_spans{exporter="agent_visits/known_agents"} 99
otelcol_process_uptime 12.5
`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(page)) }))
	defer server.Close()
	got, err := fetchCounters(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if n := got.skipped[scrunch]["static_asset"]; n != 13 {
		t.Errorf("skipped at Scrunch = %d, want 13", n)
	}
	if n := len(got.skipped[knownAgents]); n != 0 {
		t.Errorf("%d reasons without a single skip are listed", n)
	}
	if n := got.dropped[knownAgents]["rejected"]; n != 2 {
		t.Errorf("dropped at Known Agents = %d, want 2", n)
	}
}

func TestTotalsAreReadFromThePreview(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"seconds":1.5,"visits":{"known_agents":3,"scrunch":2},"refused":{"known_agents":0,"scrunch":1},"by_agent":[{"agent":"GPTBot"}]}`))
	}))
	defer server.Close()
	got, err := fetchTotals(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got.Visits[knownAgents] != 3 || got.Visits[scrunch] != 2 || got.Refused[scrunch] != 1 {
		t.Errorf("totals = %v", got)
	}
}

func TestAChildsOutputIsMutedAndThenPrefixed(t *testing.T) {
	var out bytes.Buffer
	muted := &mutedWriter{out: &out}
	p := &prefixWriter{out: muted, prefix: "> "}
	for _, text := range []string{"before\n", "open", "ed\nnext\nunfinished"} {
		if n, err := p.Write([]byte(text)); n != len(text) || err != nil {
			t.Errorf("write = %d, %v", n, err)
		}
		muted.unmute()
	}
	if want := "> opened\n> next\n"; out.String() != want {
		t.Errorf("out = %q, want %q", out.String(), want)
	}
}
