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
	maxBytes int           // of the blocks and of what is unread

	unread    unread
	young     young
	blocks    []block       // the newest first
	bytes     int           // that the blocks take
	forgotten int           // blocks that were forgotten early, for lack of room
	asked     time.Duration // when a server span last named a parent
	read      time.Duration // before which came what was unread until it was read
	places    []uint32      // of a key in the blocks
	touched   uint64        // keeps touch from being left out
}

const (
	// parts is how many blocks are made in the time that facts are remembered.
	parts = 15
	// keepsLittle is for how many times as long facts are remembered while they take little
	// memory, up to mostKeep: payloads may be late.
	keepsLittle = 4
	// mostKeep is how long facts are remembered at most. Their times come round again: see unit.
	mostKeep = maxWait
	// leastKeep is for how long facts are remembered though no visit waits.
	leastKeep = 4 * time.Second
	// mostYoung is how many facts are young at most, unless there is room for very many. So many stay in a processor's cache while
	// they come and while a block is made of them.
	mostYoung = 1 << 15
	// never is so long ago that no time matters.
	never = math.MinInt64 / 2
)

func newMemory(wait time.Duration, maxBytes int) *memory {
	facts := min(max(maxBytes/256, 128), max(mostYoung, min(maxBytes/2048, placeMask)))
	return &memory{keep: max(wait, leastKeep), maxFacts: facts, maxBytes: maxBytes - facts*latestBytes, young: newYoung(), asked: never}
}

// turn makes a block of what is young, all of which came before then, and forgets what is old.
func (m *memory) turn(then, now time.Duration) {
	m.pack(then)
	m.forget(now, 0)
}

// pack makes a block of what is young, all of which came before then.
func (m *memory) pack(then time.Duration) {
	if len(m.young.noted) == 0 {
		return
	}
	b := newBlock(then, m.young.noted)
	m.young.clear()
	m.bytes += b.bytes()
	m.blocks = slices.Insert(m.blocks, 0, b)
}

// forget forgets what is old, and what has no room beside so many bytes more.
func (m *memory) forget(now time.Duration, more int) {
	for n := len(m.blocks); n > 0 && m.isTooMuch(now, m.blocks[n-1].made, more); n-- {
		m.bytes -= m.blocks[n-1].bytes()
		m.blocks = slices.Delete(m.blocks, n-1, n)
	}
	for len(m.unread.chunks) > 0 && m.isTooMuch(now, m.unread.chunks[0].before, more) {
		m.unread.reuse(m.unread.take())
	}
}

// isTooMuch says whether the oldest facts, which came before then, are to be forgotten.
func (m *memory) isTooMuch(now, then time.Duration, more int) bool {
	bytes, age, longer := m.bytes+m.unread.bytes+more, now-then, min(keepsLittle*m.keep, mostKeep)
	switch {
	case bytes > m.maxBytes:
		if age < m.keep {
			m.forgotten++
		}
		return true
	case bytes > m.maxBytes/8 && m.isUnasked(now):
		return age >= leastKeep
	case bytes > m.maxBytes/8:
		return age >= m.keep
	default:
		return age >= longer
	}
}

// isUnasked says whether no server span has named a parent for long. Where all are roots,
// nobody asks for what is remembered.
func (m *memory) isUnasked(now time.Duration) bool { return now-m.asked >= keepsLittle*m.keep }

// put remembers a fact.
func (m *memory) put(now time.Duration, key uint64, f *fact) {
	if m.isUnasked(now) {
		m.leave(now, key, f)
		return
	}
	if len(m.young.noted) >= m.maxFacts {
		m.turn(now, now)
	}
	m.young.put(key, f)
}

// leave leaves a fact unread.
func (m *memory) leave(now time.Duration, key uint64, f *fact) {
	if !m.unread.hasRoom(now, m.keep/parts) {
		m.forget(now, chunkBytes)
		m.unread.begin(now)
	}
	m.unread.add(now, key, f)
}

// ask is called when a server span names a parent, before that is searched.
func (m *memory) ask(now time.Duration) {
	m.asked = now
	m.readAll()
}

// readAll enters all that is unread in the tables.
func (m *memory) readAll() {
	for len(m.unread.chunks) > 0 {
		c := m.unread.take()
		for i := 0; i < len(c.words); {
			if len(m.young.noted) >= m.maxFacts {
				m.pack(c.before)
			}
			f := factIn(c.words[i+1:])
			m.young.put(c.words[i], &f)
			i += 1 + int(f.words())
		}
		m.unread.reuse(c)
		if c.before-m.read >= m.keep/parts {
			m.read = c.before
			m.pack(c.before)
		}
	}
}

// load is how many bytes all take.
func (m *memory) load() int { return m.bytes + m.unread.bytes + m.young.bytes() }

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
	m.readAll()
	return matches{memory: m, key: key, slot: m.young.first(key), block: -1}
}

// touch loads the places of a key in all blocks. These loads go on side by side; in next each
// would hold up the next one for longer than all else takes.
func (m *memory) touch(key uint64) {
	m.places = m.places[:0]
	for i := range m.blocks {
		from, _ := m.blocks[i].place(key)
		m.places = append(m.places, from)
	}
	all := uint64(0)
	for i, from := range m.places {
		if words := m.blocks[i].words; int(from) < len(words) {
			all |= words[from]
		}
	}
	m.touched = all
}

// next is the next fact.
func (c *matches) next() (fact, bool) {
	if c.block < 0 {
		f, after := c.memory.young.next(c.key, c.slot)
		if c.slot = after; f != nil {
			return *f, true
		}
		c.block = 0
		c.memory.touch(c.key)
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
