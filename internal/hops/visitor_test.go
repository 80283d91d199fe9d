// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// attack is what a visitor does who has learned the id of a span of ours. Its first
// request reached the edge, which called the application.
type attack struct {
	names   func(first, inner, call *made) *made // the span that its further requests name
	service uint32                               // that they reach
	peer    Peer                                 // that they seem to come from
	after   time.Duration                        // the end of the first request
	hidden  int                                  // of ten
}

func namesFirst(first, _, _ *made) *made { return first }
func namesInner(_, inner, _ *made) *made { return inner }
func namesCall(_, _, call *made) *made   { return call }

// hide says how many of ten requests an attack hides. The call between edge and
// application is a span if calls says so.
func (a attack) hide(calls bool) int {
	w := newWorld(1, simulatedWait, 0)
	w.newTrace()
	first := w.add(nil, Server, edge, epoch, epoch+100e6)
	above, call := first, first
	if calls {
		call = w.add(first, Client, edge, epoch+10e6, epoch+90e6)
		above = call
	}
	inner := w.add(above, Server, app, epoch+20e6, epoch+80e6)
	arrivals := []arrival{{2 * time.Second, []*made{inner}}, {3 * time.Second, w.spans}}
	var requests []*made
	for i := range int64(10) {
		start := first.End + int64(a.after) + i*20e6
		s := w.add(a.names(first, inner, call), Server, a.service, start, start+10e6)
		s.request.Peer = a.peer
		requests = append(requests, s)
	}
	arrivals = append(arrivals, arrival{4 * time.Second, requests})
	got := run(w.tracker, arrivals)
	hidden := 0
	for _, s := range requests {
		hidden += 1 - got.visits[s.Key]
	}
	return hidden
}

func TestAVisitorHidesNoVisit(t *testing.T) {
	for name, a := range map[string]attack{
		"by the id of its first request":                           {namesFirst, edge, Stranger, time.Millisecond, 0},
		"while its first request is served":                        {namesFirst, edge, Stranger, -90 * time.Millisecond, 0},
		"by the id of an application's span":                       {namesInner, edge, Stranger, time.Millisecond, 0},
		"if nobody records the peer":                               {namesFirst, edge, UnknownPeer, time.Millisecond, 0},
		"if nobody records the peer, while its request is served":  {namesFirst, edge, UnknownPeer, -90 * time.Millisecond, 0},
		"by an application's span, if nobody records the peer":     {namesInner, edge, UnknownPeer, -90 * time.Millisecond, 0},
		"behind a load balancer of ours":                           {namesFirst, edge, Ours, time.Millisecond, 0},
		"behind a load balancer of ours, by an application's span": {namesInner, edge, Ours, time.Millisecond, 0},
		"much later":                     {namesInner, stock, Ours, 2 * time.Second, 0},
		"by the id of a call, later":     {namesCall, edge, Stranger, 3 * time.Second, 0},
		"of another service of the site": {namesFirst, stock, Stranger, time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, calls := range []bool{true, false} {
				assert.Equal(t, a.hidden, a.hide(calls), "the edge's calls are spans: %v", calls)
			}
		})
	}
}

// TestWhatAVisitorCanStillHide holds what the tracker cannot tell from an inner hop.
// docs name these.
func TestWhatAVisitorCanStillHide(t *testing.T) {
	for name, a := range map[string]attack{
		"behind a load balancer, while its first request is served": {namesFirst, edge, Ours, -90 * time.Millisecond, 5},
		"a service that the first request did not reach, if nobody records the peer, within the tolerance": {
			namesFirst, stock, UnknownPeer, time.Millisecond, 10,
		},
		"a service that the first request did not reach, behind a load balancer, within the tolerance": {
			namesFirst, stock, Ours, time.Millisecond, 10,
		},
		"by the id of a call, within the tolerance": {namesCall, edge, Stranger, time.Millisecond, 10},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, a.hidden, a.hide(true)) })
	}
}

func TestAPagesRequestsAreVisitsThoughItNamesTheSpanThatServedIt(t *testing.T) {
	w := newWorld(1, simulatedWait, 0)
	w.newTrace()
	served := w.add(nil, Server, edge, epoch, epoch+50e6)
	load := w.add(served, Internal, page, epoch-30e6, epoch+4e9)
	for i := range int64(20) {
		at := epoch + 500e6 + i*100e6
		w.add(w.add(load, Client, page, at, at+90e6), Server, edge, at+20e6, at+70e6).request.Peer = Stranger
	}
	got := run(w.tracker, []arrival{{time.Second, w.spans}})
	assert.Len(t, got.visits, 21)
}

