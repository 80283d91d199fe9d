// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

// generation holds what was noted in a part of the wait.
type generation struct {
	serving  table // serving spans
	open     table // spans in between whose ancestors are not all known
	anchored table // spans in between whose ancestors are known
}

func newGeneration() *generation {
	return &generation{serving: table{stride: 3}, open: table{stride: 2}, anchored: table{stride: 1}}
}

// tables are those of the generation, by what a search needs first.
func (g *generation) tables() [3]*table { return [3]*table{&g.serving, &g.anchored, &g.open} }

// tableOf is where a fact belongs.
func (g *generation) tableOf(f *fact) *table {
	switch {
	case f.kind().serves():
		return &g.serving
	case f.known:
		return &g.anchored
	}
	return &g.open
}

// parts is how many generations make a wait. One more is kept, so a fact is remembered
// for a wait at least, and for a quarter more at most.
const parts = 4

// memory is what is remembered of spans. The generations are a ring.
type memory struct {
	maxBytes    int
	generations [parts + 1]*generation
	newest      int
	bytes       int // that all generations take
	forgotten   int // generations that were forgotten early, for lack of room
}

func newMemory(maxBytes int) *memory {
	m := &memory{maxBytes: maxBytes}
	for i := range m.generations {
		m.generations[i] = newGeneration()
	}
	return m
}

// back is the generation that is so many before the newest, which is 0.
func (m *memory) back(n int) *generation {
	return m.generations[(m.newest+len(m.generations)-n)%len(m.generations)]
}

// turn forgets the oldest generation and begins another, in its memory, with room for
// as much as the last one held.
func (m *memory) turn() {
	last := m.back(0)
	m.newest = (m.newest + 1) % len(m.generations)
	g := m.back(0)
	before := last.tables()
	for i, t := range g.tables() {
		m.bytes -= t.bytes()
		var spare []uint64
		for _, s := range t.segments {
			if cap(s.words) > cap(spare) {
				spare = s.words
			}
		}
		clear(t.segments)
		t.segments = t.segments[:0]
		n := before[i].facts()
		if n += 2 * n / 5; n > 0 && m.bytes+8*t.stride*int(n) <= m.maxBytes {
			t.grow(n, spare)
		}
		m.bytes += t.bytes()
	}
}

// put remembers a fact in the newest generation.
func (m *memory) put(key uint64, f *fact) {
	t := m.back(0).tableOf(f)
	if last := len(t.segments) - 1; last < 0 || t.segments[last].isFull() {
		t = m.makeRoom(t, f)
	}
	t.put(key, f)
}

// makeRoom adds a segment to a table. If that would take too much memory, the oldest
// generations are forgotten first.
func (m *memory) makeRoom(t *table, f *fact) *table {
	size := uint64(smallestSegment)
	if last := len(t.segments) - 1; last >= 0 {
		size = 2 * t.segments[last].size
	}
	size = min(size, uint64(max(m.maxBytes/(8*8*t.stride), smallestSegment)))
	for turns := 0; m.bytes+8*t.stride*int(size) > m.maxBytes && turns < len(m.generations); turns++ {
		m.forgotten++
		m.turn()
		t = m.back(0).tableOf(f)
		if last := len(t.segments) - 1; last >= 0 && !t.segments[last].isFull() {
			return t
		}
	}
	t.grow(size, nil)
	m.bytes += 8 * t.stride * int(size)
	return t
}

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

// find is the fact of a key, or the zero fact.
func (r *recent) find(key uint64) fact {
	if at := &r[key>>(64-recentBits)]; at.key == key {
		return at.fact
	}
	return fact{}
}

// matches goes through the facts of the spans that have a key, the newest generation
// first.
type matches struct {
	memory *memory
	key    uint64

	generation, table, segment int
	place                      uint64
	inside                     bool // place is one of the segment
}

func (m *memory) find(key uint64) matches { return matches{memory: m, key: key} }

// next is the next fact.
func (c *matches) next() (fact, bool) {
	for ; c.generation <= parts; c.generation++ {
		tables := c.memory.back(c.generation).tables()
		for ; c.table < len(tables); c.table++ {
			t := tables[c.table]
			for ; c.segment < len(t.segments); c.segment++ {
				s := &t.segments[c.segment]
				if c.search(s, uint64(t.stride)) {
					return t.at(s, c.place), true
				}
			}
			c.segment = 0
		}
		c.table = 0
	}
	return fact{}, false
}

// search goes to the next place of a segment that has the key's print.
func (c *matches) search(s *segment, stride uint64) bool {
	if c.inside {
		c.place++
	} else {
		c.place, c.inside = s.home(c.key), true
	}
	for ; ; c.place++ {
		if c.place >= s.size {
			c.place = 0
		}
		word := s.words[c.place*stride]
		if word == 0 {
			c.inside = false
			return false
		}
		if (word^c.key)&printMask == 0 {
			return true
		}
	}
}
