// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// inVisits makes the queue count visits.
func inVisits(cfg *agentvisitsexporter.Config, queueSize, maxSize int64) {
	queue := cfg.QueueConfig.Get()
	queue.Sizer, queue.QueueSize = exporterhelper.RequestSizerTypeItems, queueSize
	queue.Batch.Get().Sizer, queue.Batch.Get().MaxSize = exporterhelper.RequestSizerTypeItems, maxSize
}

// requireNothingRefused fails if the helper has counted a loss.
func requireNothingRefused(t *testing.T, e *started) {
	t.Helper()
	_, err := e.meters.GetMetric("otelcol_exporter_enqueue_failed_spans")
	require.Error(t, err, "there is no such metric before the queue refuses a batch")
	require.Zero(t, e.logs.FilterMessageSnippet("Rejecting data").Len())
}

// TestReturningVisitsLeaveRoomForNewOnes has an API that hangs. It also fails if the
// Collector changes the form of the queue's notes.
func TestReturningVisitsLeaveRoomForNewOnes(t *testing.T) {
	const returning, room = 60, 40
	const returned = room / 4 / perBatch * perBatch // the rest of the room is for new visits
	kept := setAside(t, returning)
	for _, backpressure := range []bool{false, true} {
		t.Run(strconv.FormatBool(backpressure), func(t *testing.T) {
			disk := fixture.NewDisk(kept)
			api := fixture.Listen(t)
			release := make(chan struct{})
			api.Script(fakeapi.Scrunch, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
			cfg := scrunchConfig(api.URL(), fixture.SiteID)
			cfg.Backpressure = backpressure
			inVisits(cfg, room, 10)
			e := startOnDisk(t, cfg, disk, 3)
			fixture.Eventually(t, func() error { return asideOf(t, disk, returning-returned) })
			consumePages(t, e, returning, returning+room*3/4)
			assert.Zero(t, e.dropped(t, "queue_full"))
			require.NoError(t, asideOf(t, disk, returning-returned))
			requireNothingRefused(t, e)
			close(release)
			fixture.Eventually(t, func() error { return missing(api, returning+room*3/4) })
			fixture.Eventually(t, func() error { return asideOf(t, disk, 0) })
			require.NoError(t, e.Shutdown(t.Context()))
			requireNothingRefused(t, e)
			assert.Equal(t, returning+room*3/4, api.Counts(fakeapi.Scrunch).Visits, "each once")
		})
	}
}

// TestBatchesThatAreLargerThanTheQueueReturn: queue_size was reduced below them.
func TestBatchesThatAreLargerThanTheQueueReturn(t *testing.T) {
	const n = 60
	kept := setAside(t, n)
	for _, queueSize := range []int64{2, 8} {
		t.Run(strconv.FormatInt(queueSize, 10), func(t *testing.T) {
			disk := fixture.NewDisk(kept)
			api := fixture.Listen(t)
			cfg := scrunchConfig(api.URL(), fixture.SiteID)
			inVisits(cfg, queueSize, 1)
			e := startOnDisk(t, cfg, disk, 3)
			fixture.Eventually(t, func() error { return missing(api, n) })
			fixture.Eventually(t, func() error { return asideOf(t, disk, 0) })
			require.NoError(t, e.Shutdown(t.Context()))
			requireNothingRefused(t, e)
			assert.Equal(t, n, api.Counts(fakeapi.Scrunch).Visits, "each once")
			assert.LessOrEqual(t, disk.Size(), 2, "nothing but the queue's notes and the index is left")
		})
	}
}
