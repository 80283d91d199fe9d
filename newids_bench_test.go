// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// BenchmarkNewSpansThatAreNoVisits is BenchmarkSpansThatAreNoVisits with spans of new requests, that
// were decoded just before, as fast as the exporter takes them.
func BenchmarkNewSpansThatAreNoVisits(b *testing.B) {
	const spans = 500
	for name, c := range map[string]struct{ serves, asks bool }{
		"server=0%":                     {},
		"server=0%/one names a parent":  {asks: true}, // before
		"server=20%/parent=none":        {serves: true},
		"server=20%/one names a parent": {serves: true, asks: true},
	} {
		b.Run(name, func(b *testing.B) {
			td := fixture.TracesOf(spans, c.serves, false)
			encoded, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
			require.NoError(b, err)
			r := startRig(b, fixture.OpenSink(b).URL)
			defer r.stop(b)
			if c.asks {
				require.NoError(b, r.traces.ConsumeTraces(context.Background(), fixture.TracesOf(5, true, true)))
			}
			var took time.Duration
			requests := uint64(0)
			for b.Loop() {
				td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(encoded)
				require.NoError(b, err)
				requests = renew(td, requests)
				start := time.Now()
				err = r.traces.ConsumeTraces(context.Background(), td)
				took += time.Since(start)
				require.NoError(b, err)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(took.Nanoseconds())/float64(spans*b.N), "ns/span")
		})
	}
}

// renew gives spans the ids of other requests, each with five spans, and returns how many
// requests there were so far.
func renew(td ptrace.Traces, requests uint64) uint64 {
	const mixed = 0x9e3779b97f4a7c15
	var parent pcommon.SpanID
	for i, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		var trace pcommon.TraceID
		var id pcommon.SpanID
		binary.LittleEndian.PutUint64(id[:], (5*requests+uint64(i%5)+1)*mixed)
		if i%5 == 0 {
			parent = id
		} else {
			span.SetParentSpanID(parent)
		}
		binary.LittleEndian.PutUint64(trace[:], (requests+1)*mixed)
		span.SetTraceID(trace)
		span.SetSpanID(id)
		if i%5 == 4 {
			requests++
		}
	}
	return requests
}
