// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

func TestNoGoroutineIsOfASite(t *testing.T) {
	const sites = 500
	cfg, directory := sitesConfig(sites), t.TempDir()
	for i := range cfg.KnownAgents.Sites {
		s := &cfg.KnownAgents.Sites[i]
		s.AccessTokenFile = filepath.Join(directory, strconv.Itoa(i))
		require.NoError(t, os.WriteFile(s.AccessTokenFile, []byte(s.AccessToken), 0o600))
		s.AccessToken = ""
	}
	before := runtime.NumGoroutine()
	r := newRig(t, cfg, componenttest.NewNopHost())
	assert.Less(t, runtime.NumGoroutine()-before, sites/2)
	r.shutdown(t)
}

// BenchmarkSites translates 10,000 spans, in which all sites take turns.
func BenchmarkSites(b *testing.B) {
	for _, n := range []int{1, 200, 5000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			in, _ := newSitesIntake(b, sitesConfig(n))
			in.explainer, in.strays = nil, nil
			td := tracesOfSites(10_000, n)
			b.ReportAllocs()
			for b.Loop() {
				batchOf(in.fromTraces(context.Background(), td))
			}
			fixture.PerItem(b, "ns/span", 10_000*b.N)
		})
	}
}

// BenchmarkSitesDelivered delivers 20,000 spans, in which all sites take turns, to an API that
// only counts. The time is that of both.
func BenchmarkSitesDelivered(b *testing.B) {
	const spans = 20_000
	for _, n := range []int{1, 200, 1000, 5000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			api := fixture.OpenSink(b)
			cfg := sitesConfig(n)
			cfg.ClientConfig.Endpoint = api.URL
			cfg.QueueConfig.Get().QueueSize = 8 << 30 // nothing is dropped, and nobody waits
			cfg.QueueConfig.Get().Batch.Get().MinSize, cfg.QueueConfig.Get().Batch.Get().MaxSize = 8_000_000, 0
			set := exportertest.NewNopSettings(metadata.Type)
			traces, err := NewFactory().CreateTraces(context.Background(), set, cfg)
			require.NoError(b, err)
			require.NoError(b, traces.Start(context.Background(), componenttest.NewNopHost()))
			td := tracesOfSites(spans, n)
			b.ReportAllocs()
			start := time.Now()
			for b.Loop() {
				require.NoError(b, traces.ConsumeTraces(context.Background(), td))
			}
			require.NoError(b, traces.Shutdown(context.Background()))
			all := spans * b.N
			b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(all), "delivered-ns/visit")
			require.EqualValues(b, all, api.Visits.Load(), "a benchmark that loses visits measures nothing")
		})
	}
}

// BenchmarkStart checks a configuration with many sites and makes its exporter.
func BenchmarkStart(b *testing.B) {
	for _, n := range []int{1, 1000, 5000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			cfg := sitesConfig(n)
			set := exportertest.NewNopSettings(metadata.Type)
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, cfg.Validate())
				e, err := NewFactory().CreateTraces(context.Background(), set, cfg)
				require.NoError(b, err)
				require.NoError(b, e.Shutdown(context.Background()))
			}
		})
	}
}
