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
	start  int64 // of the inner span
	isBare bool  // the inner hop does not know the user agent, either
	facts  string
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
	n.facts[r.Same] = append(n.facts[r.Same], innerFacts{w.Start, r.IsBare, facts})
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

// nearest is the place of the inner hop that began first within a span's time, or -1. It may have
// to know the user agent.
func nearest(alike []innerFacts, s *Span, tolerance int64, knowsAgent bool) int {
	best := -1
	for i, f := range alike {
		within := f.start >= s.Start-tolerance && f.start <= s.End+tolerance
		if within && (!knowsAgent || !f.isBare) && (best < 0 || f.start < alike[best].start) {
			best = i
		}
	}
	return best
}

// find returns where the nearest inner hop of a visit is, if there is one. For a bare visit those
// that know the user agent come first.
func (n *inner) find(s *Span, r Request, tolerance int64) (of map[uint64][]innerFacts, at int, isNew bool) {
	for _, knowsAgent := range [...]bool{true, false} {
		if knowsAgent && !r.IsBare {
			continue
		}
		for i, of := range [...]map[uint64][]innerFacts{n.facts, n.before} {
			if at := nearest(of[r.Same], s, tolerance, knowsAgent); at >= 0 {
				return of, at, i == 0
			}
		}
	}
	return nil, -1, false
}

// peek returns what take would.
func (n *inner) peek(s *Span, r Request, tolerance int64) string {
	of, at, _ := n.find(s, r, tolerance)
	if at < 0 {
		return ""
	}
	return of[r.Same][at].facts
}

// take returns what the inner hop of a visit knows that began within the visit's time,
// or nothing. Of several it is the one that began first: the nearest. Each completes one
// visit only.
func (n *inner) take(s *Span, r Request, tolerance int64) string {
	if r.Same == 0 {
		return ""
	}
	of, at, isNew := n.find(s, r, tolerance)
	if at < 0 {
		return ""
	}
	alike := of[r.Same]
	facts := alike[at].facts
	if isNew {
		n.bytes -= innerBytes + len(facts)
	}
	if alike[at] = alike[len(alike)-1]; len(alike) == 1 {
		delete(of, r.Same)
	} else {
		of[r.Same] = alike[:len(alike)-1]
	}
	return facts
}

// turn forgets what came before the last turn.
func (n *inner) turn() {
	n.facts, n.before = n.before, n.facts
	clear(n.facts)
	n.bytes = 0
	clear(n.bare[:])
	n.isFilled.Store(len(n.before) > 0)
}
