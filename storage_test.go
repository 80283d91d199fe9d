// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

var errNoSpace = errors.New("no space left on device")

// testDisk is a storage extension in memory. When it is full it reads and takes
// no writes.
type testDisk struct {
	component.StartFunc
	component.ShutdownFunc
	mu   sync.Mutex
	kept map[string][]byte
	full bool
	// takes is how many transactions that write succeed before the disk is full;
	// 0 is no limit.
	takes int
	// past is what was kept after each transaction.
	past []map[string][]byte
}

func newTestDisk(kept map[string][]byte) *testDisk { return &testDisk{kept: maps.Clone(kept)} }

func (d *testDisk) fill(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

func (d *testDisk) size() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.kept)
}

func (d *testDisk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return testDiskClient{d}, nil
}

type testDiskClient struct{ *testDisk }

func (c testDiskClient) Get(ctx context.Context, key string) ([]byte, error) {
	o := storage.GetOperation(key)
	return o.Value, c.Batch(ctx, o)
}

func (c testDiskClient) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c testDiskClient) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, storage.DeleteOperation(key))
}

func (testDiskClient) Close(context.Context) error { return nil }

// Batch is one transaction.
func (c testDiskClient) Batch(_ context.Context, operations ...*storage.Operation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	after := maps.Clone(c.kept)
	for _, o := range operations {
		switch o.Type {
		case storage.Get:
			o.Value = after[o.Key]
			continue
		case storage.Set:
			after[o.Key] = o.Value
		case storage.Delete:
			delete(after, o.Key)
		}
		if c.full {
			return errNoSpace
		}
	}
	if c.takes > 0 {
		c.takes--
		c.full = c.takes == 0
	}
	c.kept = after
	c.past = append(c.past, after)
	return nil
}

// diskHost is a Collector with a disk.
type diskHost struct {
	statusHost
	disk *testDisk
}

var diskID = component.MustNewID("disk")

func (h *diskHost) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{diskID: h.disk}
}

// onDisk starts an exporter with a queue on the disk. At its end nothing but the
// queue's notes must be left there.
func onDisk(t *testing.T, api *fakeapi.Server, disk *testDisk, consumers int) (e exporter.Traces, logs *observer.ObservedLogs) {
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

func startOnDisk(t *testing.T, cfg *Config, disk *testDisk, consumers int) *diskExporter {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	set := exportertest.NewNopSettings(metadata.Type)
	telemetry := componenttest.NewTelemetry()
	t.Cleanup(func() { require.NoError(t, telemetry.Shutdown(context.Background())) })
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	set.Logger = zap.New(core)
	queue := cfg.QueueConfig.Get()
	queue.StorageID, queue.NumConsumers = &diskID, consumers
	queue.Batch.Get().MinSize, queue.Batch.Get().FlushTimeout = 0, 1
	e, err := NewFactory().CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, e.Start(t.Context(), &diskHost{statusHost: statusHost{Host: componenttest.NewNopHost()}, disk: disk}))
	return &diskExporter{Traces: e, logs: logs, telemetry: telemetry}
}

// unreadable is how many visits were dropped as such.
func (e *diskExporter) unreadable(t *testing.T) int {
	t.Helper()
	return int(sumOf(t, e.telemetry, "otelcol_exporter_agent_visits_dropped", "reason", "unreadable"))
}

func consumePages(t *testing.T, e exporter.Traces, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		require.NoError(t, e.ConsumeTraces(t.Context(), newTraces(fmt.Sprintf("/%d", i))))
	}
}

func TestVisitsOnADiskThatBecomesFullAreDelivered(t *testing.T) {
	api := listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release})
	disk := newTestDisk(map[string][]byte{})
	e, logs := onDisk(t, api, disk, 1)

	const n = 20
	consumePages(t, e, 0, n)
	disk.fill(true)
	close(release)
	require.NoError(t, api.WaitVisits(soon(t), fakeapi.KnownAgents, n))

	consumePages(t, e, n, n+1) // cannot be put, and is dropped
	disk.fill(false)
	consumePages(t, e, n+1, n+2)
	require.NoError(t, api.WaitVisits(soon(t), fakeapi.KnownAgents, n+1))
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, n+1, api.Counts(fakeapi.KnownAgents).Visits, "each once")
	assert.LessOrEqual(t, disk.size(), 1, "nothing but the queue's own notes is left")
	assert.Equal(t, 1, logs.FilterMessageSnippet("takes no writes").Len())
	assert.Equal(t, 1, logs.FilterMessageSnippet("takes writes again").Len())
	assert.Zero(t, logs.FilterMessageSnippet("Dropping a batch").Len(), "a place without a batch is no loss")
}

// crashed is a disk after an exporter with three batches on their way and more
// behind them was killed.
func crashed(t *testing.T, n int) map[string][]byte {
	t.Helper()
	api := listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	disk := newTestDisk(map[string][]byte{})
	e, _ := onDisk(t, api, disk, 3)
	consumePages(t, e, 0, n)
	require.NoError(t, api.WaitRequests(soon(t), fakeapi.KnownAgents, 3))
	disk.mu.Lock()
	kept := disk.kept
	disk.mu.Unlock()
	close(release)
	require.NoError(t, e.Shutdown(t.Context()))
	return kept
}

// TestACrashAtAnyTransactionOfAStartLosesNothing kills an exporter that starts
// after a crash, after each of the transactions that it makes.
func TestACrashAtAnyTransactionOfAStartLosesNothing(t *testing.T) {
	const n = 6
	kept := crashed(t, n)
	api := listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	disk := newTestDisk(kept)
	e, _ := onDisk(t, api, disk, 3)
	require.NoError(t, api.WaitRequests(soon(t), fakeapi.KnownAgents, 3)) // and none is delivered
	disk.mu.Lock()
	past := append([]map[string][]byte{kept}, disk.past...)
	disk.mu.Unlock()
	close(release)
	require.NoError(t, e.Shutdown(t.Context()))
	require.Greater(t, len(past), 3)
	assert.LessOrEqual(t, len(past[len(past)-1]), n+1, "no batch is on the disk twice")

	for i, kept := range past {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			api := listen(t)
			e, _ := onDisk(t, api, newTestDisk(kept), 3)
			eventually(t, func() error { return missing(api, n) })
			require.NoError(t, e.Shutdown(t.Context()))
		})
	}
}

func TestAStartOnAFullDiskLosesNothing(t *testing.T) {
	const n = 6
	disk := newTestDisk(crashed(t, n))
	disk.fill(true)
	api := listen(t)
	e, logs := onDisk(t, api, disk, 3)
	eventually(t, func() error { return missing(api, n) })
	disk.fill(false)
	consumePages(t, e, n, n+1)
	eventually(t, func() error { return missing(api, n+1) })
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, n+1, api.Counts(fakeapi.KnownAgents).Visits, "each once")
	assert.LessOrEqual(t, disk.size(), 1, "nothing but the queue's own notes is left")
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

// soon bounds what a test waits for.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// eventually returns when check does without an error.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	var err error
	require.Eventually(t, func() bool { err = check(); return err == nil }, 5*time.Second, 5*time.Millisecond, "%v", err)
}

func TestTheStorageHostHandsStatusesOn(t *testing.T) {
	host := &statusHost{Host: componenttest.NewNopHost()}
	componentstatus.ReportStatus(storageHost{Host: host}, componentstatus.NewEvent(componentstatus.StatusOK))
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusOK}, host.statuses())
}
