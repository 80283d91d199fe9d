// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// The tests of package queue_test drive the whole exporter, because what they promise
// depends on the Collector's own queue.

func knownAgentsConfig(endpoint string) *agentvisitsexporter.Config {
	cfg := agentvisitsexporter.NewFactory().CreateDefaultConfig().(*agentvisitsexporter.Config)
	cfg.ClientConfig.Endpoint = endpoint
	cfg.KnownAgents = &destination.KnownAgentsConfig{AccessToken: fixture.Token}
	return cfg
}

func scrunchConfig(endpoint, site string) *agentvisitsexporter.Config {
	cfg := agentvisitsexporter.NewFactory().CreateDefaultConfig().(*agentvisitsexporter.Config)
	cfg.ClientConfig.Endpoint = endpoint
	cfg.Scrunch = &destination.ScrunchConfig{SiteID: site, APIKey: fixture.Key}
	return cfg
}

// started is an exporter of traces with all that can be seen of it.
type started struct {
	exporter.Traces
	logs   *observer.ObservedLogs
	meters *componenttest.Telemetry
}

func start(tb testing.TB, cfg *agentvisitsexporter.Config, host component.Host) *started {
	tb.Helper()
	core, logs := observer.New(zap.InfoLevel)
	e := &started{logs: logs, meters: componenttest.NewTelemetry()}
	tb.Cleanup(func() { require.NoError(tb, e.meters.Shutdown(context.Background())) })
	set := exportertest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = e.meters.NewTelemetrySettings()
	set.Logger = zap.New(core)
	var err error
	e.Traces, err = agentvisitsexporter.NewFactory().CreateTraces(context.Background(), set, cfg)
	require.NoError(tb, err)
	require.NoError(tb, e.Start(context.Background(), host))
	return e
}

// startOnDisk starts an exporter with a queue on the disk, which delivers each
// payload by itself.
func startOnDisk(t *testing.T, cfg *agentvisitsexporter.Config, disk *fixture.Disk, consumers int) *started {
	t.Helper()
	queue := cfg.QueueConfig.Get()
	queue.StorageID, queue.NumConsumers = &fixture.DiskID, consumers
	queue.Batch.Get().MinSize, queue.Batch.Get().FlushTimeout = 0, 100*time.Millisecond
	return start(t, cfg, &fixture.DiskHost{StatusHost: fixture.StatusHost{Host: componenttest.NewNopHost()}, Disk: disk})
}

// dropped is how many visits were dropped for the reason.
func (e *started) dropped(t *testing.T, reason string) int {
	t.Helper()
	return int(fixture.Sum(t, e.meters, fixture.ExporterMetric("dropped"), "reason", reason))
}

func consumePages(t *testing.T, e exporter.Traces, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		require.NoError(t, e.ConsumeTraces(t.Context(), fixture.NewTraces(fmt.Sprintf("/%d", i))))
	}
}

// missing is nil when all pages up to n have arrived at one of the APIs.
func missing(api *fakeapi.Server, n int) error {
	arrived := map[string]bool{}
	for _, v := range api.KnownAgentsVisits() {
		arrived[v.RequestPath] = true
	}
	for _, v := range api.ScrunchVisits() {
		arrived[v.Path] = true
	}
	for i := range n {
		if path := fmt.Sprintf("/%d", i); !arrived[path] {
			return fmt.Errorf("%s has not arrived, %d have", path, len(arrived))
		}
	}
	return nil
}

// crashed is the disk of an exporter that was killed while a batch was being delivered
// and others waited.
func crashed(t *testing.T, n int) map[string][]byte {
	t.Helper()
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	disk := fixture.NewDisk(map[string][]byte{})
	e := startOnDisk(t, knownAgentsConfig(api.URL()), disk, 3)
	consumePages(t, e, 0, n)
	require.NoError(t, api.WaitRequests(fixture.Soon(t), fakeapi.KnownAgents, 1))
	disk.Mu.Lock()
	kept := disk.Kept
	disk.Mu.Unlock()
	close(release)
	require.NoError(t, e.Shutdown(t.Context()))
	return kept
}

// pastOf is what was on a disk after each of its transactions, of which it waits for
// more than the given number.
func pastOf(t *testing.T, disk *fixture.Disk, more int) (past []map[string][]byte) {
	t.Helper()
	fixture.Eventually(t, func() error {
		disk.Mu.Lock()
		defer disk.Mu.Unlock()
		past = slices.Clone(disk.Past)
		if len(past) <= more {
			return fmt.Errorf("%d transactions", len(past))
		}
		return nil
	})
	return past
}
