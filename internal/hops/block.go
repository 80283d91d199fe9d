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

// newBlock sorts facts into a block.
func newBlock(made time.Duration, facts []noted) block {
	b := block{made: made, ends: make([]uint32, len(facts)/perBucket+1)}
	words := uint32(0)
	for i := range facts {
		n := facts[i].words()
		b.ends[b.bucket(facts[i].key)] += n
		words += n
	}
	at := uint32(0)
	for i, n := range b.ends {
		b.ends[i] = at
		at += n
	}
	b.words = make([]uint64, words)
	for i := range facts {
		end := &b.ends[b.bucket(facts[i].key)]
		*end += facts[i].store(b.words[*end:])
	}
	return b
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

func (b *block) bytes() int { return 8*len(b.words) + 4*len(b.ends) }
