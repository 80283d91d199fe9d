// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// model is a memory of all spans, each whole and forever, with the rules of the package's
// documentation.
type model struct {
	spans map[uint64][]*made // by their keys
	first map[*made]time.Duration
}

func newModel(arrivals []arrival) *model {
	m := &model{map[uint64][]*made{}, map[*made]time.Duration{}}
	for _, a := range arrivals {
		for _, s := range a.spans {
			if _, again := m.first[s]; !again {
				m.first[s] = a.at
				m.spans[s.Key] = append(m.spans[s.Key], s)
			}
		}
	}
	return m
}

// question is whether a server span is a hop by what has come until a time. A tracker knows
// less of when a span in between began than one that is strict, and more than a lenient one.
type question struct {
	model   *model
	span    *made
	until   time.Duration
	lenient bool
	forgets bool // who called the parent may be forgotten
}

const modelTolerance = int64(time.Second)

func (q question) above(s *made) (known []*made) {
	if s.isRoot() {
		return nil
	}
	for _, p := range q.model.spans[s.Parent] {
		if q.model.first[p] <= q.until && (p.Kind.serves() || !p.isRoot()) {
			known = append(known, p)
		}
	}
	return known
}

func (q question) isHop() bool {
	return slices.ContainsFunc(q.above(q.span), func(p *made) bool {
		if p.Kind.serves() {
			return q.isCaller(p) && !q.isCallback(p)
		}
		return q.isCaller(p) && q.isBelowServing(p)
	})
}

func (q question) isBelowServing(below *made) bool {
	return slices.ContainsFunc(q.above(below), func(p *made) bool {
		return q.isLink(below, p) && (p.Kind.serves() || q.isBelowServing(p))
	})
}

// isCallback says whether the server span's own service called its parent.
func (q question) isCallback(p *made) bool {
	return !q.forgets && p.Service != q.span.Service && !q.span.IsLocal &&
		slices.ContainsFunc(q.above(p), func(above *made) bool { return above.Service == q.span.Service })
}

func (q question) isCaller(p *made) bool {
	s, late := q.span, modelTolerance
	isSame := p.Service == s.Service
	began := s.Start >= p.Start-modelTolerance-q.slack(p)
	switch {
	case s.IsLocal:
		return true
	case p.Kind == Producer:
		return began
	case p.Kind == Client:
		return began && s.Start <= p.End+late
	case s.request.Peer == Stranger, s.request.Peer == UnknownPeer && isSame && p.Kind.serves() && s.Scope == p.Scope:
		return false
	case isSame:
		late = 0
	}
	return began && s.Start <= p.End+late
}

func (q question) isLink(below, above *made) bool {
	slack := modelTolerance + q.slack(below, above)
	return above.Kind.calls() || below.Service == above.Service ||
		below.Start >= above.Start-slack && below.Start <= above.End+slack && below.End <= above.End+slack
}

// slack is how far the times of spans may seem to be off.
func (q question) slack(of ...*made) (nanos int64) {
	for _, s := range of {
		if q.lenient {
			nanos += 4e9 + 2*(s.End-s.Start)
		}
	}
	return nanos
}

