// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import "slices"

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

// bytes is the memory that the generation takes.
func (g *generation) bytes() int { return g.serving.bytes() + g.open.bytes() + g.anchored.bytes() }

// clear empties the generation and gives it room for as much as another has, and for
// some more, if that is no more than maxBytes. It uses the memory that it has.
func (g *generation) clear(like *generation, maxBytes int) {
	was := like.tables()
	for i, t := range g.tables() {
		var spare []uint64
		for _, s := range t.segments {
			if cap(s.words) > cap(spare) {
				spare = s.words
			}
		}
		clear(t.segments)
		t.segments = t.segments[:0]
		n := was[i].facts()
		if n += 2 * n / 5; n > 0 && g.bytes()+8*t.stride*int(n) <= maxBytes {
			t.grow(n, spare)
		}
	}
}

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
// for a wait at least. While they take little memory, more are kept: payloads may be
// late.
const (
	parts          = 4
	maxGenerations = 4*parts + 1
)

// memory is what is remembered of spans.
type memory struct {
	maxBytes    int
	generations []*generation // the newest first
	bytes       int           // that all take
	forgotten   int           // generations that were forgotten early, for lack of room
}

func newMemory(maxBytes int) *memory {
	return &memory{maxBytes: maxBytes, generations: []*generation{newGeneration()}}
}

// turn begins another generation. If the oldest ones are not needed, it takes the memory
// of one.
func (m *memory) turn() {
	var next *generation
	for n := len(m.generations); n == maxGenerations || n > parts && m.bytes > m.maxBytes/8; n-- {
		next = m.generations[n-1]
		m.generations = m.generations[:n-1]
		m.bytes -= next.bytes()
	}
	if next == nil {
		next = newGeneration()
	}
	next.clear(m.generations[0], m.maxBytes-m.bytes)
	m.bytes += next.bytes()
	m.generations = slices.Insert(m.generations, 0, next)
}

// put remembers a fact in the newest generation.
func (m *memory) put(key uint64, f *fact) {
	t := m.generations[0].tableOf(f)
	if last := len(t.segments) - 1; last < 0 || t.segments[last].isFull() {
		m.makeRoom(t)
	}
	t.put(key, f)
}

// makeRoom adds a segment to a table of the newest generation. If that would take too
// much memory, the oldest generations are forgotten first.
func (m *memory) makeRoom(t *table) {
	size := uint64(smallestSegment)
	if last := len(t.segments) - 1; last >= 0 {
		size = 2 * t.segments[last].size
	}
	size = min(size, uint64(max(m.maxBytes/(8*8*t.stride), smallestSegment)))
	need := 8 * t.stride * int(size)
	for m.bytes > 0 && m.bytes+need > m.maxBytes {
		oldest := m.generations[len(m.generations)-1]
		m.bytes -= oldest.bytes()
		m.forgotten++
		if len(m.generations) == 1 {
			*oldest = *newGeneration()
		} else {
			m.generations = m.generations[:len(m.generations)-1]
		}
	}
	t.grow(size, nil)
	m.bytes += need
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
	for ; c.generation < len(c.memory.generations); c.generation++ {
		tables := c.memory.generations[c.generation].tables()
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
