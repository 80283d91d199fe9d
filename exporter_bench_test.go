// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// benchRig is an exporter of both signals for Known Agents, with the factory's
// settings and the Collector's own kind of metrics. stop delivers what it holds and
// shuts it down.
type benchRig struct {
	traces exporter.Traces
	logs   exporter.Logs
	meters *componenttest.Telemetry
}

// startRig waits at a full queue instead of dropping visits: a benchmark must
// not seem fast because it loses some.
func startRig(tb testing.TB, endpoint string) *benchRig {
	tb.Helper()
	cfg := knownAgentsConfig(endpoint)
	cfg.QueueConfig.Get().QueueSize = 8 << 30 // nothing is dropped, and nobody waits
	r := &benchRig{meters: componenttest.NewTelemetry()}
	set := exportertest.NewNopSettings(metadata.Type)
	set.MeterProvider = r.meters.NewTelemetrySettings().MeterProvider
	factory := NewFactory()
	var err error
	r.traces, err = factory.CreateTraces(context.Background(), set, cfg)
	require.NoError(tb, err)
	r.logs, err = factory.CreateLogs(context.Background(), set, cfg)
	require.NoError(tb, err)
	require.NoError(tb, r.traces.Start(context.Background(), componenttest.NewNopHost()))
	require.NoError(tb, r.logs.Start(context.Background(), componenttest.NewNopHost()))
	return r
}

func (r *benchRig) stop(tb testing.TB) {
	tb.Helper()
	require.NoError(tb, r.traces.Shutdown(context.Background()))
	require.NoError(tb, r.logs.Shutdown(context.Background()))
	require.NoError(tb, r.meters.Shutdown(context.Background()))
}

// consumer hands the rig payloads of n visits of a signal, in turn. There are
// some thousand different visits; making them is no part of what is measured.
func (r *benchRig) consumer(signal string, n int) func() error {
	var payloads []func() error
	for first := 0; first < 4096; first += n {
		if signal == "logs" {
			ld := fixture.VisitLogsFrom(first, n)
			payloads = append(payloads, func() error { return r.logs.ConsumeLogs(context.Background(), ld) })
		} else {
			td := fixture.VisitTracesFrom(first, n)
			payloads = append(payloads, func() error { return r.traces.ConsumeTraces(context.Background(), td) })
		}
	}
	var turn atomic.Int64
	return func() error { return payloads[int(turn.Add(1))%len(payloads)]() }
}

// deliver measures the whole exporter: ns/visit is what the pipeline waits, and
// delivered-ns/visit the time until the API has all of them, both cores at work.
func deliver(b *testing.B, endpoint, signal string, visits int, delivered func() int64) {
	b.Helper()
	r := startRig(b, endpoint)
	consume := r.consumer(signal, visits)
	b.ReportAllocs()
	start := time.Now()
	for b.Loop() {
		require.NoError(b, consume())
	}
	r.stop(b)
	all := visits * b.N
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(all), "delivered-ns/visit")
	fixture.PerItem(b, "ns/visit", all)
	require.EqualValues(b, all, delivered(), "a benchmark that loses visits measures nothing")
}

// BenchmarkExporter delivers to an API that only counts.
func BenchmarkExporter(b *testing.B) {
	for _, signal := range []string{"traces", "logs"} {
		for _, visits := range []int{1, 8, 64, 512, 8192} {
			b.Run(fmt.Sprintf("signal=%s/visits=%d", signal, visits), func(b *testing.B) {
				api := fixture.OpenSink(b)
				deliver(b, api.URL, signal, visits, api.Visits.Load)
			})
		}
	}
}

