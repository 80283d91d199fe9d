// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAVisitTakesOverWhatItsInnerHopKnows covers who comes first: the inner span, both
// at once, or the outer one, which waits itself or is gone.
func TestAVisitTakesOverWhatItsInnerHopKnows(t *testing.T) {
	same := Request{Peer: Ours, Same: 77}
	outer, inner := server(1, 0), server(2, 1)
	inner.Service, outer.Service = app, edge
	t.Run("if the inner span comes first", func(t *testing.T) {
		tr := smallTracker()
		require.Equal(t, Waits, tr.Hold(0, &inner, same, []byte("inneragent"), 5))
		require.Equal(t, 1, tr.Note(time.Second, []Span{outer}))
		assert.Equal(t, "agent", tr.Inner(&outer, same))
		assert.Empty(t, tr.Inner(&outer, same), "once only")
	})
	t.Run("if both come at once", func(t *testing.T) {
		tr := smallTracker()
		tr.Note(0, []Span{inner, outer})
		require.Equal(t, Hop, tr.Hold(0, &inner, same, []byte("agent"), 0))
		assert.Equal(t, "agent", tr.Inner(&outer, same))
	})
	t.Run("if the visit waits, too", func(t *testing.T) {
		tr := smallTracker()
		waits := outer
		waits.Parent = 99
		tr.Note(0, []Span{waits})
		require.Equal(t, Waits, tr.Hold(0, &waits, same, []byte("outer"), 5))
		require.Equal(t, Waits, tr.Hold(0, &inner, same, []byte("agent"), 0), "who called its caller is not known")
		visits, hops := released(func(y func(Released)) int { return tr.Expired(simulatedWait, y) })
		assert.Equal(t, 1, hops)
		assert.Equal(t, []Released{{Visit: "outer", Inner: "agent"}}, visits)
	})
	t.Run("not of another method or path", func(t *testing.T) {
		tr := smallTracker()
		tr.Note(0, []Span{inner, outer})
		tr.Hold(0, &inner, same, []byte("agent"), 0)
		assert.Empty(t, tr.Inner(&outer, Request{Same: 78}))
		assert.Empty(t, tr.Inner(&outer, Request{}))
	})
	t.Run("not of another time", func(t *testing.T) {
		tr := smallTracker()
		tr.Note(0, []Span{inner, outer})
		tr.Hold(0, &inner, same, []byte("agent"), 0)
		later := outer
		later.Start, later.End = outer.Start+10e9, outer.End+10e9
		assert.Empty(t, tr.Inner(&later, same))
	})
	t.Run("the nearest of several", func(t *testing.T) {
		tr := smallTracker()
		deeper := server(3, 2)
		deeper.Start, deeper.Service = inner.Start+1e6, cart
		tr.Note(0, []Span{deeper, inner, outer})
		tr.Hold(0, &deeper, same, []byte("deeper"), 0)
		tr.Hold(0, &inner, same, []byte("agent"), 0)
		assert.Equal(t, "agent", tr.Inner(&outer, same))
	})
	t.Run("a deeper one if it alone knows the user agent that the visit lacks", func(t *testing.T) {
		bare := Request{Peer: Ours, Same: 77, IsBare: true}
		deeper := server(3, 2)
		deeper.Start, deeper.Service = inner.Start+1e6, cart
		for _, c := range []struct {
			of   Request
			want string
		}{{bare, "agent"}, {same, "nearest"}} {
			tr := smallTracker()
			tr.Note(0, []Span{deeper, inner, outer})
			tr.Hold(0, &deeper, same, []byte("agent"), 0)
			tr.Hold(0, &inner, bare, []byte("nearest"), 0)
			assert.Equal(t, c.want, tr.InnerSoFar(&outer, c.of))
			assert.Equal(t, c.want, tr.Inner(&outer, c.of))
		}
	})
	t.Run("also if that one came long before", func(t *testing.T) {
		bare := Request{Peer: Ours, Same: 77, IsBare: true}
		deeper := server(3, 2)
		deeper.Start, deeper.Service = inner.Start+1e6, cart
		tr := smallTracker()
		tr.Note(0, []Span{deeper, inner, outer})
		tr.Hold(0, &deeper, same, []byte("agent"), 0)
		tr.inner.turn()
		tr.Hold(0, &inner, bare, []byte("nearest"), 0)
		assert.Equal(t, "agent", tr.Inner(&outer, bare))
	})
}

