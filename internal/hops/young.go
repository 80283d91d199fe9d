// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import "math/bits"

// young holds what was noted last: in the order in which it came, and with whole keys, so
// that a block can be made of it.
type young struct {
	noted    []noted
	slots    []uint32 // a hash table: 12 bits of a key, and 1 + its place in noted; 0: free
	shift    int      // of a key, to its first slot
	replaced int      // how often a fact replaced a twin
	touched  uint32   // keeps touch from being left out
}

type noted struct {
	key uint64
	fact
}

const (
	placeBits = 20
	placeMask = 1<<placeBits - 1

	fewestSlots = 1 << 8
	// maxTwins is how many facts of spans with one key are kept until the next block is
	// made. Spans of one request that share an id are two.
	maxTwins = 4
	// latestBytes is what a fact takes at most while a block is made of it: as itself and a
	// quarter for growth, in slots, and in the block.
	latestBytes = 40 + 12 + 25
)

func newYoung() young {
	y := young{}
	y.makeSlots(fewestSlots)
	return y
}

// makeSlots enters all facts in so many new slots, a power of two.
func (y *young) makeSlots(slots int) {
	y.slots = make([]uint32, slots)
	y.shift = 64 - bits.TrailingZeros(uint(slots))
	for place := range y.noted {
		i := y.first(y.noted[place].key)
		for y.slots[i] != 0 {
			i = y.after(i)
		}
		y.slots[i] = tagOf(y.noted[place].key) | uint32(place+1)
	}
}

func (y *young) first(key uint64) uint64 { return key >> y.shift }

func (y *young) after(slot uint64) uint64 { return (slot + 1) & uint64(len(y.slots)-1) }

func tagOf(key uint64) uint32 { return uint32(key) << placeBits }

// touch loads the first slots of spans that are about to be put. These loads go on side by
// side; in put each would hold up the next one for longer than all else takes.
func (y *young) touch(spans []Span) {
	slots := uint32(0)
	for i := range spans {
		slots |= y.slots[y.first(spans[i].Key)]
	}
	y.touched = slots
}

// put adds a fact, unless it is there. If it has too many twins, it replaces one: a span
// that is noted is known until the next one comes.
func (y *young) put(key uint64, f *fact) {
	if len(y.noted) >= len(y.slots)/4*3 {
		y.makeSlots(2 * len(y.slots))
	}
	tag := tagOf(key)
	var twins [maxTwins]*noted
	found := 0
	for i := y.first(key); ; i = y.after(i) {
		slot := y.slots[i]
		if slot == 0 {
			y.noted = append(y.noted, noted{key, *f})
			y.slots[i] = tag | uint32(len(y.noted))
			return
		}
		if slot&^placeMask != tag {
			continue
		}
		n := &y.noted[slot&placeMask-1]
		switch {
		case n.key != key:
			continue
		case n.fact == *f:
			return
		}
		twins[found] = n
		if found++; found == maxTwins {
			y.replaced++
			twins[y.replaced%maxTwins].fact = *f
			return
		}
	}
}

// next is the next fact of a key from a slot on, and the slot after it.
func (y *young) next(key, from uint64) (f *fact, after uint64) {
	for i := from; y.slots[i] != 0; i = y.after(i) {
		slot := y.slots[i]
		if slot&^placeMask != tagOf(key) {
			continue
		}
		if n := &y.noted[slot&placeMask-1]; n.key == key {
			return &n.fact, y.after(i)
		}
	}
	return nil, 0
}

// clear forgets all. It keeps the memory that it needed this time.
func (y *young) clear() {
	needed := len(y.noted)
	if y.noted = y.noted[:0]; needed < cap(y.noted)/4 {
		y.noted = nil
	}
	if fits := len(y.slots) / 8; needed < fits && fits >= fewestSlots {
		y.makeSlots(fits)
	} else {
		clear(y.slots)
	}
}

func (y *young) bytes() int { return 32*cap(y.noted) + 4*len(y.slots) }