// BenchmarkExporterToStrictAPI delivers to one that checks every visit, which
// takes longer than the exporter does.
func BenchmarkExporterToStrictAPI(b *testing.B) {
	for _, visits := range []int{1, 512} {
		b.Run(fmt.Sprintf("visits=%d", visits), func(b *testing.B) {
			api, err := fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{CountsOnly: true})
			require.NoError(b, err)
			b.Cleanup(func() { require.NoError(b, api.Close()) })
			deliver(b, api.URL(), "traces", visits, func() int64 { return int64(api.Counts(fakeapi.KnownAgents).Visits) })
		})
	}
}

// BenchmarkSpansThatAreNoVisits shows what the exporter costs where most spans
// are none of its business, in ns/span.
func BenchmarkSpansThatAreNoVisits(b *testing.B) {
	const spans = 500
	for name, td := range map[string]ptrace.Traces{
		"server=0%":                fixture.TracesOf(spans, false, false),
		"server=20%/parent=none":   fixture.TracesOf(spans, true, false),
		"server=20%/parent=remote": fixture.TracesOf(spans, true, true),
	} {
		b.Run(name, func(b *testing.B) {
			r := startRig(b, fixture.OpenSink(b).URL)
			defer r.stop(b)
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, r.traces.ConsumeTraces(context.Background(), td))
			}
			fixture.PerItem(b, "ns/span", spans*b.N)
		})
	}
}

// BenchmarkExporterParallel has ten receivers at once, or the next multiple of
// the cores. Where they wait for each other is shown by
//
//	go test -run '^$' -bench ExporterParallel -mutexprofile mutex.out . && go tool pprof -top mutex.out
func BenchmarkExporterParallel(b *testing.B) {
	cores := runtime.GOMAXPROCS(0)
	for _, visits := range []int{1, 64} {
		b.Run(fmt.Sprintf("visits=%d", visits), func(b *testing.B) {
			r := startRig(b, fixture.OpenSink(b).URL)
			defer r.stop(b)
			consume := r.consumer("traces", visits)
			b.SetParallelism((10 + cores - 1) / cores)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if consume() != nil {
						b.Error("not consumed")
					}
				}
			})
			b.StopTimer()
			fixture.PerItem(b, "ns/visit", visits*b.N)
		})
	}
}

// fanOutTraces hands a payload to several consumers as the Collector does: who
// changes data gets a copy, all others share one.
func fanOutTraces(t require.TestingT, td ptrace.Traces, to ...consumer.Traces) {
	for _, next := range to {
		own := td
		if next.Capabilities().MutatesData {
			own = ptrace.NewTraces()
			td.CopyTo(own)
		}
		require.NoError(t, next.ConsumeTraces(context.Background(), own))
	}
}

func fanOutLogs(t require.TestingT, ld plog.Logs, to ...consumer.Logs) {
	for _, next := range to {
		own := ld
		if next.Capabilities().MutatesData {
			own = plog.NewLogs()
			ld.CopyTo(own)
		}
		require.NoError(t, next.ConsumeLogs(context.Background(), own))
	}
}

// BenchmarkSharedPipeline has another exporter in the same pipeline. Ours makes
// the Collector copy nothing; "copied" is what it would cost if it did.
func BenchmarkSharedPipeline(b *testing.B) {
	const visits = 500
	td := fixture.VisitTraces(visits)
	for _, name := range []string{"nop", "ours", "nop+ours", "nop+copied"} {
		b.Run("consumers="+name, func(b *testing.B) {
			r := startRig(b, fixture.OpenSink(b).URL)
			defer r.stop(b)
			claimed, err := consumer.NewTraces(r.traces.ConsumeTraces, consumer.WithCapabilities(consumer.Capabilities{MutatesData: true}))
			require.NoError(b, err)
			nop := consumertest.NewNop()
			to := map[string][]consumer.Traces{
				"nop": {nop}, "ours": {r.traces}, "nop+ours": {nop, r.traces}, "nop+copied": {nop, claimed},
			}[name]
			b.ReportAllocs()
			for b.Loop() {
				fanOutTraces(b, td, to...)
			}
			fixture.PerItem(b, "ns/visit", visits*b.N)
		})
	}
}
