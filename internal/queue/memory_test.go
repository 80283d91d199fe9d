// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// put puts visits into a memory in which so many bytes wait.
func put(t *testing.T, waiting int, visits ...string) (*Batch, *Memory) {
	t.Helper()
	m := testMemory(t, false, waiting)
	return putInto(m, visits...), m
}

func putInto(m *Memory, visits ...string) *Batch {
	var lines []byte
	for _, visit := range visits {
		lines = append(append(lines, visit...), m.framing.Separator...)
	}
	return m.Put(share(lines, len(visits)), 0)
}

func TestALongQueueHoldsVisitsCompressed(t *testing.T) {
	visits := someVisits(100)
	short, _ := put(t, compressAbove, visits...)
	long, memory := put(t, compressAbove+1, visits...)
	assert.Nil(t, short.block)
	assert.Nil(t, long.chunks)
	assert.Less(t, len(long.block), short.size/4)
	assert.Equal(t, short.BytesSize(), long.BytesSize(), "the queue's accounting counts what will be sent")
	assert.Equal(t, short.ItemsCount(), long.ItemsCount())
	assert.Equal(t, compressAbove+1+short.size, memory.waiting)

	long.Take()
	assert.Equal(t, visits, visitsOf(t, long))
	assert.Equal(t, compressAbove+1, memory.waiting)
	long.Take()
	assert.Equal(t, compressAbove+1, memory.waiting, "a batch is counted once")
}

func TestCompressedBatchesMergeWithOthers(t *testing.T) {
	first, _ := put(t, compressAbove+1, someVisits(3)...)
	second, memory := put(t, compressAbove+1, someVisits(4)...)
	parts := mergeSplit(t, first, 0, inBytes, second)
	require.Len(t, parts, 1)
	assert.Equal(t, append(someVisits(3), someVisits(4)...), visitsOf(t, parts[0]))
	assert.Equal(t, compressAbove+1, memory.waiting)
}

// TestBrokenMemoryIsReported: what cannot be decompressed is counted, and is no batch
// to be sent any more.
func TestBrokenMemoryIsReported(t *testing.T) {
	b, memory := put(t, compressAbove+1, someVisits(3)...)
	reported := ""
	memory.unreadable = func(err error, visits int) { reported = fmt.Sprint(visits, " ", err) }
	b.block = b.block[:len(b.block)/2]
	b.Take()
	assert.Contains(t, reported, "3 ")
	assert.Zero(t, b.ItemsCount())
	assert.Zero(t, b.BytesSize())
}

// TestRefusedBatchesDoNotCount: a batch that the queue did not take does not wait.
func TestRefusedBatchesDoNotCount(t *testing.T) {
	b, memory := put(t, 0, someVisits(3)...)
	memory.Refused(b)
	assert.Zero(t, memory.waiting)
}

// lineOf is an encoded visit with its separator, of exactly size bytes.
func lineOf(m *Memory, number, size int) []byte {
	return []byte(fakeVisit(number, size-len(m.framing.Separator)) + m.framing.Separator)
}

// bringTo puts a batch of one visit into a memory in which nothing else waits, and
// brings it into the state.
func bringTo(t *testing.T, s state) (*Memory, *Batch) {
	t.Helper()
	m, size := testMemory(t, true, 0), 100
	switch {
	case s == stateCompressed:
		m.waiting = compressAbove + 1
		size = smallChunk // too large to be coalesced
	case s.isCoalesced():
		m.waiting = coalesceAbove + 1
	}
	b := m.Put(share(lineOf(m, 1, size), 1), 0)
	if s == stateOpen || s == stateFull {
		m.Queued(b)
	}
	for i := 2; s == stateFull && b.state == stateOpen; i++ {
		m.Put(share(lineOf(m, i, smallChunk-1), 1), 0)
	}
	if s == stateDequeued {
		m.take(b)
	}
	require.Equal(t, s, b.state)
	return m, b
}

// putLarge puts n payloads of the largest size that is coalesced, and returns how
// many joined a batch.
func putLarge(m *Memory, n int) (joined int) {
	for i := range n {
		if m.Put(share(lineOf(m, 1000+i, smallChunk-1), 1), 0) == nil {
			joined++
		}
	}
	return joined
}

