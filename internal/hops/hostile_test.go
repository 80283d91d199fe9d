// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// seed is one of the tests.
var seed = [4]uint64{0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3}

// smallTracker has room for little.
func smallTracker() *Tracker {
	return New(Settings{Wait: simulatedWait, MaxBytes: 1 << 20, Tolerance: time.Second, Seed: seed})
}

// key is the key of a span of one trace.
func key(n uint64) uint64 { return fold(n^0x2d358dccaa6c78a5, 0x8bb84b93962eacc9) | 1 }

// server is a server span of a trace that lasts for a second.
func server(key, parent uint64) Span {
	return Span{Key: key, Parent: parent, Start: epoch, End: epoch + 1e9, Service: app, Kind: Server}
}

func TestAMillionChildrenOfOneParentAreVisitsAndTakeBoundedMemory(t *testing.T) {
	tr := smallTracker()
	held, released := 0, 0
	yield := func(r Released) {
		if len(r.Visit) == 100 {
			released++
		}
	}
	visit := make([]byte, 100)
	spans := make([]Span, 1000)
	for payload := range uint64(1000) {
		for i := range spans {
			spans[i] = server(key(payload*1000+uint64(i)), 7)
		}
		tr.Note(0, spans)
		for i := range spans {
			if tr.Hold(0, &spans[i], Request{}, visit, 0) == Waits {
				held++
			}
		}
		tr.Expired(0, yield)
		load := tr.Load()
		require.LessOrEqual(t, load.IDBytes+load.WaitingBytes, 1<<20)
	}
	assert.Equal(t, 1_000_000, held)
	tr.Drain(0, yield)
	assert.Equal(t, held, released)
	assert.Empty(t, tr.waiting.awaited)
}

func TestManyChildrenSearchOnATraceOfAnyLengthForAFewSteps(t *testing.T) {
	tr := New(Settings{Wait: simulatedWait, MaxBytes: 1 << 30, Tolerance: time.Second, Seed: seed})
	const children = 5000
	for i := range uint64(children) {
		s := server(key(1<<20+i), 7)
		tr.Hold(0, &s, Request{Peer: Ours}, nil, 0)
	}
	woken := 0
	for again := range uint64(100) { // the second time nobody awaits it
		woken += tr.Note(0, []Span{{Key: 7, Parent: key(again % 2), Kind: Client, Start: epoch, End: epoch + 2e9}})
	}
	assert.Zero(t, woken)
	for i := range uint64(2 * maxSteps) { // a way up that never ends
		woken += tr.Note(0, []Span{{Key: key(i), Parent: key(i + 1), Kind: Client, Start: epoch, End: epoch + 2e9}})
	}
	assert.Zero(t, woken)
	assert.Empty(t, tr.waiting.awaited, "they have given up")
	visits := 0
	tr.Expired(simulatedWait, func(Released) { visits++ })
	assert.Equal(t, children, visits)
}

func TestATraceThatNeverEndsTakesBoundedMemory(t *testing.T) {
	tr := smallTracker()
	visits, want := 0, 0
	spans := make([]Span, 100)
	for round := range int64(2000) {
		now := time.Duration(round) * 100 * time.Millisecond
		for i := range spans {
			n := uint64(round*100+int64(i)) * 0x9e3779b97f4a7c15
			spans[i] = Span{Key: n | 1, Parent: n ^ 0xff<<20 | 1, Start: epoch, End: epoch + int64(now), Service: uint32(i), Kind: Kind(1 + i%5)}
		}
		tr.Note(now, spans)
		outside := server(uint64(round+1)*0x5851f42d4c957f2d|1, uint64(round+1)*0x14057b7ef767814f|1)
		if tr.Hold(now, &outside, Request{Peer: Ours}, []byte("visit"), 5) == Waits {
			want++
		}
		tr.Expired(now, func(Released) { visits++ })
		load := tr.Load()
		require.LessOrEqual(t, load.IDBytes+load.WaitingBytes, 1<<20)
	}
	tr.Drain(0, func(Released) { visits++ })
	assert.Equal(t, 2000, want)
	assert.Equal(t, want, visits)
}

func TestSpansOfOneIDAreKeptToAFew(t *testing.T) {
	tr := smallTracker()
	for i := range uint64(100_000) {
		tr.Note(0, []Span{{Key: 7, Parent: i + 10, Kind: Client, Start: epoch, End: epoch + 1e9}})
	}
	assert.LessOrEqual(t, len(tr.memory.young.noted), maxTwins)
}

