// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tangle adds spans whose parents are any of the others, themselves, or nobody's. Some
// of one service share an id.
func (w *world) tangle(spans int) {
	first := len(w.spans)
	for range spans {
		start := epoch + w.Int64N(3e9)
		m := w.add(nil, Kind(1+w.IntN(5)), uint32(1+w.IntN(5)), start, start+w.Int64N(5e9))
		m.request.Peer = Peer(w.IntN(3))
	}
	of := w.spans[first:]
	for _, m := range of {
		switch w.IntN(8) {
		case 0:
		case 1:
			m.Parent = w.key()
		default:
			m.Parent = of[w.IntN(len(of))].Key
		}
		if w.IntN(10) == 0 {
			twin := of[w.IntN(len(of))]
			m.Key, m.Service = twin.Key, twin.Service
		}
	}
}

// oneByOne makes a payload of each span, all within the wait of each other.
func oneByOne(spans []*made) (arrivals []arrival) {
	for i, s := range spans {
		arrivals = append(arrivals, arrival{time.Duration(i) * simulatedWait / time.Duration(len(spans)+1), []*made{s}})
	}
	return arrivals
}

// hasRing says whether a span is above itself.
func hasRing(spans []*made) bool {
	parents := map[uint64][]uint64{}
	for _, s := range spans {
		if !s.isRoot() {
			parents[s.Key] = append(parents[s.Key], s.Parent)
		}
	}
	var above func(key, target uint64, steps int) bool
	above = func(key, target uint64, steps int) bool {
		return steps > 0 && slices.ContainsFunc(parents[key], func(p uint64) bool { return p == target || above(p, target, steps-1) })
	}
	return slices.ContainsFunc(spans, func(s *made) bool { return above(s.Key, s.Key, len(spans)) })
}

func TestTheOrderOfPayloadsDoesNotChangeTheVisits(t *testing.T) {
	compared, hops := 0, 0
	for seed := range uint64(3000) {
		w := newWorld(seed, simulatedWait, 0)
		w.newTrace()
		w.tangle(3 + w.IntN(7))
		if hasRing(w.spans) {
			continue // see TestARingKeepsAVisit
		}
		want := run(newWorld(seed, simulatedWait, 0).tracker, oneByOne(w.spans))
		for range 6 {
			w.Shuffle(len(w.spans), func(i, j int) { w.spans[i], w.spans[j] = w.spans[j], w.spans[i] })
			got := run(newWorld(seed, simulatedWait, 0).tracker, oneByOne(w.spans))
			require.Equal(t, want.visits, got.visits, "seed %d", seed)
			compared++
		}
		hops += want.hops
	}
	require.Greater(t, compared, 1500)
	require.Greater(t, hops, 300)
}

func TestARingKeepsAVisit(t *testing.T) {
	for _, kinds := range [][]Kind{{Server, Server}, {Server, Server, Server}, {Server, Client, Server, Client}, {Server, Internal, Client, Server, Client, Server}} {
		for seed := range uint64(50) {
			w := newWorld(seed, simulatedWait, 0)
			w.newTrace()
			for i, kind := range kinds {
				w.add(nil, kind, uint32(1+i), epoch, epoch+1e9)
			}
			for i, s := range w.spans {
				s.Parent = w.spans[(i+1)%len(kinds)].Key
			}
			w.Shuffle(len(w.spans), func(i, j int) { w.spans[i], w.spans[j] = w.spans[j], w.spans[i] })
			require.NotEmpty(t, run(w.tracker, oneByOne(w.spans)).visits, "seed %d", seed)
		}
	}
}

func TestARequestMeetsItsOtherSpansInOnePayloadToo(t *testing.T) {
	for _, top := range slices.Concat(topologies, oddTopologies) {
		for seed := range uint64(20) {
			w := newWorld(seed, simulatedWait, 0)
			w.newTrace()
			top.make(w, epoch, 1e9)
			rand.New(rand.NewPCG(seed, 1)).Shuffle(len(w.spans), func(i, j int) { w.spans[i], w.spans[j] = w.spans[j], w.spans[i] })
			got := run(w.tracker, []arrival{{0, w.spans}})
			for _, s := range w.spans {
				require.Equal(t, s.isVisit, got.visits[s.Key] == 1, "%s, seed %d", top.name, seed)
			}
		}
	}
}
