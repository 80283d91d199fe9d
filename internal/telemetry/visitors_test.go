// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

var byAgent = fixture.ExporterMetric("by_agent")

// startVisitors starts the counts of all known agents.
func startVisitors(t *testing.T) (*Visitors, *componenttest.Telemetry) {
	t.Helper()
	c, meters := newCounters(t)
	v := c.Visitors(agents.Known)
	require.NoError(t, v.Start())
	return v, meters
}

func TestVisitsByAgentHaveWhatIsKnownOfTheAgent(t *testing.T) {
	v, meters := startVisitors(t)
	v.Add(agents.Known.Identify(&agents.Headers{UserAgent: "GPTBot/1.2"}), 2, 3)
	v.Add(agents.Known.Identify(&agents.Headers{UserAgent: "GPTBot/1.2"}), 4, 1)
	v.Add(agents.Known.Identify(&agents.Headers{UserAgent: "curl/8.5.0"}), 0, 2)
	assert.Zero(t, fixture.Sum(t, meters, byAgent), "a new series begins at zero")
	for _, c := range []struct {
		want       int64
		attributes []string
	}{
		{3, []string{"agent", "GPTBot", "operator", "OpenAI", "purpose", "training", "status_class", "2xx"}},
		{1, []string{"agent", "GPTBot", "status_class", "4xx", "destination", "known_agents", "signal", "traces"}},
		{2, []string{"agent", "other", "operator", "", "purpose", "other", "status_class", "none"}},
	} {
		assert.Equal(t, c.want, fixture.Sum(t, meters, byAgent, c.attributes...), c.attributes)
	}
	v.Add(agents.Known.Identify(&agents.Headers{UserAgent: "GPTBot/1.2"}), 2, 4)
	assert.EqualValues(t, 7, fixture.Sum(t, meters, byAgent, "agent", "GPTBot", "status_class", "2xx"))
}

func TestAgentsThatNeverCameHaveNoSeries(t *testing.T) {
	v, meters := startVisitors(t)
	v.Add(agents.ABrowser, 2, 1)
	assert.Len(t, points[metricdata.Sum[int64]](t, meters, "by_agent").DataPoints, 1)
}

// TestTheSeriesOfAllAgentsAreFewerThanTheLimit: beyond 2,000 the SDK puts new series
// into one for all.
func TestTheSeriesOfAllAgentsAreFewerThanTheLimit(t *testing.T) {
	v, meters := startVisitors(t)
	for who := range agents.Known.Len() {
		for class := range agents.StatusClasses {
			v.Add(agents.Visitor(who), class, 1)
		}
	}
	all := points[metricdata.Sum[int64]](t, meters, "by_agent").DataPoints
	assert.Len(t, all, agents.Known.Len()*len(agents.StatusClasses))
	assert.Less(t, len(all), 1500)
}

func TestCountingByAgentAllocatesNothing(t *testing.T) {
	v, _ := startVisitors(t)
	assert.Zero(t, testing.AllocsPerRun(100, func() { v.Add(agents.ABrowser, 2, 1) }))
}
