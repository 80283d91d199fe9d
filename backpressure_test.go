// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// over is the context of a receiver that ends.
func over(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// startLogs starts an exporter of logs alone, because all components share a disk.
func startLogs(t *testing.T, cfg *Config, host component.Host) exporter.Logs {
	t.Helper()
	logs, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	require.NoError(t, logs.Start(t.Context(), host))
	return logs
}

// TestWhatAnEndingReceiverHoldsGoesIntoAFullQueueOnDisk: a receiver of files has noted the
// lines that it holds as read, and does not read them again after a restart.
func TestWhatAnEndingReceiverHoldsGoesIntoAFullQueueOnDisk(t *testing.T) {
	for _, sizer := range []exporterhelper.RequestSizerType{exporterhelper.RequestSizerTypeBytes, exporterhelper.RequestSizerTypeItems} {
		t.Run(sizer.String(), func(t *testing.T) {
			api := fixture.Listen(t)
			cfg, release := smallQueue(t, api)
			cfg.Backpressure = true
			settings := cfg.QueueConfig.Get()
			settings.StorageID, settings.Sizer = &fixture.DiskID, sizer
			settings.Batch.Get().FlushTimeout = 100 * time.Millisecond
			if sizer == exporterhelper.RequestSizerTypeItems {
				settings.QueueSize = 20
				settings.Batch.Get().Sizer, settings.Batch.Get().MinSize, settings.Batch.Get().MaxSize = sizer, 1, 10
			}
			host := &fixture.DiskHost{StatusHost: fixture.StatusHost{Host: componenttest.NewNopHost()}, Disk: fixture.NewDisk(map[string][]byte{})}
			logs := startLogs(t, cfg, host)
			want := map[string]int{"/last": 1}
			next := func() error {
				path := fmt.Sprintf("/%d", len(want))
				err := logs.ConsumeLogs(t.Context(), fixture.NewLogs(path))
				if err == nil {
					want[path] = 1
				}
				return err
			}
			require.ErrorIs(t, fill(t, next, func() bool { return false }), exporterhelper.ErrQueueIsFull)

			sent := client.NewContext(over(t), client.Info{Addr: &net.TCPAddr{}})
			require.ErrorIs(t, logs.ConsumeLogs(sent, fixture.NewLogs("/sent")), exporterhelper.ErrQueueIsFull, "the client sends it again")
			require.NoError(t, logs.ConsumeLogs(over(t), fixture.NewLogs("/last")))
			require.ErrorIs(t, next(), exporterhelper.ErrQueueIsFull, "the queue is as full as before")
			release()
			require.NoError(t, logs.Shutdown(t.Context()))
			api.ClearScript(fakeapi.KnownAgents)

			logs = startLogs(t, cfg, host)
			assert.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.KnownAgents, len(want)))
			require.NoError(t, logs.Shutdown(t.Context()))
			arrived := map[string]int{}
			for _, v := range api.KnownAgentsVisits() {
				arrived[v.RequestPath]++
			}
			assert.Equal(t, want, arrived)
		})
	}
}

func TestWhatAnEndingReceiverHoldsIsRefusedByAFullQueueInMemory(t *testing.T) {
	cfg, release := smallQueue(t, fixture.Listen(t))
	cfg.Backpressure = true
	r := newRig(t, cfg, componenttest.NewNopHost())
	require.Error(t, fill(t, func() error { return r.logs.ConsumeLogs(t.Context(), fixture.NewLogs("/a", "/b")) }, func() bool { return false }))
	require.ErrorIs(t, r.logs.ConsumeLogs(over(t), fixture.NewLogs("/last")), exporterhelper.ErrQueueIsFull)
	release()
	r.shutdown(t)
}

func TestExportersThatShareAReceiverAreToldSoOnce(t *testing.T) {
	core, observed := observer.New(zap.WarnLevel)
	factory := NewFactory()
	cfg := knownAgentsConfig(fixture.Listen(t).URL())
	cfg.Backpressure = true
	var all []exporter.Logs
	for _, name := range []string{"a", "b"} {
		set := exportertest.NewNopSettings(metadata.Type)
		set.ID, set.Logger = component.MustNewIDWithName(metadata.Type.String(), name), zap.New(core)
		e, err := factory.CreateLogs(t.Context(), set, cfg)
		require.NoError(t, err)
		require.NoError(t, e.Start(t.Context(), componenttest.NewNopHost()))
		all = append(all, e)
	}
	for range 3 {
		for _, e := range all {
			require.NoError(t, e.ConsumeLogs(t.Context(), fixture.NewLogs("/each-its-own")))
		}
	}
	assert.Zero(t, observed.Len())
	for range 3 {
		shared := fixture.NewLogs("/shared")
		for _, e := range all {
			require.NoError(t, e.ConsumeLogs(t.Context(), shared))
		}
	}
	told := observed.FilterMessageSnippet("Two exporters share a receiver").All()
	require.Len(t, told, 1)
	assert.Equal(t, "agent_visits/a", told[0].ContextMap()["other"])
	for _, e := range all {
		require.NoError(t, e.Shutdown(t.Context()))
	}
}

func TestAPayloadThatIsRefusedIsNotCounted(t *testing.T) {
	cfg, release := smallQueue(t, fixture.Listen(t))
	cfg.Backpressure = true
	r := newRig(t, cfg, componenttest.NewNopHost())
	taken, refused := int64(0), 0
	for refused < 10 {
		if r.logs.ConsumeLogs(t.Context(), fixture.NewLogs("/a", "/a.png")) == nil {
			taken++
		} else {
			refused++
		}
	}
	_, err := r.telemetry.GetMetric(fixture.ExporterMetric("by_agent")) // which begins at 0
	require.NoError(t, err)
	assert.Equal(t, taken, fixture.Sum(t, r.telemetry, fixture.ExporterMetric("by_agent")))
	assert.Equal(t, taken, fixture.Sum(t, r.telemetry, fixture.ExporterMetric("skipped")))
	release()
	r.shutdown(t)
}

// TestTelemetryThatAFullQueueRefusesIsNotSaidToBeMissing: it arrives, though nothing of it counts.
func TestTelemetryThatAFullQueueRefusesIsNotSaidToBeMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		release := make(chan struct{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
		r := directRig(t, api, nil, func(c *Config) {
			c.Backpressure = true
			c.ClientConfig.Timeout = 24 * time.Hour
			queueOfRequests(c, 1)
		})
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1)))) // waits, and is refused then
		for end := time.Now().Add(12 * time.Hour); time.Now().Before(end); <-time.After(10 * time.Second) {
			_ = r.traces.ConsumeTraces(t.Context(), hopTraces(edge))
		}
		require.ErrorIs(t, r.traces.ConsumeTraces(t.Context(), hopTraces(edge)), exporterhelper.ErrQueueIsFull)
		assert.Zero(t, r.observed.FilterMessageSnippet("Nothing has reached this exporter for long").Len())
		close(release)
		r.shutdown(t)
	})
}
