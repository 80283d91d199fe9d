// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"math/bits"
	"time"
)

// block holds the facts of a part of the wait without a gap, and does not change. They lie
// in buckets, by the upper bits of their keys; a fact's print holds the lower ones.
type block struct {
	made  time.Duration // its facts are older
	words []uint64
	ends  []uint32 // where in words the buckets end
}

// perBucket is how many facts lie in a bucket on average.
const perBucket = 8

// newBlock makes a block of facts, in the memory of a spare one if that is fit for it. They
// are to be put in.
func newBlock(made time.Duration, words, facts int, spare block) block {
	buckets := facts/perBucket + 1
	return block{made, room(spare.words, words), room(spare.ends, buckets)}
}

// room is memory for so many, without what it held.
func room[T uint32 | uint64](spare []T, n int) []T {
	if cap(spare) < n || cap(spare) > n+n/4 {
		return make([]T, n, n+n/32)
	}
	spare = spare[:n]
	clear(spare)
	return spare
}

// fill sorts facts into the block.
func (b *block) fill(facts []noted) {
	for i := range facts {
		b.ends[b.bucket(facts[i].key)] += facts[i].words()
	}
	at := uint32(0)
	for i, words := range b.ends {
		b.ends[i] = at
		at += words
	}
	for i := range facts {
		end := &b.ends[b.bucket(facts[i].key)]
		*end += facts[i].store(b.words[*end:])
	}
}

func (b *block) bucket(key uint64) uint64 {
	high, _ := bits.Mul64(key, uint64(len(b.ends)))
	return high
}

// place is where the facts lie of which some may have a key.
func (b *block) place(key uint64) (from, end uint32) {
	bucket := b.bucket(key)
	if bucket > 0 {
		from = b.ends[bucket-1]
	}
	return from, b.ends[bucket]
}

func (b *block) bytes() int { return 8*cap(b.words) + 4*cap(b.ends) }
