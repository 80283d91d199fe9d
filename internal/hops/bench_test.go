// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"runtime"
	"testing"
	"time"
)

// traffic makes payloads of requests to an edge, which has other spans below it. Of
// five spans, one serves.
type traffic struct {
	world   *world
	spans   []Span
	parent  uint64 // of each request; 0: none
	isQuiet bool   // no server span names a parent
	now     int64
}

func (f *traffic) fill(requests int) {
	f.spans = f.spans[:0]
	for range requests {
		f.now += 1e5
		start, end := epoch+f.now, epoch+f.now+20e6
		server := Span{Key: f.key(), Parent: f.parent, Start: start, End: end, Service: edge, Kind: Server}
		work := Span{Key: f.key(), Parent: server.Key, Start: start + 1e6, End: end - 1e6, Service: edge, Kind: Internal}
		for range 3 {
			f.spans = append(f.spans, Span{Key: f.key(), Parent: work.Key, Start: start + 2e6, End: end - 2e6, Service: edge, Kind: Client})
		}
		f.spans = append(f.spans, work, server)
	}
}

// key is as random as a key of Tracker.Key.
func (f *traffic) key() uint64 { return f.world.Uint64() | 1 }

// renew gives the spans of the payload other keys, and a later time.
func (f *traffic) renew() {
	other := f.key() &^ 1
	for i := range f.spans {
		s := &f.spans[i]
		s.Key ^= other
		if s.Parent != 0 {
			s.Parent ^= other
		}
	}
	f.now += 20e6
}

// later is the monotonic time of the traffic: 10,000 requests and 50,000 spans are a
// second.
func (f *traffic) later() time.Duration { return time.Duration(f.now) }

// ask has a server span name a parent that never comes.
func (f *traffic) ask() {
	s := Span{Key: f.key(), Parent: f.key(), Start: epoch + f.now, End: epoch + f.now, Service: app, Kind: Server}
	f.world.tracker.Hold(f.later(), &s, Request{}, nil, 0)
	f.world.tracker.Expired(f.later(), func(Released) {})
}

func newTraffic() *traffic { return &traffic{world: newWorld(1, 15*time.Second, 0)} }

// warm brings a tracker to 50,000 spans a second.
func (f *traffic) warm() {
	for f.now < 60e9 {
		f.fill(200)
		f.world.tracker.Note(f.later(), f.spans)
		if !f.isQuiet {
			f.ask()
		}
	}
}

// BenchmarkNote is a payload of 1,000 spans, of which 200 serve, at 50,000 spans a
// second.
func BenchmarkNote(b *testing.B) {
	for name, waiting := range map[string]int{"no server span names a parent": 0, "one waits": 1, "150,000 wait": 150_000} {
		b.Run(name, func(b *testing.B) {
			f := newTraffic()
			f.isQuiet = waiting == 0
			f.warm()
			f.fill(200)
			for range waiting {
				s := Span{Key: f.key(), Parent: f.key(), Start: epoch + f.now, End: epoch + f.now, Service: app, Kind: Server}
				f.world.tracker.Hold(f.later()+time.Hour, &s, Request{}, nil, 0)
			}
			b.ReportAllocs()
			for b.Loop() {
				f.renew()
				f.world.tracker.Note(f.later(), f.spans)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/span")
		})
	}
}

// BenchmarkKeys are the keys of a span and its parent.
func BenchmarkKeys(b *testing.B) {
	f := newTraffic()
	trace, span := [16]byte{1, 2}, [8]byte{3}
	keys := uint64(0)
	for b.Loop() {
		trace[0]++
		t := f.world.tracker.Trace(trace)
		keys ^= t.Key(span) ^ t.Key([8]byte{4})
	}
	if keys == 1 {
		b.Fatal("unlikely")
	}
}

// BenchmarkHold is a server span whose parent never comes, and one whose parent is
// known.
func BenchmarkHold(b *testing.B) {
	visit := make([]byte, 400)
	b.Run("waits", func(b *testing.B) {
		f := newTraffic()
		f.warm()
		b.ReportAllocs()
		for b.Loop() {
			s := Span{Key: f.key(), Parent: f.key(), Start: epoch + f.now, End: epoch + f.now, Service: app, Kind: Server}
			f.world.tracker.Hold(f.later(), &s, Request{}, visit, 0)
			f.now += 1e5
			f.world.tracker.Expired(f.later(), func(Released) {})
		}
	})
	b.Run("is a hop", func(b *testing.B) {
		f := newTraffic()
		f.warm()
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			s := Span{Key: f.key(), Parent: f.spans[i%1000/5*5].Key, Start: f.spans[0].Start, End: f.spans[0].End, Service: app, Kind: Server}
			if f.world.tracker.Hold(f.later(), &s, Request{Peer: Ours}, visit, 0) == Visit {
				b.Fatal("has a parent")
			}
			i++
		}
	})
	b.Run("root", func(b *testing.B) {
		f := newTraffic()
		s := Span{Key: f.key(), Parent: 0, Start: epoch, End: epoch, Service: app, Kind: Server}
		b.ReportAllocs()
		for b.Loop() {
			f.world.tracker.Hold(f.later(), &s, Request{}, visit, 0)
		}
	})
}

// BenchmarkMemory is what 50,000 spans a second take: under roots, under parents that
// never come, and with 1,000 visits a second that wait, or all 10,000.
//
// A packed visit of a long user agent, a path and two addresses has 340 bytes.
func BenchmarkMemory(b *testing.B) {
	visit := make([]byte, 340)
	for name, c := range map[string]struct {
		parent  uint64
		waiting int // of 200 requests
	}{"roots": {0, 0}, "open": {7, 0}, "a tenth waits": {7, 20}, "all wait": {7, 200}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				f := newTraffic()
				f.world.tracker = New(Settings{Wait: 15 * time.Second, MaxBytes: defaultMemory, Tolerance: time.Second})
				f.parent = c.parent
				released := 0
				for f.now < 60e9 {
					f.fill(200)
					f.world.tracker.Note(f.later(), f.spans)
					for i := range c.waiting {
						f.spans[5*i+4].Parent = f.key()
						f.world.tracker.Hold(f.later(), &f.spans[5*i+4], Request{}, visit, 0)
					}
					f.world.tracker.Expired(f.later(), func(Released) { released++ })
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				load := f.world.tracker.Load()
				b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
				b.ReportMetric(float64(load.IDBytes)/(1<<20), "MiB-ids")
				b.ReportMetric(float64(load.WaitingBytes)/(1<<20), "MiB-waiting")
			}
		})
	}
}
