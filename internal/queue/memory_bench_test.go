// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// BenchmarkQueuedBytes shows how much memory the queue takes for each byte that
// is to be sent: it fills half of the default queue while the API does not answer.
// One filling says it all, so the time is of no interest.
func BenchmarkQueuedBytes(b *testing.B) {
	for _, visits := range []int{1, 10, 100, 500} {
		b.Run(fmt.Sprintf("visits=%d", visits), func(b *testing.B) {
			api := fixture.NewSink(b)
			cfg := knownAgentsConfig(api.URL)
			half := int(cfg.QueueConfig.Get().QueueSize / 2)
			cfg.QueueConfig.Get().QueueSize = 8 << 30 // nothing is dropped
			e := start(b, cfg, componenttest.NewNopHost())
			var payloads []ptrace.Traces
			for first := 0; first < 4096; first += visits {
				payloads = append(payloads, fixture.VisitTracesFrom(first, visits))
			}
			size, consumed, before := bytesOf(payloads[0]), 0, heapBytes()
			for ; consumed*size < half; consumed++ {
				require.NoError(b, e.ConsumeTraces(b.Context(), payloads[consumed%len(payloads)]))
			}
			after := heapBytes()
			close(api.Hold)
			require.NoError(b, e.Shutdown(b.Context()))
			require.EqualValues(b, consumed*visits, api.Visits.Load())
			b.ReportMetric(float64(after-before)/float64(api.Bytes.Load()), "heap-bytes/wire-byte")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// bytesOf is the size of a payload's visits on their way to Known Agents.
func bytesOf(td ptrace.Traces) (size int) {
	for _, visit := range translation.Traces(translate.Config{}, fixture.Arrival, td).KnownAgents {
		size += len(visit)
	}
	return size
}

// heapBytes is the memory in use.
func heapBytes() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // empties pools
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
