// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
)

// BenchmarkSources shows what a visit of each family of sources costs, from the
// telemetry to the text for Known Agents. A family is the folders in testdata/sources
// whose names begin alike. The cost includes items that do not become visits. If none
// does, it is the cost of an item.
func BenchmarkSources(b *testing.B) {
	families := map[string][]fixture.Payload{}
	for _, folder := range fixture.SourceFolders(b) {
		family, _, _ := strings.Cut(filepath.Base(folder), "-")
		families[family] = append(families[family], fixture.ReadPayload(b, folder))
	}
	for _, family := range slices.Sorted(maps.Keys(families)) {
		b.Run("source="+family, func(b *testing.B) {
			w := newWorkbench(translation.EncodeForKnownAgents)
			before := allocations()
			for b.Loop() {
				for _, p := range families[family] {
					w.work(p)
				}
			}
			allocated := allocations() - before
			if w.visits > 0 {
				fixture.PerItem(b, "ns/visit", w.visits)
				b.ReportMetric(math.Round(100*float64(allocated)/float64(w.visits))/100, "allocs/visit") // the rest is the benchmark's
			} else {
				fixture.PerItem(b, "ns/item", w.items)
			}
			b.ReportMetric(0, "ns/op") // says how many files a family has
		})
	}
}

// allocations is how many there were since the program started.
func allocations() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.Mallocs
}

// BenchmarkAttributes shows what attributes cost for which a visit has no use: a span
// has seven that a visit uses, and the rest.
func BenchmarkAttributes(b *testing.B) {
	for _, attributes := range []int{10, 20, 50, 100, 200} {
		b.Run(fmt.Sprintf("attributes=%d", attributes), func(b *testing.B) {
			td := fixture.NewTraces("/guides/llamas")
			all := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
			for i := 0; all.Len() < attributes; i++ {
				all.PutStr(fmt.Sprintf("app.checkout.step_%d.label", i), "no visit has a use for it")
			}
			p := fixture.OfTraces(td)
			w := newWorkbench(nil)
			b.ReportAllocs()
			for b.Loop() {
				w.work(p)
			}
			fixture.PerItem(b, "ns/attribute", attributes*b.N)
		})
	}
}

// BenchmarkPayload shows what translation alone costs for each visit, by the number of
// visits in the payload. The spans have no parent, or one in another payload. Each
// payload is decoded just before, as by a receiver, so a small one is still in the
// processor's caches; the decoding does not count.
func BenchmarkPayload(b *testing.B) {
	for _, visits := range []int{1, 8, 64, 512, 8192} {
		for _, parent := range []string{"none", "remote"} {
			b.Run(fmt.Sprintf("parent=%s/visits=%d", parent, visits), func(b *testing.B) {
				td := fixture.VisitTraces(visits)
				for i, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
					span.SetTraceID(pcommon.TraceID{1, byte(i), byte(i >> 8)})
					span.SetSpanID(pcommon.SpanID{2, byte(i), byte(i >> 8)})
					if parent == "remote" {
						span.SetParentSpanID(pcommon.SpanID{3})
					}
				}
				body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
				require.NoError(b, err)
				w := newWorkbench(nil)
				var took time.Duration
				for b.Loop() {
					td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
					require.NoError(b, err)
					begun := time.Now()
					w.work(fixture.OfTraces(td))
					took += time.Since(begun)
				}
				require.Equal(b, w.items, w.visits)
				b.ReportMetric(float64(took.Nanoseconds())/float64(w.visits), "ns/visit")
				b.ReportMetric(0, "ns/op") // includes decoding
			})
		}
	}
}
