// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pipeline"

	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// TestPayloadsBecomeBatchesAlmostWithoutAllocation: a batch takes an allocation
// for itself and one for its bytes, however many visits it has; a payload
// without visits takes none.
func TestPayloadsBecomeBatchesAlmostWithoutAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	const items, most = 500, 3
	for name, cfg := range map[string]*Config{"known_agents": knownAgentsConfig(""), "scrunch": scrunchConfig("")} {
		in := newTestIntake(t, cfg)
		for payload, c := range map[string]struct {
			make   func() *batch
			visits int
			most   float64
		}{
			"spans":                {fromTraces(in, visitTraces(items)), items, most},
			"log records":          {fromLogs(in, visitLogs(items)), items, most},
			"spans without visits": {fromTraces(in, clientTraces(items)), 0, 0},
			"records without":      {fromLogs(in, plainLogs(items)), 0, 0},
			"no spans":             {fromTraces(in, ptrace.NewTraces()), 0, 0},
			"no records":           {fromLogs(in, plog.NewLogs()), 0, 0},
		} {
			visits := 0
			if b := c.make(); b != nil {
				visits = b.count
			}
			assert.Equal(t, c.visits, visits, "%s, %s", name, payload)
			assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { c.make() }), c.most, "%s, %s", name, payload)
		}
	}
}

func fromTraces(in *intake, td ptrace.Traces) func() *batch {
	return func() *batch { return in.fromTraces(context.Background(), td) }
}

func fromLogs(in *intake, ld plog.Logs) func() *batch {
	return func() *batch { return in.fromLogs(context.Background(), ld) }
}

// TestASharedPayloadIsNotCopied: beside another exporter, which shares the
// payload, ours costs what it costs alone. Payloads without visits show it
// exactly, for they allocate nothing; those with visits meet the queue's own
// goroutines, but stay far below the ten and more allocations of a copied span.
func TestASharedPayloadIsNotCopied(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	const items = 500
	other := consumertest.NewNop()
	for name, c := range map[string]struct {
		traces ptrace.Traces
		logs   plog.Logs
		below  float64
	}{
		"without visits": {clientTraces(items), plainLogs(items), 1},
		"with visits":    {visitTraces(items), visitLogs(items), items},
	} {
		r := startRig(t, openSink(t).URL)
		c.traces.MarkReadOnly()
		c.logs.MarkReadOnly()
		traces := testing.AllocsPerRun(20, func() { fanOutTraces(t, c.traces, other, r.traces) })
		logs := testing.AllocsPerRun(20, func() { fanOutLogs(t, c.logs, other, r.logs) })
		r.stop(t) // so that the other case meets no delivery of this one
		assert.Less(t, traces, c.below, "traces %s", name)
		assert.Less(t, logs, c.below, "logs %s", name)
	}
}

// newTestIntake is an intake as the factory makes it, without the queue behind.
func newTestIntake(tb testing.TB, cfg *Config) *intake {
	tb.Helper()
	set := exportertest.NewNopSettings(metadata.Type)
	meters := componenttest.NewTelemetry()
	tb.Cleanup(func() { require.NoError(tb, meters.Shutdown(context.Background())) })
	set.MeterProvider = meters.NewTelemetrySettings().MeterProvider
	destination := destinationOf(cfg)
	counters, err := newCounters(set, pipeline.SignalTraces, destination.name)
	require.NoError(tb, err)
	return newIntake(cfg, destination, counters, set.Logger)
}

// visitor is what differs from one request to the next. Were all visits alike,
// whatever is remembered or compressed would seem to cost nothing.
type visitor struct{ path, address, agent string }

func newVisitor(i int) visitor {
	sections := [...]string{"guides", "shop/llamas", "blog/2026", "docs/api", "de/preise"}
	networks := [...]string{"192.0.2", "198.51.100", "203.0.113"}
	agents := [...]string{
		truth.userAgent, "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "PerplexityBot/1.0", "ExampleBot/1.0 (+https://bot.example/)",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
	}
	mixed := uint32(i+1) * 2654435761 // Knuth's multiplicative hash
	return visitor{
		path:    fmt.Sprintf("/%s/%x", sections[mixed>>8%5], mixed),
		address: fmt.Sprintf("%s.%d", networks[mixed>>16%3], mixed>>24),
		agent:   agents[mixed>>4%6],
	}
}

// visitTraces and visitLogs are payloads of n visits, all different. They lie in
// memory as a receiver puts them there, each text by itself.
func visitTraces(n int) ptrace.Traces { return visitTracesFrom(0, n) }

func visitTracesFrom(first, n int) ptrace.Traces {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	spans.EnsureCapacity(n)
	for i := range n {
		span, v := spans.AppendEmpty(), newVisitor(first+i)
		capturedSpan().CopyTo(span)
		span.Attributes().PutStr("url.path", v.path)
		span.Attributes().PutStr("client.address", v.address)
		span.Attributes().PutStr("user_agent.original", v.agent)
		span.Attributes().PutEmptySlice("http.request.header.x-forwarded-for").AppendEmpty().SetStr(v.address + ", 10.0.0.7")
	}
	return received(td, (&ptrace.ProtoMarshaler{}).MarshalTraces, (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces)
}

func received[T any](sent T, marshal func(T) ([]byte, error), unmarshal func([]byte) (T, error)) T {
	body, err := marshal(sent)
	if err != nil {
		panic(err)
	}
	decoded, err := unmarshal(body)
	if err != nil {
		panic(err)
	}
	return decoded
}

func visitLogs(n int) plog.Logs { return visitLogsFrom(0, n) }

func visitLogsFrom(first, n int) plog.Logs {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	records.EnsureCapacity(n)
	for i := range n {
		record, v := records.AppendEmpty(), newVisitor(first+i)
		nginxRecord().CopyTo(record)
		record.Attributes().PutStr("request_uri", v.path+"?"+truth.query)
		record.Attributes().PutStr("http_x_forwarded_for", v.address)
		record.Attributes().PutStr("http_user_agent", v.agent)
	}
	return received(ld, (&plog.ProtoMarshaler{}).MarshalLogs, (&plog.ProtoUnmarshaler{}).UnmarshalLogs)
}

// clientTraces and plainLogs are payloads without any visit.
func clientTraces(n int) ptrace.Traces {
	td := visitTraces(n)
	for _, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		span.SetKind(ptrace.SpanKindClient)
	}
	return td
}

func plainLogs(n int) plog.Logs {
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for range n {
		record := records.AppendEmpty()
		record.Attributes().PutStr("logger.name", "main")
		record.Body().SetStr("the cache is warm")
	}
	return ld
}
