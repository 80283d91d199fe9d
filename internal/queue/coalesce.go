// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

// What the Collector's queue notes about a payload takes some hundred bytes, and
// keeps the context of the request that brought it: for a payload of one visit
// that is more than the visit. So while others wait before them, small payloads
// are coalesced. A coalesced batch is queued with the size that it can reach, and
// takes more visits until its turn. There is one at a time, because of payloads
// that come at once each would reserve the room of many.
const (
	// coalescedBytes is how large a coalesced batch gets.
	coalescedBytes = 64 << 10
	// coalesceAbove is how many bytes of visits wait before payloads are coalesced:
	// enough to fill some batches. Where the API keeps up none wait.
	coalesceAbove = 256 << 10
	// minCoalescingQueue is the size of the smallest queue that coalesces.
	minCoalescingQueue = 4 * coalesceAbove
)

// Coalesces says whether a queue of this configuration may coalesce payloads. nil
// is no queue. The queue must count bytes, of which a coalesced batch reserves
// some, and have room for many. Nobody may wait, neither for the end of a payload
// nor for room: for each coalesced batch that leaves, the queue lets one producer
// in, and it had many. And batches must be made: only then does the helper ask
// MergeSplit, which dequeues a batch, before it asks anything else of it.
func Coalesces(queue *Config) bool {
	return queue != nil && countsBytes(queue) && queue.QueueSize >= minCoalescingQueue &&
		!queue.WaitForResult && !queue.BlockOnOverflow && queue.Batch.HasValue()
}

// wants says whether a payload of so many bytes is to be coalesced. The caller
// holds the lock.
func (m *Memory) wants(size int) bool {
	return m.coalesces && size < smallChunk && m.waiting > coalesceAbove
}

// join adds lines to the open batch and reports whether it did. An open batch
// that has no room for them is closed; if the queue is long, it is returned as
// full, to be compressed. The caller holds the lock.
func (m *Memory) join(lines []byte, count int) (joined bool, full *Batch) {
	b := m.open
	if b == nil || !m.wants(len(lines)) {
		return false, nil
	}
	if b.size+len(lines) > coalescedBytes {
		m.change(b, stateFull)
		if m.waiting > compressAbove {
			full = b
		}
		return false, full
	}
	c := &b.chunks[0]
	c.lines = append(c.lines, lines...)
	c.count += count
	b.size += len(lines)
	b.counted += len(lines)
	b.Count += count
	m.waiting += len(lines)
	return true, nil
}

// compress compresses a full batch, unless its turn comes meanwhile. The lock is
// not held for as long as that takes.
func (m *Memory) compress(b *Batch) {
	m.mu.Lock()
	var lines []byte
	if b.state == stateFull {
		lines = b.chunks[0].lines
	}
	m.mu.Unlock()
	block := appendCompressed(nil, lines)
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.state == stateFull {
		b.block, b.chunks = block, nil
		m.change(b, stateCompressed)
	}
}