func TestWhatAnInnerHopKnowsIsForgottenAfterTwoWaits(t *testing.T) {
	tr := smallTracker()
	same := Request{Peer: Ours, Same: 77}
	outer, inner := server(1, 0), server(2, 1)
	tr.Note(0, []Span{inner, outer})
	require.Equal(t, Hop, tr.Hold(0, &inner, same, []byte("agent"), 0))
	tr.Note(2*simulatedWait, nil)
	assert.Empty(t, tr.Inner(&outer, same))
}

// TestABareVisitWaitsForAnInnerHopIfOneCompletedAnother covers a proxy that records no
// headers and whose span comes before that of the application behind it.
func TestABareVisitWaitsForAnInnerHopIfOneCompletedAnother(t *testing.T) {
	bare := Request{Same: 77, IsBare: true}
	outer, inner := server(1, 0), server(2, 1)
	inner.Service, outer.Service = app, edge
	tr := smallTracker()
	tr.Note(0, []Span{outer})
	require.Equal(t, Visit, tr.Hold(0, &outer, bare, []byte("outer"), 5), "nothing says that one will come")
	tr.Completed(0)
	require.Equal(t, Visit, tr.Hold(0, &outer, Request{Same: 77}, []byte("outer"), 5), "it lacks nothing")
	require.Equal(t, Waits, tr.Hold(0, &outer, bare, []byte("outer"), 5))
	require.Equal(t, Hop, tr.Hold(time.Second, &inner, Request{Peer: Ours, Same: 77}, []byte("agent"), 0))
	require.Equal(t, Visit, tr.Hold(time.Second, &outer, bare, []byte("outer"), 5), "one is there already")
	visits, _ := released(func(y func(Released)) int { return tr.Expired(simulatedWait, y) })
	assert.Equal(t, []Released{{Visit: "outer", Inner: "agent", IsRoot: true}}, visits)
	assert.False(t, tr.HasCompleted(time.Second+completedWaits*simulatedWait), "not for ever")
}

// TestABareVisitWaitsIfAnInnerHopCameTooLateForAnother: else a proxy whose spans always come
// first would have no visit completed.
func TestABareVisitWaitsIfAnInnerHopCameTooLateForAnother(t *testing.T) {
	outer, inner := server(1, 0), server(2, 1)
	inner.Service, outer.Service = app, edge
	for name, c := range map[string]struct {
		inner Request
		want  bool
	}{
		"of its request":              {Request{Peer: Ours, Same: 77}, true},
		"of another method or path":   {Request{Peer: Ours, Same: 78}, false},
		"that knows no more":          {Request{Peer: Ours, Same: 77, IsBare: true}, false},
		"of a trace that has no name": {Request{Peer: Ours}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tr := smallTracker()
			tr.Note(0, []Span{outer})
			require.Empty(t, tr.Inner(&outer, Request{Same: 77, IsBare: true}))
			require.Equal(t, Hop, tr.Hold(time.Second, &inner, c.inner, []byte("agent"), 0))
			assert.Equal(t, c.want, tr.HasCompleted(time.Second))
		})
	}
	t.Run("and while others of late waited in time", func(t *testing.T) {
		const later = (completedWaits - 1) * simulatedWait
		tr := smallTracker()
		tr.Completed(0)
		tr.Note(later, []Span{outer})
		require.Equal(t, Waits, tr.Hold(later, &outer, Request{Same: 77, IsBare: true}, []byte("outer"), 5))
		require.Equal(t, Hop, tr.Hold(later, &inner, Request{Peer: Ours, Same: 77}, []byte("agent"), 0))
		assert.True(t, tr.HasCompleted(later+2*simulatedWait))
	})
}

func TestWhatInnerHopsKnowTakesBoundedMemory(t *testing.T) {
	const room = 10_000
	n := newInner(room)
	s := server(1, 0)
	for i := range uint64(10_000) {
		n.give(&s, Request{Same: 1 + i/100}, string(make([]byte, 100)))
		taken := 0
		for _, of := range [...]map[uint64][]innerFacts{n.facts, n.before} {
			for _, alike := range of {
				for _, f := range alike {
					taken += len(f.facts)
				}
			}
		}
		require.LessOrEqual(t, taken, 2*room)
	}
}