// lattice makes traces of any shape whose times are clearly within each other or not, and
// payloads of one span to three. They come in less time than all are remembered for, often
// when a block is made, and some come twice.
func (w *world) lattice(traces int, keep time.Duration) (arrivals []arrival) {
	for w.traces < traces {
		first := len(w.spans)
		w.newTrace()
		w.tangle(3 + w.IntN(7))
		for _, s := range w.spans[first:] {
			s.Start = epoch + 20e9*w.Int64N(4)
			s.End = s.Start + []int64{10e9, 30e9, 130e9, 1210e9}[w.IntN(4)]
			if w.IntN(2) == 0 {
				s.request.Peer = Ours
			}
			s.Scope, s.IsLocal = uint32(w.IntN(2)), w.IntN(8) == 0
		}
		if hasRing(w.spans[first:]) { // see TestARingKeepsAVisit
			w.spans, w.traces = w.spans[:first], w.traces-1
		}
	}
	spans := slices.Clone(w.spans)
	for range len(spans) / 10 {
		spans = append(spans, w.spans[w.IntN(len(w.spans))])
	}
	w.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
	for payload := range slices.Chunk(spans, 1+w.IntN(3)) {
		at := keep / parts * time.Duration(w.IntN(2*parts))
		if w.IntN(2) == 0 {
			at += time.Duration(w.Int64N(int64(keep / parts)))
		}
		arrivals = append(arrivals, arrival{at + time.Duration(len(arrivals)), payload})
	}
	slices.SortFunc(arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	return arrivals
}

// TestTheAnswerIsThatOfTheModel compares over many blocks: those of the time, and small ones
// that are made because the youngest spans are too many.
func TestTheAnswerIsThatOfTheModel(t *testing.T) {
	for _, wait := range []time.Duration{0, 100 * time.Millisecond, 4 * time.Second, simulatedWait, maxWait} {
		for _, young := range []int{0, 1, 7} {
			t.Run(fmt.Sprintf("%s, %d young", wait, young), func(t *testing.T) {
				hops, visits, unclear := 0, 0, 0
				for seed := range uint64(20) {
					w := newWorld(seed, wait, 0)
					if young > 0 {
						w.tracker.memory.maxFacts = young
					}
					arrivals := w.lattice(40, w.tracker.memory.keep)
					got := run(w.tracker, arrivals)
					require.Equal(t, got.decided, got.hops+sum(got.visits), "each is a hop or a visit")
					fewest, most := newModel(arrivals).visits(arrivals, question{}, wait)
					for key := range most {
						require.GreaterOrEqual(t, got.visits[key], fewest[key], "seed %d, a visit is missing", seed)
						require.LessOrEqual(t, got.visits[key], most[key], "seed %d, a hop counts", seed)
					}
					hops, visits, unclear = hops+got.hops, visits+sum(got.visits), unclear+sum(most)-sum(fewest)
				}
				assert.Greater(t, hops, visits/20)
				assert.Less(t, unclear, hops)
				t.Logf("%d hops, %d visits, %d of them unclear", hops, visits, unclear)
			})
		}
	}
}

// TestWithTooLittleMemoryNoVisitIsMissing forgets blocks all the time, in the middle of others.
func TestWithTooLittleMemoryNoVisitIsMissing(t *testing.T) {
	hops, forgotten := 0, 0
	for seed := range uint64(100) {
		w := newWorld(seed, simulatedWait, 0)
		w.tracker.memory.maxFacts, w.tracker.memory.maxBytes = 5, 1500
		arrivals := w.lattice(40, w.tracker.memory.keep)
		got := run(w.tracker, arrivals)
		require.Equal(t, got.decided, got.hops+sum(got.visits), "each is a hop or a visit")
		fewest, _ := newModel(arrivals).visits(arrivals, question{forgets: true}, simulatedWait)
		for key := range fewest {
			require.GreaterOrEqual(t, got.visits[key], fewest[key], "seed %d", seed)
		}
		hops, forgotten = hops+got.hops, forgotten+w.tracker.Load().Forgotten
	}
	assert.Greater(t, hops, 100)
	assert.Greater(t, forgotten, 1000)
}

// visits are the fewest and the most of each key.
func (m *model) visits(arrivals []arrival, q question, wait time.Duration) (fewest, most map[uint64]int) {
	fewest, most = map[uint64]int{}, map[uint64]int{}
	for _, a := range arrivals {
		for _, s := range a.spans {
			if s.Kind != Server {
				continue
			}
			q.model, q.span, q.until, q.lenient = m, s, a.at+wait, false
			if !q.isHop() {
				most[s.Key]++
			}
			if q.lenient = true; !q.isHop() {
				fewest[s.Key]++
			}
		}
	}
	return fewest, most
}
