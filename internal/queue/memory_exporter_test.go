// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// TestCoalescingLosesAndRepeatsNothing sends single visits from many sides into a
// small queue, whose consumers come and go. What the pipeline was not told of is
// delivered once; the rest is counted.
func TestCoalescingLosesAndRepeatsNothing(t *testing.T) {
	for name, backpressure := range map[string]bool{"the exporter drops what is too much": false, "the pipeline is told of it": true} {
		t.Run(name, func(t *testing.T) {
			api := fixture.Listen(t)
			hold := make(chan struct{})
			for range 4 { // the consumers start while payloads come in
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: hold}, fakeapi.Step{}, fakeapi.Step{})
			}
			cfg := knownAgentsConfig(api.URL())
			cfg.Backpressure = backpressure
			cfg.QueueConfig.Get().QueueSize = 2 << 20
			cfg.QueueConfig.Get().NumConsumers = 2
			e := start(t, cfg, componenttest.NewNopHost())
			const senders, visits = 4, 3000
			refused := sendOneByOne(t, e, senders, visits, func() { close(hold) })
			require.NoError(t, e.Shutdown(t.Context()))

			arrived := map[string]int{}
			for _, v := range api.KnownAgentsVisits() {
				arrived[v.RequestPath]++
			}
			for path, times := range arrived {
				assert.Equal(t, 1, times, path)
			}
			dropped := e.dropped(t, "queue_full")
			if backpressure {
				assert.Zero(t, dropped)
				dropped = refused
			}
			assert.Positive(t, dropped, "the queue is to be full for a while")
			assert.Equal(t, senders*visits, len(arrived)+dropped)
		})
	}
}

// sendOneByOne sends payloads of one visit from many senders at once, and returns
// how many were refused. Halfway it calls halfway.
func sendOneByOne(t *testing.T, e *started, senders, visits int, halfway func()) (refused int) {
	t.Helper()
	var sending sync.WaitGroup
	var full atomic.Int64
	for sender := range senders {
		sending.Go(func() {
			for i := sender * visits; i < (sender+1)*visits; i++ {
				if i == visits/2 {
					halfway()
				}
				err := e.ConsumeTraces(t.Context(), fixture.VisitTracesFrom(i, 1))
				if errors.Is(err, exporterhelper.ErrQueueIsFull) {
					full.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
	sending.Wait()
	return int(full.Load())
}

// TestReusedMemoryHoldsItsOwnVisits delivers many payloads of different sizes at
// once and compares what arrived.
func TestReusedMemoryHoldsItsOwnVisits(t *testing.T) {
	api := fixture.Listen(t)
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 413}, fakeapi.Step{Status: 400}) // the first bodies are cut
	e := start(t, knownAgentsConfig(api.URL()), componenttest.NewNopHost())
	const payloads, perPayload = 60, 90
	payload := func(i int) ptrace.Traces { return fixture.VisitTracesFrom(i*perPayload, perPayload-i%3) }
	var sending sync.WaitGroup
	for sender := range 4 {
		sending.Go(func() {
			for i := sender; i < payloads; i += 4 {
				if err := e.ConsumeTraces(t.Context(), payload(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	sending.Wait()
	require.NoError(t, e.Shutdown(t.Context()))

	var want, arrived []string
	for i := range payloads {
		for _, visit := range translation.Traces(translate.Config{}, fixture.Arrival, payload(i)).KnownAgents {
			want = append(want, string(visit))
		}
	}
	for _, v := range api.Visits(fakeapi.KnownAgents) {
		arrived = append(arrived, string(v.Raw))
	}
	assert.ElementsMatch(t, want, arrived)
}
