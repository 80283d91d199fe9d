// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// onDisk starts an exporter with a queue on the disk. At its end nothing but the
// queue's notes must be left there.
func onDisk(t *testing.T, api *fakeapi.Server, disk *fixture.Disk, consumers int) (e exporter.Traces, logs *observer.ObservedLogs) {
	t.Helper()
	started := startOnDisk(t, knownAgentsConfig(api.URL()), disk, consumers)
	return started.Traces, started.logs
}

// diskExporter is an exporter with a queue on a disk.
type diskExporter struct {
	exporter.Traces
	logs      *observer.ObservedLogs
	telemetry *componenttest.Telemetry
}

func startOnDisk(t *testing.T, cfg *Config, disk *fixture.Disk, consumers int) *diskExporter {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	set := exportertest.NewNopSettings(metadata.Type)
	telemetry := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, telemetry.Shutdown(context.Background())) })
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	queue := cfg.QueueConfig.Get()
	queue.StorageID, queue.NumConsumers = &fixture.DiskID, consumers
	queue.Batch.Get().MinSize, queue.Batch.Get().FlushTimeout = 0, 1
	e, err := NewFactory().CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), &fixture.DiskHost{StatusHost: fixture.StatusHost{Host: componenttest.NewNopHost()}, Disk: disk}))
	return &diskExporter{Traces: e, logs: logs, telemetry: telemetry}
}

// unreadable is how many visits were dropped as such.
func (e *diskExporter) unreadable(t *testing.T) int {
	t.Helper()
	return int(fixture.Sum(t, e.telemetry, "otelcol_exporter_agent_visits_dropped", "reason", "unreadable"))
}

func consumePages(t *testing.T, e exporter.Traces, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		require.NoError(t, e.ConsumeTraces(t.Context(), fixture.NewTraces(fmt.Sprintf("/%d", i))))
	}
}

func TestVisitsOnADiskThatBecomesFullAreDelivered(t *testing.T) {
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release})
	disk := fixture.NewDisk(map[string][]byte{})
	e, logs := onDisk(t, api, disk, 1)

	const n = 20
	consumePages(t, e, 0, n)
	disk.Fill(true)
	close(release)
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.KnownAgents, n))

	consumePages(t, e, n, n+1) // cannot be put, and is dropped
	disk.Fill(false)
	consumePages(t, e, n+1, n+2)
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.KnownAgents, n+1))
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, n+1, api.Counts(fakeapi.KnownAgents).Visits, "each once")
	assert.LessOrEqual(t, disk.Size(), 1, "nothing but the queue's own notes is left")
	assert.Equal(t, 1, logs.FilterMessageSnippet("takes no writes").Len())
	assert.Equal(t, 1, logs.FilterMessageSnippet("takes writes again").Len())
	assert.Zero(t, logs.FilterMessageSnippet("Dropping a batch").Len(), "a place without a batch is no loss")
}

// crashed is a disk after an exporter with three batches on their way and more
// behind them was killed.
func crashed(t *testing.T, n int) map[string][]byte {
	t.Helper()
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	disk := fixture.NewDisk(map[string][]byte{})
	e, _ := onDisk(t, api, disk, 3)
	consumePages(t, e, 0, n)
	require.NoError(t, api.WaitRequests(fixture.Soon(t), fakeapi.KnownAgents, 3))
	disk.Mu.Lock()
	kept := disk.Kept
	disk.Mu.Unlock()
	close(release)
	require.NoError(t, e.Shutdown(t.Context()))
	return kept
}

// TestACrashAtAnyTransactionOfAStartLosesNothing kills an exporter that starts
// after a crash, after each of the transactions that it makes.
func TestACrashAtAnyTransactionOfAStartLosesNothing(t *testing.T) {
	const n = 6
	kept := crashed(t, n)
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	disk := fixture.NewDisk(kept)
	e, _ := onDisk(t, api, disk, 3)
	require.NoError(t, api.WaitRequests(fixture.Soon(t), fakeapi.KnownAgents, 3)) // and none is delivered
	disk.Mu.Lock()
	past := append([]map[string][]byte{kept}, disk.Past...)
	disk.Mu.Unlock()
	close(release)
	require.NoError(t, e.Shutdown(t.Context()))
	require.Greater(t, len(past), 3)
	assert.LessOrEqual(t, len(past[len(past)-1]), n+1, "no batch is on the disk twice")

	for i, kept := range past {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			api := fixture.Listen(t)
			e, _ := onDisk(t, api, fixture.NewDisk(kept), 3)
			fixture.Eventually(t, func() error { return missing(api, n) })
			require.NoError(t, e.Shutdown(t.Context()))
		})
	}
}

func TestAStartOnAFullDiskLosesNothing(t *testing.T) {
	const n = 6
	disk := fixture.NewDisk(crashed(t, n))
	disk.Fill(true)
	api := fixture.Listen(t)
	e, logs := onDisk(t, api, disk, 3)
	fixture.Eventually(t, func() error { return missing(api, n) })
	disk.Fill(false)
	consumePages(t, e, n, n+1)
	fixture.Eventually(t, func() error { return missing(api, n+1) })
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, n+1, api.Counts(fakeapi.KnownAgents).Visits, "each once")
	assert.LessOrEqual(t, disk.Size(), 1, "nothing but the queue's own notes is left")
	assert.Equal(t, 1, logs.FilterMessageSnippet("takes no writes").Len())
}

// missing is nil when all pages up to n have arrived.
func missing(api *fakeapi.Server, n int) error {
	arrived := map[string]bool{}
	for _, v := range api.KnownAgentsVisits() {
		arrived[v.RequestPath] = true
	}
	for i := range n {
		if path := fmt.Sprintf("/%d", i); !arrived[path] {
			return fmt.Errorf("%s has not arrived", path)
		}
	}
	return nil
}

// TestAQueueOnDiskHidesNoStatus: delivery reports statuses to the host that the queue
// gives it, which stands before the Collector's.
func TestAQueueOnDiskHidesNoStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401})
		r := directRig(t, api, fixture.NewDisk(map[string][]byte{}), asItIs)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), fixture.NewTraces("/a")))
		<-time.After(time.Hour)
		assert.Len(t, api.KnownAgentsVisits(), 1)
		assert.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, r.host.(*directHost).Statuses())
		r.shutdown(t)
	})
}
