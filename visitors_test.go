// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// visitors is a payload with a visit of each user agent.
func visitors(userAgents ...string) ptrace.Traces {
	td := fixture.NewTraces(make([]string, len(userAgents))...)
	for i, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		span.Attributes().PutStr("url.path", "/page")
		span.Attributes().PutStr("user_agent.original", userAgents[i])
	}
	return td
}

func TestVisitsThatAreToBeDeliveredAreCountedByAgent(t *testing.T) {
	const person = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
	metric := fixture.ExporterMetric("by_agent")
	for name, c := range map[string]struct {
		who    string
		agents []string
		want   map[string]int64
	}{
		"everybody":            {"everybody", nil, map[string]int64{"GPTBot": 2, "browser": 1, "other": 1, "none": 1}},
		"agents":               {"agents", nil, map[string]int64{"GPTBot": 2}},
		"agents and one's own": {"agents", []string{"OurBot"}, map[string]int64{"GPTBot": 2, "OurBot": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := knownAgentsConfig(fixture.Listen(t).URL())
			cfg.Visits.Privacy.Who, cfg.Visits.Privacy.Agents = c.who, c.agents
			r := newRig(t, cfg, componenttest.NewNopHost())
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), visitors("GPTBot/1.2", "GPTBot/1.1", person, "OurBot/1.0", "")))
			assert.Zero(t, fixture.Sum(t, r.telemetry, metric), "a new series begins at zero")
			sum := int64(0)
			for agent, want := range c.want {
				assert.Equal(t, want, fixture.Sum(t, r.telemetry, metric, "agent", agent, "status_class", "2xx", "signal", "traces"), agent)
				sum += want
			}
			assert.Equal(t, sum, fixture.Sum(t, r.telemetry, metric), "and nobody else")
			r.shutdown(t)
		})
	}
}
