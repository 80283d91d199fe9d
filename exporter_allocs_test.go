// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/waiting"
)

// TestPayloadsBecomeBatchesAlmostWithoutAllocation promises an allocation for the
// batch and one for its bytes, however many visits it has. A payload without visits
// takes none.
func TestPayloadsBecomeBatchesAlmostWithoutAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	const items, most = 500, 3
	for name, cfg := range map[string]*Config{"known_agents": knownAgentsConfig(""), "scrunch": scrunchConfig("")} {
		in := newTestIntake(t, cfg)
		for payload, c := range map[string]struct {
			make   func() *queue.Batch
			visits int
			most   float64
		}{
			"spans":                {fromTraces(in, fixture.VisitTraces(items)), items, most},
			"log records":          {fromLogs(in, fixture.VisitLogs(items)), items, most},
			"spans without visits": {fromTraces(in, clientTraces(items)), 0, 0},
			"records without":      {fromLogs(in, plainLogs(items)), 0, 0},
			"no spans":             {fromTraces(in, ptrace.NewTraces()), 0, 0},
			"no records":           {fromLogs(in, plog.NewLogs()), 0, 0},
		} {
			t.Run(name+", "+payload, func(t *testing.T) {
				visits := 0
				if b := c.make(); b != nil {
					visits = b.Count
				}
				assert.Equal(t, c.visits, visits)
				assert.LessOrEqual(t, testing.AllocsPerRun(100, func() { c.make() }), c.most)
			})
		}
	}
}

// batchOf leaves out what waits, and counts as if the batch were taken.
func batchOf(b *queue.Batch, _ waiting.Held, counts *scratch) *queue.Batch {
	counts.intake.count(context.Background(), counts)
	return b
}

func fromTraces(in *intake, td ptrace.Traces) func() *queue.Batch {
	return func() *queue.Batch { return batchOf(in.fromTraces(context.Background(), td)) }
}

func fromLogs(in *intake, ld plog.Logs) func() *queue.Batch {
	return func() *queue.Batch { return batchOf(in.fromLogs(context.Background(), ld)) }
}

// TestASharedPayloadIsNotCopied promises that beside another exporter, which shares
// the payload, ours costs what it costs alone. Payloads without visits show it
// exactly, because they allocate nothing. Those with visits meet the queue's own
// goroutines, but stay far below the ten and more allocations of a copied span.
func TestASharedPayloadIsNotCopied(t *testing.T) {
	if fixture.RaceDetector {
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
		"with visits":    {fixture.VisitTraces(items), fixture.VisitLogs(items), items},
	} {
		t.Run(name, func(t *testing.T) {
			r := startRig(t, fixture.OpenSink(t).URL)
			c.traces.MarkReadOnly()
			c.logs.MarkReadOnly()
			traces := testing.AllocsPerRun(200, func() { fanOutTraces(t, c.traces, other, r.traces) })
			logs := testing.AllocsPerRun(200, func() { fanOutLogs(t, c.logs, other, r.logs) })
			r.stop(t) // so that the other case meets no delivery of this one
			assert.Less(t, traces, c.below, "traces")
			assert.Less(t, logs, c.below, "logs")
		})
	}
}

// clientTraces is a payload of spans without a visit.
func clientTraces(n int) ptrace.Traces {
	td := fixture.VisitTraces(n)
	for _, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		span.SetKind(ptrace.SpanKindClient)
	}
	return td
}

// plainLogs is a payload of log records without a visit.
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
