// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agents

import (
	"hash/maphash"
)

// StatusClasses are the classes of a website's answer. The first is for visits whose
// status is not known.
var StatusClasses = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}

// Tally counts visits by visitor and status class. A user agent that came before costs a
// hash and no search, so that a visit costs the same however many agents are known. It
// allocates nothing while it counts. It is not safe for concurrent use.
type Tally struct {
	set    *Set
	seed   maphash.Seed
	memory [1024]memo // of earlier user agents, by their hash
	counts [][len(StatusClasses)]uint32
	came   []Visitor // those with counts
}

// memo is who sent a user agent of this hash, and no signature. Strangers do
// not know the seed, so they cannot find two texts with the same 64 bits.
type memo struct {
	hash    uint64 // 0: nobody yet
	visitor Visitor
}

// NewTally returns a tally of the set's visitors.
func NewTally(set *Set) *Tally {
	return &Tally{set: set, seed: maphash.MakeSeed(), counts: make([][len(StatusClasses)]uint32, set.Len())}
}

// Add counts a visit. The status is 0 if it is not known.
func (t *Tally) Add(h *Headers, status int) {
	v := t.identify(h)
	counts := &t.counts[v]
	if *counts == [len(StatusClasses)]uint32{} {
		t.came = append(t.came, v)
	}
	class := status / 100
	if class >= len(StatusClasses) || class < 0 {
		class = 0
	}
	counts[class]++
}

func (t *Tally) identify(h *Headers) Visitor {
	if h.SignatureAgent != "" || h.SignatureInput != "" {
		return t.set.Identify(h)
	}
	hash := h.AgentHash
	if hash == 0 {
		hash = maphash.String(t.seed, h.UserAgent) | 1
	}
	m := &t.memory[hash>>1%uint64(len(t.memory))]
	if m.hash != hash {
		*m = memo{hash, t.set.Identify(h)}
	}
	return m.visitor
}

// Take calls add for each visitor and class that was counted since the last call, and
// begins at zero again.
func (t *Tally) Take(add func(v Visitor, class int, visits int64)) {
	for _, v := range t.came {
		for class, visits := range t.counts[v] {
			if visits > 0 {
				add(v, class, int64(visits))
			}
		}
		t.counts[v] = [len(StatusClasses)]uint32{}
	}
	t.came = t.came[:0]
}
