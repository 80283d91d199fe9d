// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// compressAbove is how many bytes of visits wait in memory as they are. What
// comes after that is compressed until its turn, because the API does not keep
// up, and a queue that fills must not take the memory that it is allowed: Go's
// garbage collector would need as much again.
const compressAbove = 4 << 20

// Memory holds the visits of one exporter that wait in the Collector's queue.
// Intake calls put with the visits of a payload, then queued or refused with the
// batch that this made, to say what the queue did. When the batch's turn comes,
// take makes it ready for delivery. When it is delivered, delivered takes its
// buffers back, and put uses them again.
//
// A batch that waits is in one of these states:
//
//	put ─┬─► plain ───────────────────────────────┐
//	     ├─► compressed ──────────────────────────┤
//	     └─► opening ─queued─► open ─put─► full ──┼─take─► dequeued ─delivered─► (of no use any more)
//	            │               │           │     │
//	            └────refused────┴───────────┴─► plain
//	                                   full ─► compressed, if the queue is long
//
// Any other call leaves the state as it is. The states opening, open and full are
// those of a coalesced batch; see coalesce.go.
type Memory struct {
	framing *destination.Framing
	// keeps is false if the memory keeps nothing, which is for a queue on disk:
	// put makes batches that nobody counts, compresses or joins, because the queue
	// writes them to the disk at once.
	keeps bool
	// coalesces is set if small payloads may wait together.
	coalesces bool
	// unreadable is told of visits that could not be decompressed.
	unreadable func(err error, visits int)

	mu      sync.Mutex // guards what follows, and the state of each batch that waits
	waiting int        // bytes of visits that wait, as they will be sent
	open    *Batch     // the coalesced batch that takes more visits; nil if there is none
	opening bool       // the queue is being asked to take a coalesced batch
	buffers bufferPool
}

// state is where a batch is on its way through the memory.
type state uint8

const (
	stateDequeued   state = iota // nothing waits: it is to be delivered, was read from disk, or was cut off another
	statePlain                   // the visits wait as they are
	stateCompressed              // the visits wait as one S2 block
	stateOpening                 // a coalesced batch that the queue is being asked to take
	stateOpen                    // a coalesced batch in the queue that takes more visits
	stateFull                    // a coalesced batch in the queue that takes no more
)

// isCoalesced says whether the queue was told of more bytes than there are.
func (s state) isCoalesced() bool { return s >= stateOpening }

// NewMemory makes the memory of a queue in memory, or of an exporter without one.
func NewMemory(f *destination.Framing, coalesces bool, unreadable func(err error, visits int)) *Memory {
	return &Memory{framing: f, keeps: true, coalesces: coalesces, unreadable: unreadable}
}

// NewDiskMemory makes the memory of a queue on disk, which keeps nothing.
func NewDiskMemory(f *destination.Framing) *Memory { return &Memory{framing: f} }

// Put makes a batch of encoded visits, which stay the caller's. It returns nil if
// they joined a batch that is in the queue already.
func (m *Memory) Put(lines []byte, count int, since int64) *Batch {
	if !m.keeps {
		return batchOf(m.framing, chunk{lines: slices.Clip(bytes.Clone(lines)), count: count}, since)
	}
	m.mu.Lock()
	joined, full := m.join(lines, count)
	wait, buffer := stateDequeued, []byte(nil)
	if !joined {
		wait, buffer = m.admit(len(lines))
	}
	m.mu.Unlock() // nothing is copied, compressed or allocated while others wait
	if full != nil {
		m.compress(full)
	}
	if joined {
		return nil
	}
	b := &Batch{Framing: m.framing, size: len(lines), Count: count, Since: since, memory: m, state: wait, counted: len(lines)}
	switch {
	case wait == stateCompressed:
		b.block = appendCompressed(nil, lines)
	case wait == statePlain && len(lines) >= smallChunk:
		buffer = append(buffer, lines...)
		b.chunks = []chunk{{lines: slices.Clip(buffer), count: count, buffer: buffer}}
	default:
		b.chunks = []chunk{{lines: slices.Clip(bytes.Clone(lines)), count: count}}
	}
	return b
}

// admit counts so many bytes, which have joined no other batch. It returns the
// state in which they are to wait, and a buffer for them if there is one that fits.
// The caller holds the lock.
func (m *Memory) admit(size int) (wait state, buffer []byte) {
	opens, long := m.wants(size) && !m.opening, m.waiting > compressAbove
	m.waiting += size
	switch {
	case opens:
		m.opening = true
		return stateOpening, nil
	case long:
		return stateCompressed, nil
	case size >= smallChunk:
		buffer = m.buffers.get(size)
	}
	return statePlain, buffer
}

// Queued is told that the queue has taken b. It opens a coalesced batch, unless
// its turn has come already. Only now does the batch get its room: a full queue
// refuses many.
func (m *Memory) Queued(b *Batch) {
	if !m.stateIs(b, stateOpening) {
		return
	}
	room := make([]byte, 0, coalescedBytes)
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.state == stateOpening {
		b.chunks[0].lines = append(room, b.chunks[0].lines...)
		m.change(b, stateOpen)
	}
}

// Refused is told that the queue has not taken b, or that nobody waits any longer
// for what becomes of it.
func (m *Memory) Refused(b *Batch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uncount(b)
	if b.state.isCoalesced() {
		m.change(b, statePlain)
	}
}

// take makes a batch ready for delivery: from now on it is a batch like any
// other. Nothing happens if it was ready before.
func (m *Memory) take(b *Batch) {
	m.mu.Lock()
	was := b.state
	m.uncount(b)
	m.change(b, stateDequeued)
	m.mu.Unlock()
	if was == stateCompressed {
		m.decompress(b)
	}
}

// Delivered takes back the buffers of a batch, which is of no use after that.
// Nobody else may have them: see client.post, after which nobody reads a body any
// more, and chunk.cutAt.
func (m *Memory) Delivered(b *Batch) {
	chunks := b.chunks
	b.chunks = nil
	if !m.keeps {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range chunks {
		if c.buffer != nil {
			m.buffers.put(c.buffer)
		}
	}
}

// change brings a batch into another state. The caller holds the lock.
func (m *Memory) change(b *Batch, to state) {
	switch b.state {
	case stateOpening:
		m.opening = false
	case stateOpen:
		m.open = nil
	}
	if to == stateOpen {
		m.open = b
	}
	b.state = to
}

func (m *Memory) stateIs(b *Batch, s state) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return b.state == s
}

// uncount ends the counting of a batch. The caller holds the lock.
func (m *Memory) uncount(b *Batch) {
	m.waiting -= b.counted
	b.counted = 0
}

// decompress replaces the block of a batch by its visits.
func (m *Memory) decompress(b *Batch) {
	lines, err := s2.Decode(nil, b.block)
	b.block = nil
	if err != nil { // only if the machine's memory is broken
		m.unreadable(err, b.Count)
		b.size, b.Count = 0, 0
		return
	}
	b.chunks = []chunk{{lines: slices.Clip(lines), count: b.Count}}
}

// compressors holds the scratch memory in which blocks are made.
var compressors = sync.Pool{New: func() any { return new([]byte) }}

// appendCompressed appends lines as one S2 block.
func appendCompressed(dst, lines []byte) []byte {
	scratch := compressors.Get().(*[]byte)
	defer compressors.Put(scratch)
	*scratch = slices.Grow((*scratch)[:0], s2.MaxEncodedLen(len(lines)))
	return append(dst, s2.Encode((*scratch)[:cap(*scratch)], lines)...)
}
