// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// The names of the exporter's own metrics in Prometheus.
const (
	sentMetric    = "otelcol_exporter_agent_visits_sent"
	skippedMetric = "otelcol_exporter_agent_visits_skipped"
	droppedMetric = "otelcol_exporter_agent_visits_dropped"
)

// perPayload is the number of requests in a payload.
const perPayload = 100

func TestAThousandSpansArriveWithEveryFieldEqual(t *testing.T) {
	r := newRig(t, fakeapi.Settings{})
	r.start()
	requests := newRequests(0, 1000)
	connection := r.connect()
	skipped := skips{}
	for i := 0; i < len(requests); i += perPayload {
		payload, none := newTraces(requests[i : i+perPayload])
		skipped.add(none)
		if i < len(requests)/2 {
			r.sendTraces(connection, payload)
		} else {
			r.postTraces(payload)
		}
	}
	r.waitVisits(len(requests))
	r.requireCounters("traces", len(requests), skipped)
	r.stop()
	r.requireVisits(requests, "")
}

func TestAThousandLogRecordsArriveWithEveryFieldEqual(t *testing.T) {
	r := newRig(t, fakeapi.Settings{}, "logs.yaml")
	overOTLP, inFile := newRequests(0, 500), newRequests(500, 1000)
	lines, skipped := combinedLines(inFile)
	require.NoError(t, os.WriteFile(filepath.Join(r.dir, "access.log"), []byte(lines), 0o600))
	r.start()
	connection := r.connect()
	for i := 0; i < len(overOTLP); i += perPayload {
		payload, none := newLogs(overOTLP[i : i+perPayload])
		skipped.add(none)
		if i/perPayload%2 == 0 {
			r.sendLogs(connection, payload)
		} else {
			r.postLogs(payload)
		}
	}
	r.waitVisits(1000)
	r.requireCounters("logs", 1000, skipped)
	r.stop()
	r.requireVisits(append(overOTLP, inCombined(inFile)...), "example.com")
}

// Scrunch requires fields that are optional for Known Agents.
func TestAVisitThatLacksAFieldOfScrunchStillGoesToKnownAgents(t *testing.T) {
	r := newRig(t, fakeapi.Settings{})
	r.start()
	for i, key := range []string{"user_agent.original", "http.response.status_code", "server.address"} {
		payload := newServerTraces(newRequests(i, i+1))
		payload.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().Remove(key)
		r.postTraces(payload)
	}
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.KnownAgents, 3))
	for _, reason := range []string{"no_user_agent", "no_status", "no_host"} {
		r.waitCounter(skippedMetric, labels{"destination": "scrunch", "reason": reason}, 1)
		assert.Zero(t, counter(r.scrape(), skippedMetric, labels{"destination": "known_agents", "reason": reason}))
	}
	r.stop()
	assert.Empty(t, r.api.ScrunchVisits())
}

// requireCounters compares the Collector's metrics for each destination with what was
// sent to it.
func (r *rig) requireCounters(signal string, sent int, skipped skips) {
	r.t.Helper()
	for _, destination := range []string{"known_agents", "scrunch"} {
		of := labels{"destination": destination, "exporter": "agent_visits/" + destination, "signal": signal}
		r.waitCounter(sentMetric, of, sent)
		families := r.scrape()
		total := 0
		for reason, n := range skipped {
			with := labels{"reason": reason}
			maps.Copy(with, of)
			assert.Equal(r.t, n, counter(families, skippedMetric, with), "%s %v", skippedMetric, with)
			total += n
		}
		assert.Equal(r.t, total, counter(families, skippedMetric, of), "%s %v", skippedMetric, of)
		assert.Zero(r.t, counter(families, droppedMetric, of), "%s %v", droppedMetric, of)
	}
}
