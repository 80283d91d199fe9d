// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// maxBatchBytes is the default of sending_queue::batch::max_size.
const maxBatchBytes = 950_000

// payloadBatch is what a payload of n visits puts into the queue.
func payloadBatch(b *testing.B, n int) *Batch {
	b.Helper()
	m := NewMemory(&allDestinations()["known_agents"].Framing, true, func(err error, _ int) { b.Error(err) })
	var lines []byte
	for _, visit := range translation.Traces(translate.Config{}, fixture.Arrival, fixture.VisitTraces(n)).KnownAgents {
		lines = append(append(lines, visit...), m.framing.Separator...)
	}
	batch := m.Put(share(lines, n), 0)
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
	parts, _ := current.(*Batch).MergeSplit(context.Background(), maxBatchBytes, inBytes, next)
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
		encoding, _ := encodingFor(allDestinations()["known_agents"])
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
