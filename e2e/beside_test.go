// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

func TestOtherExportersOfThePipelineGetTheTelemetryUnchanged(t *testing.T) {
	r := newRig(t, fakeapi.Settings{}, "beside.yaml")
	b := newBackend(t)
	r.env["E2E_BACKEND"] = b.URL
	r.start()
	traces, logs := r.sendMixed(newRequests(0, 400))
	r.waitVisits(400)
	r.stop()
	gotTraces, gotLogs := b.received()
	requireSameText(t, traces, gotTraces)
	requireSameText(t, logs, gotLogs)
	r.requireVisits(newRequests(0, 400), "")
}

func TestADestinationThatIsDownHarmsNoOtherExporter(t *testing.T) {
	r := newRig(t, fakeapi.Settings{}, "beside.yaml", "tiny_queue.yaml")
	b := newBackend(t)
	r.env["E2E_BACKEND"] = b.URL
	r.env["E2E_KNOWN_AGENTS_ENDPOINT"] = refused
	r.start()
	const n = 2000
	traces, logs := r.sendMixed(newRequests(0, n)) // the Collector acknowledges each payload although one queue is full
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.Scrunch, n))

	gotTraces, gotLogs := b.received()
	requireSameText(t, traces, gotTraces)
	requireSameText(t, logs, gotLogs)
	requireSame(t, "scrunch", scrunchByID(newRequests(0, n)), r.api.ScrunchVisits(), func(v fakeapi.ScrunchVisit) string { return idOf(v.URL) })

	families := r.scrape()
	dropped := counter(families, droppedMetric, labels{"destination": "known_agents", "reason": "queue_full"})
	assert.Positive(t, dropped, "the visits that do not fit are counted")
	assert.Less(t, dropped, n, "the visits that fit are kept")
	assert.Zero(t, counter(families, droppedMetric, labels{"destination": "scrunch"}))
	assert.Contains(t, r.log.String(), "until the queue takes them again", "the log reports the drops")
	assert.Empty(t, r.api.KnownAgentsVisits())
}

// sendMixed sends half of the requests as spans and half as log records. It returns the
// payloads in the form in which a backend keeps them.
func (r *rig) sendMixed(requests []request) (traces, logs []string) {
	r.t.Helper()
	connection := r.connect()
	for i := 0; i < len(requests); i += perPayload {
		part := requests[i : i+perPayload]
		if i/perPayload%2 == 0 {
			td, _ := newTraces(part)
			traces = append(traces, tracesText(td))
			r.sendTraces(connection, td)
		} else {
			ld, _ := newLogs(part)
			logs = append(logs, logsText(ld))
			r.sendLogs(connection, ld)
		}
	}
	return traces, logs
}

// requireSameText compares payloads in any order. On a failure it shows only the start
// of a payload.
func requireSameText(t *testing.T, want, got []string) {
	t.Helper()
	require.NotEmpty(t, want)
	require.Len(t, got, len(want))
	times := map[string]int{}
	for _, text := range want {
		times[text]++
	}
	for _, text := range got {
		times[text]--
	}
	for text, n := range times {
		require.Zero(t, n, "a payload was changed: %.300s", text)
	}
}

func scrunchByID(requests []request) map[string]fakeapi.ScrunchVisit {
	visits := map[string]fakeapi.ScrunchVisit{}
	for _, r := range requests {
		visits[r.id] = r.scrunch("")
	}
	return visits
}

// refused is a URL on this machine that refuses connections: port 1 belongs to an
// obsolete service.
const refused = "http://127.0.0.1:1"

func TestTwoExportersWithBackpressureAtOneReceiverAreNamed(t *testing.T) {
	r := newRig(t, fakeapi.Settings{})
	r.configs = append(r.configs, "yaml:exporters::agent_visits/scrunch::backpressure: true")
	r.start()
	r.sendMixed(newRequests(0, 2*perPayload))
	r.waitVisits(2 * perPayload)
	r.eventually(func() error {
		if !strings.Contains(r.log.String(), "Two exporters share a receiver") {
			return errors.New("the log does not name them")
		}
		return nil
	})
	r.stop()
}