// TestEveryChangeOfState calls each method of the memory in each state of a batch.
// What the batch holds and what the memory counts must be right after each, and
// every visit must be there when the batch is taken.
func TestEveryChangeOfState(t *testing.T) {
	calls := map[string]func(m *Memory, b *Batch) (joined int){
		"put":                func(m *Memory, _ *Batch) int { return putLarge(m, 1) },
		"put more than fits": func(m *Memory, _ *Batch) int { return putLarge(m, coalescedBytes/smallChunk+1) },
		"queued":             func(m *Memory, b *Batch) int { m.Queued(b); return 0 },
		"refused":            func(m *Memory, b *Batch) int { m.Refused(b); return 0 },
		"compress":           func(m *Memory, b *Batch) int { m.compress(b); return 0 },
		"take":               func(m *Memory, b *Batch) int { m.take(b); return 0 },
		"delivered":          func(m *Memory, _ *Batch) int { m.Delivered(&Batch{}); return 0 },
	}
	want := map[string]map[state]state{ // where nothing stands the state stays
		"put more than fits": {stateOpen: stateFull},
		"queued":             {stateOpening: stateOpen},
		"refused":            {stateOpening: statePlain, stateOpen: statePlain, stateFull: statePlain},
		"compress":           {stateFull: stateCompressed},
		"take":               {statePlain: stateDequeued, stateCompressed: stateDequeued, stateOpening: stateDequeued, stateOpen: stateDequeued, stateFull: stateDequeued},
	}
	for from := stateDequeued; from <= stateFull; from++ {
		for name, call := range calls {
			t.Run(fmt.Sprint(name, " in state ", from), func(t *testing.T) {
				m, b := bringTo(t, from)
				others, visits := m.waiting-b.counted, b.Count
				joined := call(m, b)

				to, changes := want[name][from]
				if !changes {
					to = from
				}
				assert.Equal(t, to, b.state)
				assert.Equal(t, from == stateOpen && strings.HasPrefix(name, "put"), joined > 0, "only an open batch is joined")
				visits += joined
				assert.Equal(t, visits, b.Count)
				if to == stateDequeued || name == "refused" {
					assert.Zero(t, b.counted)
				} else {
					assert.Equal(t, b.size, b.counted)
				}
				if !strings.HasPrefix(name, "put") {
					assert.Equal(t, others+b.counted, m.waiting)
				}
				assert.Equal(t, to == stateOpen, m.open == b, "it is the open batch")
				assert.Equal(t, to == stateCompressed, b.block != nil)
				assert.Equal(t, to != stateCompressed, b.chunks != nil)
				if to.isCoalesced() {
					assert.Equal(t, m.framing.BodySize(coalescedBytes), b.BytesSize(), "the queue was told what it can reach")
				} else {
					assert.Equal(t, m.framing.BodySize(b.size), b.BytesSize())
				}
				b.Take()
				assert.Len(t, visitsOf(t, b), visits)
			})
		}
	}
}

// TestAllChangesOfStateAtOnce has producers whom the queue refuses some batches,
// and others that it takes, while a consumer takes those: every visit that was
// queued is delivered once, and nothing is counted in the end.
func TestAllChangesOfStateAtOnce(t *testing.T) {
	const producers, payloads = 4, 2000
	m := testMemory(t, true, coalesceAbove+1)
	before := m.waiting
	queue := make(chan *Batch, 100)
	var want atomic.Int64
	var producing, consuming sync.WaitGroup
	for producer := range producers {
		producing.Go(func() {
			for i := range payloads {
				size := 100
				if i%50 == 0 {
					size = 2 * smallChunk
				}
				b := m.Put(share(lineOf(m, producer*payloads+i, size), 1), 0)
				if b == nil {
					want.Add(1)
					continue
				}
				select {
				case queue <- b:
					m.Queued(b)
					want.Add(1)
				default:
					m.Refused(b)
				}
			}
		})
	}
	arrived := map[string]int{}
	consuming.Go(func() {
		for b := range queue {
			b.Take()
			for _, visit := range visitsOf(t, b) {
				arrived[visit]++
			}
			m.Delivered(b)
		}
	})
	producing.Wait()
	close(queue)
	consuming.Wait()
	assert.Len(t, arrived, int(want.Load()))
	for visit, times := range arrived {
		assert.Equal(t, 1, times, visit)
	}
	assert.Equal(t, before, m.waiting)
	assert.Nil(t, m.open)
	assert.False(t, m.opening)
}
