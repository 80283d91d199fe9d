// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// compressAbove is how many bytes of visits wait in memory as they are. Visits that
// come later are compressed until their turn. The API does not keep up then, and a
// queue that fills must not take all the memory that it may: Go's garbage collector
// would need as much again.
const compressAbove = 4 << 20

// Memory holds the visits of one exporter that wait in the Collector's queue. The
// intake calls Put with the visits of a payload. With the batch that Put returns the
// exporter then calls Queued or Refused, to say what the queue did. When the batch's turn
// comes, take makes it ready for delivery. When it is delivered, Delivered takes its
// buffers back, and Put uses them again.
//
// A batch that waits is in one of these states:
//
//	Put ─┬─► plain ───────────────────────────────┐
//	     ├─► compressed ──────────────────────────┤
//	     └─► opening ─Queued─► open ─Put─► full ──┼─take─► dequeued ─Delivered─► (empty)
//	            │               │           │     │
//	            └────Refused────┴───────────┴─► plain
//	                                   full ─► compressed, if the queue is long
//
// Any other call leaves the state as it is. A batch that is opening, open or full is
// a coalesced batch; see coalesce.go.
type Memory struct {
	framing *destination.Framing
	// onDisk says that the queue writes each batch to the disk at once. The memory
	// then keeps nothing: Put makes batches that it does not count, compress or
	// coalesce.
	onDisk bool
	// coalesces says that small payloads may wait in one batch.
	coalesces bool
	// unreadable is told of visits that cannot be decompressed.
	unreadable func(err error, visits int)

	mu      sync.Mutex // guards what follows, and the state of each batch that waits
	waiting int        // bytes of visits that wait, as they will be sent
	open    *Batch     // the batch in stateOpen, or nil
	opening bool       // there is a batch in stateOpening
	buffers bufferPool
}

// state says where a batch is on its way through the memory.
type state uint8

const (
	stateDequeued   state = iota // does not wait: it is to be delivered, was read from disk, or was cut off another
	statePlain                   // the visits wait as they are
	stateCompressed              // the visits wait as one S2 block
	stateOpening                 // a coalesced batch that the queue is being asked to take
	stateOpen                    // a coalesced batch in the queue that more visits can join
	stateFull                    // a coalesced batch in the queue that no more can join
)

// isCoalesced says whether the queue was told of more bytes than the batch has.
func (s state) isCoalesced() bool { return s >= stateOpening }

// NewMemory makes the memory of a queue in memory, or of an exporter without one.
func NewMemory(f *destination.Framing, coalesces bool, unreadable func(err error, visits int)) *Memory {
	return &Memory{framing: f, coalesces: coalesces, unreadable: unreadable}
}

// NewDiskMemory makes the memory of a queue on disk. It keeps nothing.
func NewDiskMemory(f *destination.Framing) *Memory { return &Memory{framing: f, onDisk: true} }

// Put makes a batch of encoded visits: one share or more, each of which has visits. It
// copies them. It returns nil if they joined a batch that is in the queue already. since
// is when they came to the exporter, in Unix milliseconds.
func (m *Memory) Put(shares []Share, since int64) *Batch {
	size, count := sizeOfAll(shares)
	if m.onDisk {
		b := &Batch{Framing: m.framing, chunks: chunksOf(shares, nil), size: size, Count: count, Since: since}
		b.chunks[0].isBuffer = false
		clipLast(b.chunks)
		return b
	}
	m.mu.Lock()
	joined, full := m.join(shares, size, count)
	wait, buffer := stateDequeued, []byte(nil)
	if !joined {
		wait, buffer = m.admit(size, len(shares))
	}
	m.mu.Unlock() // nothing is copied, compressed or allocated while others wait
	if full != nil {
		m.compress(full)
	}
	if joined {
		return nil
	}
	b := &Batch{Framing: m.framing, size: size, Count: count, Since: since, memory: m, state: wait, counted: size}
	switch {
	case wait != stateCompressed:
		b.chunks = chunksOf(shares, buffer)
	case len(shares) == 1: // nothing is copied
		b.block, b.site = appendCompressed(nil, shares[0].Lines), shares[0].Site
	default:
		b.chunks = chunksOf(shares, nil)
		b.pack(appendCompressed(nil, b.joined()))
	}
	return b
}

// admit counts the bytes of a new batch. It returns the state in which the batch is
// to wait, and a buffer for its visits if they are of one share and one fits. The caller
// holds the lock.
func (m *Memory) admit(size, shares int) (wait state, buffer []byte) {
	opens, long := m.wants(size) && !m.opening, m.waiting > compressAbove
	m.waiting += size
	switch {
	case opens:
		m.opening = true
		return stateOpening, nil
	case long:
		return stateCompressed, nil
	case size >= smallChunk && shares == 1:
		buffer = m.buffers.get(size)
	}
	return statePlain, buffer
}

// Queued is called when the queue has taken b. It opens a coalesced batch, unless its
// turn has come already. The batch gets its room only now, because a full queue
// refuses many batches.
func (m *Memory) Queued(b *Batch) {
	if !m.stateIs(b, stateOpening) {
		return
	}
	room := make([]byte, 0, coalescedBytes)
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.state == stateOpening {
		chunks := b.chunks
		b.chunks = []chunk{{site: chunks[0].site, lines: append(room, chunks[0].lines...), count: chunks[0].count}}
		for _, c := range chunks[1:] {
			b.chunks = appendLines(b.chunks, c)
		}
		m.change(b, stateOpen)
	}
}

// Refused is called when the queue has not taken b, or when its producer no longer
// waits for the queue's answer.
func (m *Memory) Refused(b *Batch) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.uncount(b)
	if b.state.isCoalesced() {
		m.change(b, statePlain)
	}
}

// take makes a batch ready for delivery. It does nothing if the batch was ready
// before.
func (m *Memory) take(b *Batch) {
	m.mu.Lock()
	was := b.state
	m.uncount(b)
	m.change(b, stateDequeued)
	m.mu.Unlock()
	if was != stateCompressed {
		return
	}
	visits := b.Count
	if err := b.decompress(); err != nil { // only if the machine's memory is faulty
		m.unreadable(err, visits)
	}
}

// Delivered takes back the buffers of a batch, which is empty after that. Nobody else
// uses them: no reader of the request body is left, and chunks that share memory
// have no buffer (chunk.cutAt).
func (m *Memory) Delivered(b *Batch) {
	chunks := b.chunks
	b.chunks = nil
	if m.onDisk {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range chunks {
		if c.isBuffer {
			m.buffers.put(c.lines)
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

// uncount stops counting a batch as waiting. The caller holds the lock.
func (m *Memory) uncount(b *Batch) {
	m.waiting -= b.counted
	b.counted = 0
}

// compressors holds scratch memory for appendCompressed.
var compressors = sync.Pool{New: func() any { return new([]byte) }}

// appendCompressed appends lines as one S2 block.
func appendCompressed(dst, lines []byte) []byte {
	scratch := compressors.Get().(*[]byte)
	defer compressors.Put(scratch)
	*scratch = slices.Grow((*scratch)[:0], s2.MaxEncodedLen(len(lines)))
	return append(dst, s2.Encode((*scratch)[:cap(*scratch)], lines)...)
}
