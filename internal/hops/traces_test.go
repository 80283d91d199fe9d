// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"math/rand/v2"
	"time"
)

// made is a span of the simulation, and what is true of it.
type made struct {
	Span
	trace   int
	request Request
	isVisit bool // a request from outside reaches it
}

// epoch is when the simulation begins.
const epoch = int64(1_790_000_000e9)

// world makes traces.
type world struct {
	*rand.Rand
	tracker *Tracker
	skew    map[uint32]int64 // how far a service's clock is ahead, in nanoseconds
	trace   [16]byte
	traces  int
	spans   []*made
}

func (w *world) newTrace() {
	w.traces++
	for i := range w.trace {
		w.trace[i] = byte(1 + w.IntN(255))
	}
}

func (w *world) key() uint64 {
	var id [8]byte
	for i := range id {
		id[i] = byte(1 + w.IntN(255))
	}
	return w.tracker.Trace(w.trace).Key(id)
}

// add makes a span of a service. Times are as an exact clock would have them.
func (w *world) add(parent *made, kind Kind, service uint32, start, end int64) *made {
	m := &made{trace: w.traces, Span: Span{Key: w.key(), Kind: kind, Service: service, Start: start + w.skew[service], End: end + w.skew[service]}}
	if parent != nil {
		m.Parent = parent.Key
	}
	if kind == Server {
		m.request.Peer = Ours
	}
	w.spans = append(w.spans, m)
	return m
}

// The services of the simulation.
const (
	edge uint32 = iota + 1
	app
	cart
	stock
	page
	job
	mailer
	sidecar
)

// inner are an application's own spans: those of its framework around the work, and
// the call if it is instrumented. It returns the span whose id travels on.
func (w *world) call(from *made, instrumented bool, start, end int64) *made {
	at := from
	for range w.IntN(3) {
		at = w.add(at, Internal, from.Service, start, end)
	}
	if instrumented {
		at = w.add(at, Client, from.Service, start, end)
	}
	return at
}

// serve adds a server span that was called, and what it calls, depth services deep.
func (w *world) serve(parent *made, service uint32, instrumented bool, start, end int64, depth int) *made {
	s := w.add(parent, Server, service, start, end)
	if depth > 0 {
		third := (end - start) / 3
		for range 1 + w.IntN(3) {
			next := min(service+1+uint32(w.IntN(2)), stock)
			w.serve(w.call(s, instrumented, start+third, end-third), next, instrumented, start+third+third/4, end-third-third/4, depth-1)
		}
	}
	return s
}

// topology adds the spans of one arrangement of callers and services.
type topology struct {
	name string
	make func(w *world, start, took int64)
}

func visitOf(s *made, peer Peer) {
	s.isVisit, s.request.Peer = true, peer
}

var topologies = []topology{
	{"a proxy and an application", func(w *world, start, took int64) {
		visitOf(w.serve(nil, edge, false, start, start+took, 1), Stranger)
	}},
	{"a proxy that calls, and an application", func(w *world, start, took int64) {
		visitOf(w.serve(nil, edge, true, start, start+took, 1), Stranger)
	}},
	{"fan-out three deep", func(w *world, start, took int64) {
		visitOf(w.serve(nil, edge, true, start, start+took, 3), Stranger)
	}},
	{"fan-out three deep without client spans", func(w *world, start, took int64) {
		visitOf(w.serve(nil, edge, false, start, start+took, 3), Stranger)
	}},
	{"services that call each other back", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		there := w.serve(w.call(s, true, start, start+took), app, true, start+took/5, start+4*took/5, 0)
		w.serve(w.call(there, true, start+took/5, start+4*took/5), edge, true, start+2*took/5, start+3*took/5, 1)
	}},
	{"a client's traceparent", func(w *world, start, took int64) {
		visitor := &made{Span: Span{Key: w.key()}}
		visitOf(w.serve(visitor, edge, true, start, start+took, 2), Stranger)
	}},
	{"a page's twenty fetches", func(w *world, start, took int64) {
		load := w.add(nil, Internal, page, start, start+30*took)
		for i := range int64(20) {
			at := start + i*took
			fetch := w.add(load, Client, page, at, at+took+20e6)
			visitOf(w.serve(fetch, edge, i%2 == 0, at+10e6, at+10e6+took, 1), Stranger)
		}
	}},
	{"a load generator", func(w *world, start, took int64) {
		call := w.add(nil, Client, job, start, start+took+2e6)
		visitOf(w.serve(call, edge, true, start+1e6, start+1e6+took, 1), Ours)
	}},
	{"a cron job", func(w *world, start, took int64) {
		run := w.add(nil, Internal, job, start, start+3*took)
		for i := range int64(3) {
			at := start + i*took
			visitOf(w.serve(w.call(run, true, at, at+took), cart, true, at+1e6, at+took-1e6, 1), Ours)
		}
	}},
	{"a message's consumer", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		send := w.add(s, Producer, edge, start+took/2, start+took/2+1e6)
		work := w.add(send, Consumer, mailer, start+2*took, start+5*took)
		w.serve(w.call(work, true, start+3*took, start+4*took), stock, true, start+3*took+1e6, start+4*took-1e6, 0)
	}},
	{"a worker that outlives the edge", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		call := w.add(s, Client, edge, start+took/2, start+took/2+10e6)
		w.serve(call, mailer, true, start+took/2+1e6, start+took+3e9, 1)
	}},
	{"a worker without a server span", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		send := w.add(s, Producer, edge, start+took/2, start+took/2+1e6)
		run := w.add(send, Internal, mailer, start+2*took, start+5*took)
		w.serve(w.call(run, true, start+3*took, start+4*took), cart, false, start+3*took+1e6, start+4*took-1e6, 1)
	}},
	{"sidecars", func(w *world, start, took int64) {
		s := w.serve(nil, edge, true, start, start+took, 0)
		visitOf(s, Stranger)
		out := w.add(w.call(s, w.IntN(2) == 0, start+1e6, start+took-1e6), Client, sidecar, start+2e6, start+took-2e6)
		w.serve(out, app, true, start+3e6, start+took-3e6, 1)
	}},
}

// newWorld makes a world and its tracker from a seed. The clocks of its services differ
// by at most skew.
func newWorld(seed uint64, wait time.Duration, skew time.Duration) *world {
	random := rand.New(rand.NewPCG(seed, 14))
	w := &world{Rand: random, skew: map[uint32]int64{}}
	w.tracker = New(Settings{
		Wait: wait, MaxBytes: 32 << 20, Tolerance: time.Second,
		Seed: [4]uint64{random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()},
	})
	for service := edge; service <= sidecar; service++ {
		w.skew[service] = int64((random.Float64() - 0.5) * float64(skew))
	}
	return w
}
