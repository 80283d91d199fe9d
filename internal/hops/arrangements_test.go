// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// oddTopologies are arrangements that differ from the usual in what they record.
var oddTopologies = []topology{
	{"nobody records a peer or a call", func(w *world, start, took int64) {
		first := len(w.spans)
		visitOf(w.serve(nil, edge, false, start, start+took, 2), UnknownPeer)
		for _, s := range w.spans[first:] {
			s.request.Peer = UnknownPeer
		}
	}},
	{"services of one name that call each other", func(w *world, start, took int64) {
		first := len(w.spans)
		visitOf(w.serve(nil, edge, true, start, start+took, 3), Stranger)
		for _, s := range w.spans[first:] {
			s.Service = app
		}
	}},
	{"services without a name", func(w *world, start, took int64) {
		first := len(w.spans)
		visitOf(w.serve(nil, edge, true, start, start+took, 2), Stranger)
		for _, s := range w.spans[first:] {
			s.Service = 0
		}
	}},
	{"a sidecar before the application, both of its name", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		inbound := w.add(w.call(s, true, start+1e6, start+took-1e6), Server, app, start+2e6, start+took-2e6)
		inbound.Scope = 1
		w.serve(inbound, app, true, start+3e6, start+took-3e6, 1).Scope = 2
	}},
	{"spans that caller and server share", func(w *world, start, took int64) {
		visitor := &made{Span: Span{Key: w.key()}}
		s := w.serve(visitor, edge, false, start, start+took, 0)
		visitOf(s, Stranger)
		for service := app; service <= stock; service++ {
			from := s
			start, took = start+took/8, took/2
			w.add(from, Client, from.Service, start, start+took)
			s = w.add(from, Server, service, start+took/8, start+took/2)
			s.Key = w.spans[len(w.spans)-2].Key
		}
	}},
	{"an agent that names one parent for all its requests", func(w *world, start, took int64) {
		agent := &made{Span: Span{Key: w.key()}}
		for i := range int64(20) {
			visitOf(w.serve(agent, edge, i%2 == 0, start+i*took/4, start+i*took/4+took, 1), Stranger)
		}
	}},
	{"work that goes on after the answer", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		later := start + took + 2e9
		run := w.add(s, Internal, edge, later, later+took)
		w.serve(w.call(run, true, later, later+took), cart, true, later+1e6, later+took-1e6, 1)
	}},
	{"calls that are tried again", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		call := w.call(s, true, start+1e6, start+took-1e6)
		for i := range int64(3) {
			w.serve(call, app, false, start+2e6+i*took/4, start+(i+1)*took/4, 0)
		}
	}},
	{"a monitor that is below nobody and asks often", func(w *world, start, took int64) {
		for i := range int64(5) {
			call := w.add(nil, Client, job, start+i*took, start+i*took+took/2)
			visitOf(w.serve(call, edge, true, start+i*took+1e6, start+i*took+took/2-1e6, 1), Stranger)
		}
	}},
	{"a queue of messages that nobody consumes at once", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		for i := range int64(4) {
			send := w.add(s, Producer, edge, start+took/2, start+took/2+1e6)
			work := w.add(send, Consumer, mailer, start+(2+i)*1e9, start+(3+i)*1e9)
			w.serve(w.call(work, i%2 == 0, work.Start, work.End), stock, true, work.Start+1e6, work.End-1e6, 1)
		}
	}},
}

// grow adds what a span causes: spans in between, calls, messages, and what they reach. All
// lies within the span's time, but for what messages bring about. A service that calls its
// caller back does so by a span: see confirm in search.go.
func (w *world) grow(from *made, caller uint32, start, end int64, depth int) {
	for range 1 + w.IntN(3) {
		at, room := from, (end-start)/4
		from, to := start+w.Int64N(room+1), end-w.Int64N(room+1)
		for range w.IntN(3) {
			at = w.add(at, [...]Kind{Internal, 0, Kind(6)}[w.IntN(3)], at.Service, from, to)
		}
		if depth == 0 {
			continue
		}
		next := 1 + (at.Service+uint32(w.IntN(3)))%stock
		inner := (to - from) / 5
		switch w.IntN(4) {
		case 0: // a message
			send := w.add(at, Producer, at.Service, from, from+1e6)
			wait := w.Int64N(2e9)
			work := w.add(send, Consumer, next, to+wait, to+wait+(to-from))
			w.grow(work, at.Service, work.Start-w.skew[next], work.End-w.skew[next], depth-1)
		case 1: // a call that is no span
			for next == at.Service || next == caller {
				next = 1 + next%stock
			}
			s := w.add(at, Server, next, from+inner, to-inner)
			s.request.Peer = [...]Peer{Ours, UnknownPeer}[w.IntN(2)]
			w.grow(s, at.Service, from+inner, to-inner, depth-1)
		default:
			s := w.add(w.add(at, Client, at.Service, from, to), Server, next, from+inner, to-inner)
			s.request.Peer = Peer(w.IntN(3))
			w.grow(s, at.Service, from+inner, to-inner, depth-1)
		}
	}
}

// TestAnyTreeOfServicesIsOneVisitForEachRequest grows trees of any shape below requests of
// visitors, pages and jobs.
func TestAnyTreeOfServicesIsOneVisitForEachRequest(t *testing.T) {
	for seed := range uint64(200) {
		w := newWorld(seed, simulatedWait, 400*time.Millisecond)
		for range 10 {
			w.newTrace()
			start, took := epoch+w.Int64N(20e9), 20e6+w.Int64N(3e9)
			callers := [...]*made{nil, {Span: Span{Key: w.key()}}, w.add(nil, Client, job, start-1e6, start+20*took)}
			for range 1 + w.IntN(4) {
				s := w.add(callers[w.IntN(3)], Server, 1+uint32(w.IntN(4)), start, start+took)
				visitOf(s, Peer(w.IntN(3)))
				w.grow(s, job, start, start+took, 3)
				start += w.Int64N(took)
			}
		}
		got := run(w.tracker, roads{delay: 4 * time.Second, repeated: 0.0}.payloads(w.Rand, w.spans))
		for _, s := range w.spans {
			if s.Kind == Server {
				require.Equal(t, s.isVisit, got.visits[s.Key] == 1, "seed %d, trace %d", seed, s.trace)
			}
		}
	}
}

// TestNoVisitVanishesWhateverIsLost grows trees of which payloads are lost, late and repeated,
// and services silent.
func TestNoVisitVanishesWhateverIsLost(t *testing.T) {
	for seed := range uint64(100) {
		w := newWorld(seed, simulatedWait, 3*time.Second)
		for range 10 {
			w.newTrace()
			start, took := epoch+w.Int64N(20e9), 20e6+w.Int64N(3e9)
			s := w.add([...]*made{nil, {Span: Span{Key: w.key()}}}[w.IntN(2)], Server, edge, start, start+took)
			visitOf(s, Peer(w.IntN(3)))
			w.grow(s, job, start, start+took, 3)
		}
		arrivals := roads{delay: 40 * time.Second, lost: 0.2, sampled: 0.2, repeated: 0.2}.payloads(w.Rand, w.spans)
		got := run(w.tracker, arrivals)
		for _, a := range arrivals {
			for _, s := range a.spans {
				require.False(t, s.isVisit && got.visits[s.Key] == 0, "seed %d, trace %d", seed, s.trace)
			}
		}
	}
}
