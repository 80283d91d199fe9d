// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"math"
	"slices"
	"time"
)

// memory is what is remembered of spans.
type memory struct {
	keep     time.Duration // how long each is remembered
	maxFacts int           // of young
	maxBytes int           // of the blocks

	young     young
	blocks    []block       // the newest first
	bytes     int           // that the blocks take
	forgotten int           // blocks that were forgotten early, for lack of room
	asked     time.Duration // when a server span last named a parent
}

const (
	// parts is how many blocks are made in the time that facts are remembered.
	parts = 15
	// keepsLittle is for how many times as long facts are remembered while they take little
	// memory: payloads may be late.
	keepsLittle = 4
	// leastKeep is for how long facts are remembered though no visit waits.
	leastKeep = 4 * time.Second
	// never is so long ago that no time matters.
	never = math.MinInt64 / 2
)

func newMemory(wait time.Duration, maxBytes int) *memory {
	facts := min(max(maxBytes/256, 128), placeMask)
	return &memory{keep: max(wait, leastKeep), maxFacts: facts, maxBytes: maxBytes - facts*latestBytes, young: newYoung(), asked: never}
}

// turn makes a block of what is young, and forgets what is old.
func (m *memory) turn(now time.Duration) {
	if len(m.young.noted) > 0 {
		b := newBlock(now, m.young.noted)
		m.young.clear()
		m.bytes += b.bytes()
		m.blocks = slices.Insert(m.blocks, 0, b)
	}
	for n := len(m.blocks); n > 0 && m.isTooMuch(now, m.blocks[n-1]); n-- {
		if m.bytes > m.maxBytes && now < m.blocks[n-1].made+m.keep {
			m.forgotten++
		}
		m.bytes -= m.blocks[n-1].bytes()
		m.blocks = slices.Delete(m.blocks, n-1, n)
	}
}

// isTooMuch says whether the oldest block is to be forgotten. Where all server spans are roots,
// nobody asks for what is remembered.
func (m *memory) isTooMuch(now time.Duration, oldest block) bool {
	longer := keepsLittle * m.keep
	switch age := now - oldest.made; {
	case m.bytes > m.maxBytes:
		return true
	case m.bytes > m.maxBytes/8 && now-m.asked >= longer:
		return age >= leastKeep
	case m.bytes > m.maxBytes/8:
		return age >= m.keep
	default:
		return age >= longer
	}
}

// put remembers a fact.
func (m *memory) put(now time.Duration, key uint64, f *fact) {
	if len(m.young.noted) >= m.maxFacts {
		m.turn(now)
	}
	m.young.put(key, f)
}

// load is how many bytes all take.
func (m *memory) load() int { return m.bytes + m.young.bytes() }

// recent holds the latest anchored facts, each at the one place that its key has.
// Searching the tables for each span's parent would cost more than all the rest.
type recent [1 << recentBits]struct {
	key  uint64
	fact fact
}

const recentBits = 9

func (r *recent) put(key uint64, f fact) {
	at := &r[key>>(64-recentBits)]
	at.key, at.fact = key, f
}

// find is the fact of a key, if it is there.
func (r *recent) find(key uint64) (f fact, ok bool) {
	at := &r[key>>(64-recentBits)]
	return at.fact, at.key == key
}

// matches goes through the facts of the spans that have a key, the newest first.
type matches struct {
	memory *memory
	key    uint64

	slot    uint64 // the next one of young
	block   int    // the next one; -1: young is to be searched before
	at, end uint32 // what is left of the one before it
}

func (m *memory) find(key uint64) matches {
	return matches{memory: m, key: key, slot: m.young.first(key), block: -1}
}

// next is the next fact.
func (c *matches) next() (fact, bool) {
	if c.block < 0 {
		f, after := c.memory.young.next(c.key, c.slot)
		if c.slot = after; f != nil {
			return *f, true
		}
		c.block = 0
	}
	for blocks := c.memory.blocks; ; c.block++ {
		if c.block > 0 {
			words := blocks[c.block-1].words
			for c.at < c.end {
				f := fact{word: words[c.at]}
				at := c.at
				c.at += f.words()
				if (f.word^c.key)&printMask == 0 {
					return factIn(words[at:]), true
				}
			}
		}
		if c.block == len(blocks) {
			return fact{}, false
		}
		c.at, c.end = blocks[c.block].place(c.key)
	}
}
