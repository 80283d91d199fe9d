// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import "math/bits"

// table holds facts by the keys of their spans. It is a list of segments: a full one is
// followed by a larger one, because a fact does not hold its whole key and so cannot
// move.
type table struct {
	stride   int // words of a fact
	segments []segment
	replaced uint64 // how often a fact replaced a twin
}

// segment is a hash table with linear probing. A word of 0 is a free place.
type segment struct {
	words []uint64
	size  uint64 // facts that it has room for
	used  uint64
}

const (
	// smallestSegment is the room of a first segment, in facts.
	smallestSegment = 1 << 7
	// maxTwins is how many facts of spans with one key a segment keeps. Spans of one
	// request that share an id are two.
	maxTwins = 4
)

// home is the place where the search for a key begins. It depends on the upper bits of
// the key, and the print on the lower ones.
func (s *segment) home(key uint64) uint64 {
	high, _ := bits.Mul64(key, s.size)
	return high
}

// isFull says whether a search would take long if there was one more.
func (s *segment) isFull() bool { return s.used >= s.size-s.size/4 }

// put adds a fact, unless it is there. If it has too many twins, it replaces one: a span
// that is noted is known until the next one comes.
func (t *table) put(key uint64, f *fact) {
	s := &t.segments[len(t.segments)-1]
	var twins [maxTwins]uint64 // where they are
	found := 0
	for i := s.home(key); ; {
		at := i * uint64(t.stride)
		word := s.words[at]
		if word == 0 {
			t.set(s, at, f)
			s.used++
			return
		}
		if (word^key)&printMask == 0 {
			if t.isAt(s, at, f) {
				return
			}
			twins[found] = at
			if found++; found == maxTwins {
				t.replaced++
				t.set(s, twins[t.replaced%maxTwins], f)
				return
			}
		}
		if i++; i == s.size {
			i = 0
		}
	}
}

// isAt says whether the words at a place are those of a fact.
func (t *table) isAt(s *segment, at uint64, f *fact) bool {
	return s.words[at] == f.word && (t.stride < 2 || s.words[at+1] == f.parent) && (t.stride < 3 || s.words[at+2] == f.times)
}

func (t *table) set(s *segment, at uint64, f *fact) {
	s.words[at] = f.word
	if t.stride > 1 {
		s.words[at+1] = f.parent
	}
	if t.stride > 2 {
		s.words[at+2] = f.times
	}
}

// at is the fact at a place of a segment.
func (t *table) at(s *segment, place uint64) fact {
	at := place * uint64(t.stride)
	f := fact{word: s.words[at], times: noTime}
	switch t.stride {
	case 1:
		f.known = true
	case 3:
		f.times = s.words[at+2]
		fallthrough
	case 2:
		f.parent = s.words[at+1]
	}
	return f
}

// grow adds a segment with room for so many facts, in the given words if they suffice.
func (t *table) grow(size uint64, spare []uint64) {
	size = max(size, smallestSegment)
	need := int(size) * t.stride
	if cap(spare) < need || cap(spare) > 4*need {
		spare = make([]uint64, need)
	} else {
		size = uint64(cap(spare) / t.stride)
		spare = spare[:cap(spare)]
		clear(spare)
	}
	t.segments = append(t.segments, segment{words: spare, size: size})
}

// facts is how many facts the table holds.
func (t *table) facts() (n uint64) {
	for i := range t.segments {
		n += t.segments[i].used
	}
	return n
}

// bytes is the memory that the table takes.
func (t *table) bytes() (n int) {
	for i := range t.segments {
		n += 8 * cap(t.segments[i].words)
	}
	return n
}
