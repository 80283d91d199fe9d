// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// newMemoryShelf is for a queue with this configuration. Batches wait compressed.
func newMemoryShelf(queue *Config, encoding Encoding, memory *Memory) *memoryShelf {
	helper, _ := Divide(queue)
	return &memoryShelf{memory: memory, sizer: queue.Sizer, capacity: helper.QueueSize, encoding: encoding}
}

// memoryShelf is a shelf in memory.
type memoryShelf struct {
	memory   *Memory
	sizer    exporterhelper.RequestSizerType
	capacity int64 // of the queue
	encoding Encoding
}

func (*memoryShelf) isLasting() bool { return false }

func (m *memoryShelf) put(_ context.Context, s *parkedSite, batches []*Batch, added amount) error {
	for _, b := range batches {
		s.batches = append(s.batches, m.memory.compressed(b))
	}
	s.append(len(batches), added)
	return nil
}

// at gives the batch the site that the configuration has now: it may have been removed and
// added again.
func (m *memoryShelf) at(_ context.Context, s *parkedSite, number uint64) (*Batch, error) {
	b := s.batches[number-s.first]
	b.site = m.encoding.siteOf([]byte(s.identity))
	return b, nil
}

// removed lets go of what is outside of the range.
func (*memoryShelf) removed(_ context.Context, s *parkedSite, numbers ...uint64) {
	for _, number := range numbers {
		if number < s.first {
			s.batches[0] = nil
			s.batches = s.batches[1:]
		} else {
			s.batches[len(s.batches)-1] = nil
			s.batches = s.batches[:len(s.batches)-1]
		}
	}
}

// hasRoom says whether few bytes wait. A queue that counts something else says itself
// whether it is full.
func (m *memoryShelf) hasRoom(b *Batch) bool {
	m.memory.mu.Lock()
	defer m.memory.mu.Unlock()
	waiting := m.memory.waiting
	return waiting == 0 || m.sizer != exporterhelper.RequestSizerTypeBytes || int64(waiting+b.size) <= m.capacity/returnedShare
}

// offered leaves the batch its weight: a queue in memory ignores one that has none. What is
// parked is never larger than the queue, see Lot.cut.
func (m *memoryShelf) offered(b *Batch) { m.memory.waitAgain(b) }

func (m *memoryShelf) refused(b *Batch) { m.memory.Refused(b) }

// compressed makes a batch of the visits of b, of one site, that waits compressed, but not
// in the queue yet.
func (m *Memory) compressed(b *Batch) *Batch {
	return &Batch{
		Framing: b.Framing, Count: b.Count, Since: b.Since, size: b.size,
		memory: m, state: stateCompressed, block: appendCompressed(nil, b.joined()), site: b.Site(),
	}
}

// waitAgain counts a batch that the queue is offered again.
func (m *Memory) waitAgain(b *Batch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b.counted = b.size
	m.waiting += b.counted
}
