// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// payloadBatch is what a payload of n visits puts into the queue.
func payloadBatch(b *testing.B, n int) *Batch {
	b.Helper()
	batch := agentvisitsexporter.newTestIntake(b, agentvisitsexporter.knownAgentsConfig("")).fromTraces(context.Background(), fixture.VisitTraces(n))
	require.Equal(b, n, batch.Count)
	return batch
}

// alone is a copy of a batch that cannot grow into the memory of others.
func (b *Batch) alone() *Batch {
	own := &Batch{Framing: b.Framing, Since: b.Since}
	own.Merge(b)
	return own
}

// cut merges and splits as the queue's batcher does by default.
func cut(current, next Request) []Request {
	parts, _ := current.(*Batch).MergeSplit(context.Background(), agentvisitsexporter.defaultMaxBatchBytes, inBytes, next)
	return parts
}

// BenchmarkMerge makes one full batch of payloads as the queue's batcher does:
// it merges one after the other, until a part is cut off.
func BenchmarkMerge(b *testing.B) {
	for _, visits := range []int{1, 10, 100, 500, 8192} {
		b.Run(fmt.Sprintf("visits=%d", visits), func(b *testing.B) {
			payload := payloadBatch(b, visits)
			merged, bytes := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				parts := cut(payload.alone(), nil)
				for merged += visits; len(parts) == 1; merged += visits {
					parts = cut(parts[0], payload)
				}
				bytes += parts[0].BytesSize()
			}
			fixture.PerItem(b, "ns/visit", merged)
			b.ReportMetric(float64(bytes)/float64(b.N), "bytes/batch")
		})
	}
}

// BenchmarkSplit cuts a batch of 10 MB.
func BenchmarkSplit(b *testing.B) {
	whole := payloadBatch(b, 500)
	for payload := whole.alone(); whole.BytesSize() < 10_000_000; {
		whole.Merge(payload)
	}
	b.SetBytes(int64(whole.BytesSize()))
	b.ReportAllocs()
	for b.Loop() {
		cut(whole, nil)
	}
	fixture.PerItem(b, "ns/visit", whole.Count*b.N)
}

// BenchmarkSize asks what the queue asks of each batch.
func BenchmarkSize(b *testing.B) {
	payload := payloadBatch(b, 500)
	for b.Loop() {
		_ = payload.ItemsCount() + payload.BytesSize()
	}
}

// BenchmarkStore writes batches for a persistent queue and reads them back.
func BenchmarkStore(b *testing.B) {
	for _, visits := range []int{1, 100, 500} {
		payload := payloadBatch(b, visits)
		encoding, _ := encodingFor(agentvisitsexporter.destinationOf(agentvisitsexporter.knownAgentsConfig("")))
		stored := marshal(b, encoding, payload)
		for way, move := range map[string]func() error{
			"marshal": func() error {
				_, err := encoding.Marshal(context.Background(), payload)
				return err
			},
			"unmarshal": func() error {
				_, _, err := encoding.Unmarshal(stored)
				return err
			},
		} {
			b.Run(fmt.Sprintf("way=%s/visits=%d", way, visits), func(b *testing.B) {
				b.SetBytes(int64(len(stored)))
				b.ReportAllocs()
				for b.Loop() {
					require.NoError(b, move())
				}
				fixture.PerItem(b, "ns/visit", visits*b.N)
				b.ReportMetric(float64(len(stored))/float64(visits), "bytes/visit")
			})
		}
	}
}

// BenchmarkQueuedBytes shows how much memory the queue takes for each byte that
// is to be sent: it fills half of it while the API does not answer. One filling
// says it all, so the time is of no interest.
func BenchmarkQueuedBytes(b *testing.B) {
	for _, visits := range []int{1, 10, 100, 500} {
		b.Run(fmt.Sprintf("visits=%d", visits), func(b *testing.B) {
			api := fixture.NewSink(b)
			r := agentvisitsexporter.startRig(b, api.URL)
			consume := r.consumer("traces", visits)
			consumed, before := 0, heapBytes()
			for size := payloadBatch(b, visits).BytesSize(); consumed*size < agentvisitsexporter.defaultQueueBytes/2; consumed++ {
				require.NoError(b, consume())
			}
			after := heapBytes()
			close(api.Hold)
			r.stop(b)
			require.EqualValues(b, consumed*visits, api.Visits.Load())
			b.ReportMetric(float64(after-before)/float64(api.Bytes.Load()), "heap-bytes/wire-byte")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// heapBytes is the memory in use.
func heapBytes() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC() // empties pools
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
