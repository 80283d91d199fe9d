// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

// The Collector's queue needs some hundred bytes for each batch, and keeps the
// context of the request that brought it. For a payload of one visit that is more
// than the visit itself. So small payloads are coalesced while others wait before
// them: a coalesced batch is queued with the size that it can reach, and more visits,
// of whichever site, join it until its turn comes. There is one open batch at a time. Otherwise each of
// many payloads that come at once would reserve the room of many.
const (
	// coalescedBytes is the largest size of a coalesced batch's visits.
	coalescedBytes = 64 << 10
	// coalesceAbove is how many bytes of visits must wait before payloads are
	// coalesced: enough for a few batches. If the API keeps up, fewer wait.
	coalesceAbove = 256 << 10
	// minCoalescingQueue is the size of the smallest queue in which payloads are
	// coalesced: it has room for many batches.
	minCoalescingQueue = 4 * coalesceAbove
)

// Coalesces says whether payloads may be coalesced in a queue of this configuration;
// nil is no queue. The queue must count bytes, because a coalesced batch reserves
// some, and have room for many batches. No producer may wait, neither for delivery
// nor for room: when a coalesced batch leaves, the queue wakes one producer, but many
// have put visits into the batch. And the queue must make batches: only then does the
// helper call MergeSplit, which dequeues a batch, before anything else.
func Coalesces(queue *Config) bool {
	return queue != nil && countsBytes(queue) && queue.QueueSize >= minCoalescingQueue &&
		!queue.WaitForResult && !queue.BlockOnOverflow && queue.Batch.HasValue()
}

// wants says whether a payload of this size is to be coalesced. The caller holds the
// lock.
func (m *Memory) wants(size int) bool {
	return m.coalesces && size < smallChunk && m.waiting > coalesceAbove
}

// join adds shares of this size to the open batch and reports whether it did. If the open
// batch has no room for them, it becomes full; in a long queue it is returned, to be
// compressed. The caller holds the lock.
func (m *Memory) join(shares []Share, size, count int) (joined bool, full *Batch) {
	b := m.open
	if b == nil || !m.wants(size) {
		return false, nil
	}
	if b.size+size > coalescedBytes {
		m.change(b, stateFull)
		if m.waiting > compressAbove {
			full = b
		}
		return false, full
	}
	for i := range shares {
		b.chunks = appendLines(b.chunks, chunk{site: shares[i].Site, lines: shares[i].Lines, count: shares[i].Count})
	}
	b.size += size
	b.counted += size
	b.Count += count
	m.waiting += size
	return true, nil
}

// compress compresses a full batch, unless its turn comes meanwhile. It does not hold
// the lock while it compresses.
func (m *Memory) compress(b *Batch) {
	m.mu.Lock()
	var lines []byte
	if b.state == stateFull {
		lines = b.joined()
	}
	m.mu.Unlock()
	block := appendCompressed(nil, lines)
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.state == stateFull {
		b.pack(block)
		m.change(b, stateCompressed)
	}
}