// TestAServersSpanWithinAnotherIsAHop: the framework's span within that of the server,
// which alone records the peer.
func TestAServersSpanWithinAnotherIsAHop(t *testing.T) {
	for name, c := range map[string]struct {
		within func(*made)
		want   Verdict
	}{
		"if it is of another instrumentation":               {func(s *made) { s.Scope = 2 }, Hop},
		"not if that had ended":                             {func(s *made) { s.Scope = 2; s.Start += 90e6 }, Waits},
		"not of the same instrumentation":                   {func(*made) {}, Waits},
		"not of a stranger":                                 {func(s *made) { s.Scope = 2; s.request.Peer = Stranger }, Waits},
		"if its process says so, whenever and whoever asks": {func(s *made) { s.IsLocal, s.request.Peer, s.Start = true, Stranger, s.Start+90e6 }, Hop},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(1, simulatedWait, 0)
			w.newTrace()
			outer := w.add(nil, Server, app, epoch, epoch+50e6)
			outer.Scope = 1
			inner := w.add(outer, Server, app, epoch+10e6, epoch+40e6)
			inner.Scope, inner.request.Peer = 1, UnknownPeer
			c.within(inner)
			w.tracker.Note(0, []Span{outer.Span, inner.Span})
			assert.Equal(t, c.want, w.tracker.Hold(0, &inner.Span, inner.request, nil, 0))
		})
	}
}

// TestAServerSpanBelowAnInternalOneOfItsServiceIsAHopAtAnyTime: of a span in between the
// instrumentation is not remembered, and its times must not be taken for that.
func TestAServerSpanBelowAnInternalOneOfItsServiceIsAHopAtAnyTime(t *testing.T) {
	for second := range int64(1100) {
		tr := smallTracker()
		start := epoch + second*1e9
		outer := Span{Key: 1, Start: start, End: start + 5e8, Service: app, Kind: Server}
		between := Span{Key: 2, Parent: 1, Start: start, End: start + 4e8, Service: app, Kind: Internal}
		inner := Span{Key: 3, Parent: 2, Start: start, End: start + 3e8, Service: app, Kind: Server, Scope: 7}
		tr.Note(0, []Span{inner, between, outer})
		require.Equal(t, Hop, tr.Hold(0, &inner, Request{Peer: UnknownPeer}, nil, 0), "at second %d", second)
	}
}

// TestAStrangersSpanBelowAnInternalOneIsAVisit: a span of the code names no call, so the peer decides.
func TestAStrangersSpanBelowAnInternalOneIsAVisit(t *testing.T) {
	for peer, want := range map[Peer]Verdict{Stranger: Waits, Ours: Hop, UnknownPeer: Hop} {
		tr := smallTracker()
		outer := Span{Key: 1, Start: epoch, End: epoch + 5e8, Service: edge, Kind: Server}
		between := Span{Key: 2, Parent: 1, Start: epoch, End: epoch + 4e8, Service: edge, Kind: Internal}
		inner := Span{Key: 3, Parent: 2, Start: epoch, End: epoch + 3e8, Service: app, Kind: Server}
		tr.Note(0, []Span{inner, between, outer})
		assert.Equal(t, want, tr.Hold(0, &inner, Request{Peer: peer}, nil, 0), peer)
	}
}

// TestTheIDOfACallIsOfNoUseLongAfterIt: of a span that calls, times are remembered modulo a number
// of seconds, and the longest wait is long enough for a time to come round again.
func TestTheIDOfACallIsOfNoUseLongAfterIt(t *testing.T) {
	const second = int64(time.Second)
	trace := func(wait time.Duration) (*Tracker, Trace) {
		tracker := New(Settings{Wait: wait, MaxBytes: 64 << 20, Tolerance: time.Second, Seed: [4]uint64{1, 2, 3, 4}})
		return tracker, tracker.Trace([16]byte{1})
	}
	// isHidden says whether a request is that names the call, and begins so many seconds after
	// its end.
	isHidden := func(wait time.Duration, took, later int64, isQuiet bool) bool {
		tracker, of := trace(wait)
		key := func(id int64) uint64 { return of.Key([8]byte{1, byte(id), byte(id >> 8)}) }
		came := time.Duration(0)
		judge := func(s Span) Verdict {
			tracker.Note(came, []Span{s})
			verdict := tracker.Hold(came, &s, Request{Same: 5, Peer: Stranger}, []byte("visit"), 0)
			tracker.Expired(came, func(Released) {})
			return verdict
		}
		start, end := epoch, epoch+took*second
		tracker.Note(came, []Span{
			{Key: key(2), Parent: key(1), Start: start, End: end, Service: edge, Kind: Client},
			{Key: key(1), Start: start, End: end, Service: edge, Kind: Server},
		})
		judge(Span{Key: key(5), Parent: key(6), Start: end, End: end, Service: app, Kind: Server})
		for n := int64(0); n < later && !isQuiet; n += 20 { // others ask meanwhile
			came = time.Duration(n * second)
			judge(Span{Key: key(100 + n), Parent: key(3), Start: end + n*second, End: end + n*second, Service: app, Kind: Server})
		}
		came = time.Duration((later + 1) * second)
		at := end + later*second
		return judge(Span{Key: key(4), Parent: key(2), Start: at, End: at, Service: app, Kind: Server}) == Hop
	}
	for _, wait := range []time.Duration{15 * time.Second, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute} {
		for _, took := range []int64{1, 100, 255, 300, 511, 700, 3000, 8000, 20000} {
			assert.True(t, isHidden(wait, took, 0, true), "%s, %d seconds", wait, took)
			for later := 3 + took/64 + 8; later < 2600; later += 11 {
				for _, isQuiet := range []bool{false, true} {
					assert.False(t, isHidden(wait, took, later, isQuiet), "%s, %d seconds, %d after it, nobody asks meanwhile: %t", wait, took, later, isQuiet)
				}
			}
		}
	}
}
