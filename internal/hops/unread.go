// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import "time"

// unread holds facts that nobody has asked for yet, in the order in which they came. Where no
// server span names a parent nobody ever asks, and entering a fact in the tables would cost
// more than all else that is done with its span.
type unread struct {
	chunks []chunk // the oldest first
	bytes  int     // that they take
	spare  [][]uint64
}

// chunk holds facts that came one after another, each behind its key.
type chunk struct {
	words  []uint64
	first  time.Duration // when the oldest of them came
	before time.Duration // they are older
}

const (
	chunkWords = 2048 // at most
	chunkBytes = 8 * chunkWords
	// mostWords is what a fact and its key take at most.
	mostWords = 4
	// spareChunks is for how many chunks memory is kept to be used again.
	spareChunks = 4
)

// hasRoom says whether a fact that comes now goes into the last chunk.
func (u *unread) hasRoom(now, part time.Duration) bool {
	n := len(u.chunks)
	return n > 0 && !u.chunks[n-1].isFull() && now-u.chunks[n-1].first < part
}

func (c *chunk) isFull() bool { return len(c.words)+mostWords > chunkWords }

// begin begins a chunk. If facts come quickly it has room for many at once.
func (u *unread) begin(now time.Duration) {
	c := chunk{first: now}
	if n := len(u.chunks); n > 0 && u.chunks[n-1].isFull() {
		c.words = u.fullChunk()
	}
	u.bytes += 8 * cap(c.words)
	u.chunks = append(u.chunks, c)
}

func (u *unread) fullChunk() []uint64 {
	n := len(u.spare)
	if n == 0 {
		return make([]uint64, 0, chunkWords)
	}
	words := u.spare[n-1]
	u.spare = u.spare[:n-1]
	return words
}

// add adds a fact to the last chunk.
func (u *unread) add(now time.Duration, key uint64, f *fact) {
	last := &u.chunks[len(u.chunks)-1]
	before := cap(last.words)
	n := f.words()
	words := append(last.words, key, f.word, f.parent, f.times)
	last.words = words[:uint32(len(words))-3+n]
	last.before = max(last.before, now+1)
	u.bytes += 8 * (cap(last.words) - before)
}

// take takes the oldest chunk out, and reuse uses its memory again.
func (u *unread) take() chunk {
	oldest := u.chunks[0]
	u.chunks[0] = chunk{} // else its memory lives as long as the list's
	u.chunks = u.chunks[1:]
	u.bytes -= 8 * cap(oldest.words)
	return oldest
}

func (u *unread) reuse(c chunk) {
	if cap(c.words) == chunkWords && len(u.spare) < spareChunks {
		u.spare = append(u.spare, c.words[:0])
	}
}
