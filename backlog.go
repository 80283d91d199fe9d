// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/s2"
)

// longBacklog is how many bytes of visits wait in the queue's memory as they are.
// What comes then is compressed until it is its turn, for the API does not keep
// up, and a queue that fills shall not take the memory that it is allowed: Go's
// garbage collector would need as much again.
const longBacklog = 4 << 20

// backlog counts the bytes of visits that wait in the queue's memory.
type backlog struct {
	bytes atomic.Int64
	// unreadable is told of visits that could not be unpacked.
	unreadable func(err error, visits int)

	cartons bool // the queue counts bytes, and nobody waits for the end of a batch
	mu      sync.Mutex
	open    *batch // the carton that takes more visits; nil if there is none
	opening *batch // one that is being queued
}

func (l *backlog) isLong() bool { return l != nil && l.bytes.Load() > longBacklog }

// enter counts a batch that is about to be queued.
func (l *backlog) enter(b *batch) {
	if l != nil {
		b.counted = b.size
		l.bytes.Add(int64(b.size))
		b.backlog.Store(l)
	}
}

// uncount ends the counting of a batch. It returns what counted it, or nil.
func (b *batch) uncount() *backlog {
	l := b.backlog.Swap(nil)
	if l != nil {
		if b.reserved > 0 {
			l.close(b)
		}
		l.bytes.Add(-int64(b.counted))
	}
	return l
}

// leave makes a batch that was queued fit for delivery.
func (b *batch) leave() {
	l := b.uncount()
	if b.packed == nil {
		return
	}
	lines, err := s2.Decode(nil, b.packed)
	if err != nil { // only if the memory is broken
		if l != nil {
			l.unreadable(err, b.count)
		}
		b.packed, b.size, b.count = nil, 0, 0
		return
	}
	b.packed, b.chunks = nil, []chunk{{lines: slices.Clip(lines), count: b.count}}
}

// appendPacked appends the visits as one S2 block.
func (b *batch) appendPacked(dst []byte) []byte {
	if b.packed != nil {
		return append(dst, b.packed...)
	}
	if len(b.chunks) == 1 {
		return appendPacked(dst, b.chunks[0].lines)
	}
	lines := make([]byte, 0, b.size)
	for _, c := range b.chunks {
		lines = append(lines, c.lines...)
	}
	return appendPacked(dst, lines)
}

// packing holds the scratch memory that a block is made in.
var packing = sync.Pool{New: func() any { return new([]byte) }}

func appendPacked(dst, lines []byte) []byte {
	scratch := packing.Get().(*[]byte)
	defer packing.Put(scratch)
	*scratch = slices.Grow((*scratch)[:0], s2.MaxEncodedLen(len(lines)))
	return append(dst, s2.Encode((*scratch)[:cap(*scratch)], lines)...)
}
