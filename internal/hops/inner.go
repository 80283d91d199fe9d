// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import "sync/atomic"

// inner holds what inner hops know of their requests, until the span of the visit comes.
type inner struct {
	maxBytes int                     // of each of the two maps
	bytes    int                     // of facts
	facts    map[uint64][]innerFacts // by Request.Same
	before   map[uint64][]innerFacts // those of the last generation
	isFilled atomic.Bool             // there may be facts
	bare     [1024]uint64            // Request.Same of visits without facts; the first one stays in its place
}

type innerFacts struct {
	start int64 // of the inner span
	facts string
}

// maxAlike is how many inner hops of one trace, method and path are kept.
const maxAlike = 32

// innerBytes is what facts take beside their own bytes.
const innerBytes = 100

func newInner(maxBytes int) *inner {
	return &inner{maxBytes: maxBytes, facts: map[uint64][]innerFacts{}, before: map[uint64][]innerFacts{}}
}

// wants says whether give would keep facts.
func (n *inner) wants(r Request) bool { return r.Same != 0 && len(n.facts[r.Same]) < maxAlike }

// give keeps what an inner hop knows.
func (n *inner) give(w *Span, r Request, facts string) {
	if facts == "" || !n.wants(r) {
		return
	}
	if n.bytes += innerBytes + len(facts); n.bytes > n.maxBytes {
		n.turn()
		n.bytes += innerBytes + len(facts)
	}
	n.isFilled.Store(true)
	n.facts[r.Same] = append(n.facts[r.Same], innerFacts{w.Start, facts})
}

// noteBare remembers a bare visit that goes on, or waits, without facts.
func (n *inner) noteBare(r Request) {
	if at := &n.bare[r.Same%uint64(len(n.bare))]; *at == 0 {
		*at = r.Same
	}
}

// hasBare says whether there was such a visit of a request.
func (n *inner) hasBare(r Request) bool {
	return r.Same != 0 && n.bare[r.Same%uint64(len(n.bare))] == r.Same
}

// nearest is the place of the inner hop that began first within a span's time, or -1.
func nearest(alike []innerFacts, s *Span, tolerance int64) int {
	best := -1
	for i, f := range alike {
		within := f.start >= s.Start-tolerance && f.start <= s.End+tolerance
		if within && (best < 0 || f.start < alike[best].start) {
			best = i
		}
	}
	return best
}

// peek returns what take would.
func (n *inner) peek(s *Span, r Request, tolerance int64) string {
	for _, of := range [...]map[uint64][]innerFacts{n.facts, n.before} {
		alike := of[r.Same]
		if best := nearest(alike, s, tolerance); best >= 0 {
			return alike[best].facts
		}
	}
	return ""
}

// take returns what the inner hop of a visit knows that began within the visit's time,
// or nothing. Of several it is the one that began first: the nearest. Each completes one
// visit only.
func (n *inner) take(s *Span, r Request, tolerance int64) string {
	if r.Same == 0 {
		return ""
	}
	for i, of := range [...]map[uint64][]innerFacts{n.facts, n.before} {
		alike := of[r.Same]
		best := nearest(alike, s, tolerance)
		if best < 0 {
			continue
		}
		facts := alike[best].facts
		if i == 0 {
			n.bytes -= innerBytes + len(facts)
		}
		if alike[best] = alike[len(alike)-1]; len(alike) == 1 {
			delete(of, r.Same)
		} else {
			of[r.Same] = alike[:len(alike)-1]
		}
		return facts
	}
	return ""
}

// turn forgets what came before the last turn.
func (n *inner) turn() {
	n.facts, n.before = n.before, n.facts
	clear(n.facts)
	n.bytes = 0
	clear(n.bare[:])
	n.isFilled.Store(len(n.before) > 0)
}