func TestASpanWithoutUsableIDsIsAVisitAtOnceOrAfterTheWait(t *testing.T) {
	tr := smallTracker()
	assert.Zero(t, tr.Trace([16]byte{}).Key([8]byte{1}), "a trace without an id")
	assert.Zero(t, tr.Trace([16]byte{1}).Key([8]byte{}), "a span without an id")
	for name, s := range map[string]Span{"a root": server(5, 0), "its own parent": server(5, 5), "no ids": server(0, 0)} {
		tr.Note(0, []Span{s})
		assert.Equal(t, Visit, tr.Hold(0, &s, Request{Peer: Ours}, nil, 0), name)
	}
	s := server(0, 9)
	tr.Note(0, []Span{s, server(0, 0)})
	assert.Equal(t, Waits, tr.Hold(0, &s, Request{Peer: Ours}, nil, 0), "only a parent")
}

func TestOneSpanIDInTwoTracesIsTwoSpans(t *testing.T) {
	tr := smallTracker()
	root := server(tr.Trace([16]byte{1}).Key([8]byte{9}), 0)
	tr.Note(0, []Span{root})
	there := server(tr.Trace([16]byte{2}).Key([8]byte{1}), tr.Trace([16]byte{2}).Key([8]byte{9}))
	here := server(tr.Trace([16]byte{1}).Key([8]byte{1}), tr.Trace([16]byte{1}).Key([8]byte{9}))
	assert.Equal(t, Waits, tr.Hold(0, &there, Request{Peer: Ours}, nil, 0))
	assert.Equal(t, Hop, tr.Hold(0, &here, Request{Peer: Ours}, nil, 0))
}

func TestAClockThatJumpsLosesNoVisit(t *testing.T) {
	tr := smallTracker()
	visits := 0
	for i, now := range []time.Duration{1 << 60, 5 * time.Second, 0, -time.Hour, time.Hour} {
		s := server(uint64(i)+5, uint64(i)+50)
		tr.Note(now, []Span{s})
		require.Equal(t, Waits, tr.Hold(now, &s, Request{}, nil, 0))
	}
	tr.Expired(2*time.Hour, func(Released) { visits++ })
	tr.Drain(0, func(Released) { visits++ })
	assert.Equal(t, 5, visits)
}

func TestASpanOfNoKnownKindIsALink(t *testing.T) {
	for _, kind := range []Kind{0, 6, 7, 8, 200, 255} {
		tr := smallTracker()
		s := server(3, 2)
		require.Equal(t, Waits, tr.Hold(0, &s, Request{}, nil, 0))
		link := Span{Key: 2, Parent: 1, Kind: kind, Start: epoch, End: epoch + 1e9}
		assert.Zero(t, tr.Note(0, []Span{link, {Key: 4, Parent: 2, Kind: kind}}))
		root := server(1, 0)
		root.Service = edge
		assert.Equal(t, 1, tr.Note(0, []Span{root}), "kind %d", kind)
	}
}

func TestAKnownCallerStaysKnownWhenItsIDIsForgotten(t *testing.T) {
	tr := smallTracker()
	caller, s := server(2, 1), server(3, 2)
	caller.Service = edge
	tr.Note(0, []Span{caller})
	require.Equal(t, Waits, tr.Hold(0, &s, Request{Peer: Ours}, nil, 0))
	for i := range uint64(100_000) {
		tr.Note(0, []Span{{Key: key(i), Parent: key(i + 1), Kind: Client}})
	}
	require.False(t, tr.memory.remembers(&caller))
	assert.Equal(t, 1, tr.Expired(simulatedWait, func(Released) { t.Error("is a hop") }))
}

// TestTheSpansOfAPayloadAreKnownHoweverManyShareTheirIDs: some programs count their
// traces from 1 again.
func TestTheSpansOfAPayloadAreKnownHoweverManyShareTheirIDs(t *testing.T) {
	tr := smallTracker()
	for i := range int64(50) {
		above := Span{Key: 7, Start: epoch + i*10e9, End: epoch + i*10e9 + 1e9, Service: edge, Kind: Server}
		below := Span{Key: 8, Parent: 7, Start: above.Start, End: above.End, Service: app, Kind: Server}
		tr.Note(0, []Span{above, below})
		require.Equal(t, Hop, tr.Hold(0, &below, Request{}, nil, 0), "payload %d", i)
	}
}

// TestMemoryIsBoundedThoughNobodyLetsGo: the queue may be stuck.
func TestMemoryIsBoundedThoughNobodyLetsGo(t *testing.T) {
	tr := smallTracker()
	noRoom := 0
	for i := range uint64(10_000) {
		s := server(key(i), key(i|1<<40))
		if tr.Hold(0, &s, Request{}, make([]byte, 1000), 0) == NoRoom {
			noRoom++
		}
	}
	assert.Positive(t, noRoom)
	assert.LessOrEqual(t, tr.Load().WaitingBytes, 2*tr.maxWaiting()+2000)
}
