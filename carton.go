// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "bytes"

// What the Collector's queue notes about a payload takes some hundred bytes, and
// keeps the context of the request that it came with: for a payload of one visit
// that is more than the visit. So while others wait before them, small payloads
// are put together in cartons. A carton is a batch that was queued with the size
// that it can reach, and that takes more visits until it is its turn.
const (
	// cartonBytes is how large a carton gets.
	cartonBytes = 64 << 10
	// behind is how many bytes of visits wait before there are cartons: enough to
	// fill some. Where the API keeps up none wait.
	behind = 256 << 10
	// minCartonQueue is the size of the smallest queue that takes cartons.
	minCartonQueue = 4 * behind
)

// wants says whether so many bytes belong into a carton.
func (l *backlog) wants(size int) bool {
	return l != nil && l.cartons && size < smallChunk && l.bytes.Load() > behind
}

// join puts lines into the open carton. It reports false if they are to be queued
// by themselves.
func (l *backlog) join(lines []byte, count int) bool {
	if !l.wants(len(lines)) {
		return false
	}
	l.mu.Lock()
	carton := l.open
	fits := carton != nil && carton.size+len(lines) <= cartonBytes
	if fits {
		carton.take(lines, count)
		l.bytes.Add(int64(len(lines)))
	} else {
		l.open = nil
	}
	l.mu.Unlock()
	if carton != nil && !fits && l.isLong() {
		l.pack(carton)
	}
	return fits
}

// pack compresses a full carton, unless its turn comes meanwhile. The lock is not
// held for as long as that takes.
func (l *backlog) pack(carton *batch) {
	l.mu.Lock()
	var lines []byte
	if !carton.left {
		lines = carton.chunks[0].lines
	}
	l.mu.Unlock()
	packed := appendPacked(nil, lines)
	l.mu.Lock()
	defer l.mu.Unlock()
	if !carton.left {
		carton.packed, carton.chunks = packed, nil
	}
}

// begin makes a carton of lines, which stay the caller's, or returns nil if they are
// to be queued as they are: there is one carton at a time, for of payloads that come
// at once each would reserve the room of many. A carton gets that room when the
// queue has taken it: a full queue refuses many.
func (l *backlog) begin(f *framing, lines []byte, count int, since int64) *batch {
	if !l.wants(len(lines)) {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opening != nil || l.open != nil {
		return nil
	}
	b := batchOf(f, chunk{lines: bytes.Clone(lines), count: count}, since)
	b.reserved = f.bodySize(cartonBytes)
	l.opening = b
	return b
}

// take adds lines to an open carton.
func (b *batch) take(lines []byte, count int) {
	c := &b.chunks[0]
	c.lines = append(c.lines, lines...)
	c.count += count
	b.size += len(lines)
	b.counted += len(lines)
	b.count += count
}

// queued opens a carton that the queue has taken, unless its turn has come
// already.
func (l *backlog) queued(b *batch) {
	if l == nil || b.reserved == 0 {
		return
	}
	room := make([]byte, 0, cartonBytes)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opening == b {
		l.opening = nil
	}
	if !b.left {
		b.chunks[0].lines = append(room, b.chunks[0].lines...)
		l.open = b
	}
}

// close ends the filling of a carton whose turn has come, or that the queue did
// not take. From then on it is a batch like any other.
func (l *backlog) close(b *batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b.left = true
	if l.opening == b {
		l.opening = nil
	}
	if l.open == b {
		l.open = nil
	}
}
