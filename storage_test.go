// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
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
}

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
	c.kept = after
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

func TestVisitsOnADiskThatBecomesFullAreDelivered(t *testing.T) {
	api := listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release})
	core, logs := observer.New(zap.InfoLevel)
	set := exportertest.NewNopSettings(metadata.Type)
	set.Logger = zap.New(core)
	cfg := knownAgentsConfig(api.URL())
	queue := cfg.QueueConfig.Get()
	queue.StorageID, queue.NumConsumers = &diskID, 1
	queue.Batch.Get().MinSize, queue.Batch.Get().FlushTimeout = 0, 1
	e, err := NewFactory().CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	host := &diskHost{statusHost: statusHost{Host: componenttest.NewNopHost()}, disk: &testDisk{kept: map[string][]byte{}}}
	require.NoError(t, e.Start(t.Context(), host))

	const n = 20
	for range n {
		require.NoError(t, e.ConsumeTraces(t.Context(), newTraces("/page")))
	}
	host.disk.fill(true)
	close(release)
	require.NoError(t, api.WaitVisits(t.Context(), fakeapi.KnownAgents, n))

	require.NoError(t, e.ConsumeTraces(t.Context(), newTraces("/page")), "what cannot be put is dropped")
	host.disk.fill(false)
	require.NoError(t, e.ConsumeTraces(t.Context(), newTraces("/page")))
	require.NoError(t, api.WaitVisits(t.Context(), fakeapi.KnownAgents, n+1))
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Equal(t, n+1, api.Counts(fakeapi.KnownAgents).Visits, "each once")
	assert.LessOrEqual(t, host.disk.size(), 1, "nothing but the queue's own notes is left")
	assert.Equal(t, 1, logs.FilterMessageSnippet("takes no writes").Len())
	assert.Equal(t, 1, logs.FilterMessageSnippet("takes writes again").Len())
	assert.Zero(t, logs.FilterMessageSnippet("Dropping a batch").Len(), "a place without a batch is no loss")
}

func TestTheStorageHostHandsStatusesOn(t *testing.T) {
	host := &statusHost{Host: componenttest.NewNopHost()}
	componentstatus.ReportStatus(storageHost{Host: host}, componentstatus.NewEvent(componentstatus.StatusOK))
	assert.Equal(t, []componentstatus.Status{componentstatus.StatusOK}, host.statuses())
}
