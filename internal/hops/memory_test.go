// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// remembers says whether a span is remembered as it was noted.
func (m *memory) remembers(s *Span) bool {
	for found := m.find(s.Key); ; {
		f, ok := found.next()
		if !ok || f.kind() == s.Kind {
			return ok
		}
	}
}

func TestEachSpanIsRememberedForAWaitAndLongerWhileThatIsLittle(t *testing.T) {
	for maxBytes, longest := range map[int]time.Duration{2 << 20: simulatedWait, 256 << 20: 4 * simulatedWait} {
		rememberFor(t, maxBytes, true, longest)
	}
}

func TestWhereNoServerSpanNamesAParentSpansAreRememberedForFourSecondsUnlessThatIsLittle(t *testing.T) {
	for maxBytes, longest := range map[int]time.Duration{400 << 10: leastKeep, 256 << 20: 4 * simulatedWait} {
		rememberFor(t, maxBytes, false, longest)
	}
}

// TestFromTheFirstServerSpanThatNamesAParentOnSpansAreRememberedForAWait: of those before it, the last
// four seconds.
func TestFromTheFirstServerSpanThatNamesAParentOnSpansAreRememberedForAWait(t *testing.T) {
	const between, asked = 2500 * time.Microsecond, 6 * simulatedWait
	tr := New(Settings{Wait: simulatedWait, MaxBytes: 400 << 10, Seed: seed})
	spanAt := func(at time.Duration) *Span {
		return &Span{Key: key(uint64(at)), Parent: key(uint64(at) | 1<<62), Kind: Internal, Start: epoch, End: epoch + 1}
	}
	for now := time.Duration(0); now < 13*simulatedWait; now += between {
		if now == asked {
			tr.Hold(now, &Span{Key: 1, Parent: 2, Kind: Server}, Request{}, nil, 0)
		}
		tr.Note(now, []Span{*spanAt(now)})
		if now%(250*between) != 0 || now < asked {
			continue
		}
		keeps := simulatedWait
		if now >= asked+4*simulatedWait {
			keeps = leastKeep
		}
		for at := max(now-keeps, asked-leastKeep); at <= now; at += between {
			require.True(t, tr.memory.remembers(spanAt(at)), "%s after %s", at, now)
		}
		forgotten := spanAt(now - keeps - 2*simulatedWait/parts)
		require.False(t, tr.memory.remembers(forgotten), now)
	}
	assert.Zero(t, tr.Load().Forgotten)
}

func TestSpansTakeTheSameMemoryIfTheirParentsComeFirstOrLast(t *testing.T) {
	var bytes [2]int
	for parentsFirst := range bytes {
		f := newTraffic()
		f.ask()
		for range 100 {
			f.fill(200)
			if parentsFirst == 1 {
				slices.Reverse(f.spans)
			}
			f.world.tracker.Note(f.later(), f.spans)
		}
		f.world.tracker.Note(f.later()+time.Second, nil) // makes a block of them
		bytes[parentsFirst] = f.world.tracker.memory.bytes
	}
	assert.Equal(t, bytes[0], bytes[1])
	assert.Less(t, bytes[0], 100*1000*12, "four of five take one word, and one three")
}

// rememberFor expects that spans are remembered for so long, and for a part longer at
// most.
func rememberFor(t *testing.T, maxBytes int, asks bool, longest time.Duration) {
	t.Helper()
	tr := New(Settings{Wait: simulatedWait, MaxBytes: maxBytes, Seed: seed})
	type noted struct {
		at   time.Duration
		span Span
	}
	var all []noted
	for i := range uint64(40_000) {
		now := time.Duration(i) * 2500 * time.Microsecond
		s := Span{Key: key(i), Parent: key(i | 1<<32), Kind: Kind(1 + i%5), Start: epoch, End: epoch + 1}
		tr.Note(now, []Span{s})
		if asks {
			called := Span{Key: key(i | 1<<33), Parent: key(i | 1<<34), Kind: Server}
			tr.Hold(now, &called, Request{}, nil, 0)
			tr.Expired(now, func(Released) {})
		}
		all = append(all, noted{now, s})
		if i%4000 != 0 {
			continue
		}
		for _, n := range all {
			switch {
			case now-n.at <= longest:
				require.True(t, tr.memory.remembers(&n.span))
			case now-n.at > longest+simulatedWait/parts:
				require.False(t, tr.memory.remembers(&n.span))
			}
		}
	}
	assert.Zero(t, tr.Load().Forgotten)
}

// TestNoSpanIsTakenForAnother looks for 100,000 keys that are not there among 100,000
// that are. A key matches if it shares 38 bits with one of the few facts that a search
// passes, so that happens once in some ten thousand millions of searches.
func TestNoSpanIsTakenForAnother(t *testing.T) {
	m := newMemory(simulatedWait, 64<<20)
	for i := range uint64(100_000) {
		s := Span{Key: key(i), Parent: 1, Kind: Kind(1 + i%5)}
		f := factOf(&s)
		m.put(0, s.Key, &f)
	}
	for i := range uint64(100_000) {
		found := m.find(key(i + 1<<32))
		_, ok := found.next()
		require.False(t, ok)
		found = m.find(key(i))
		_, ok = found.next()
		require.True(t, ok)
	}
}

func TestIDsTakeNoMoreThanTheirRoom(t *testing.T) {
	for _, maxBytes := range []int{64 << 10, 1 << 20, 8 << 20} {
		takeNoMoreThanTheirRoom(t, maxBytes, false)
		takeNoMoreThanTheirRoom(t, maxBytes, true)
	}
}

func takeNoMoreThanTheirRoom(t *testing.T, maxBytes int, asks bool) {
	t.Helper()
	tr := New(Settings{Wait: simulatedWait, MaxBytes: maxBytes, Seed: seed})
	for i := range uint64(400_000) {
		now := time.Duration(i) * time.Microsecond
		if asks {
			tr.memory.ask(now)
		}
		tr.Note(now, []Span{{Key: key(i), Parent: key(i + 1), Kind: Kind(1 + i%5), Start: epoch, End: epoch}})
		if i%100 == 0 {
			require.LessOrEqual(t, tr.Load().IDBytes, maxBytes/2)
		}
	}
	latest := Span{Key: key(400_000 - 1), Kind: Kind(1 + (400_000-1)%5)}
	assert.True(t, tr.memory.remembers(&latest))
	assert.LessOrEqual(t, tr.Load().IDBytes, maxBytes/2, "when all is read")
}

// TestFiftyThousandSpansASecondTakeLittleMemory holds what docs/performance.md says:
// a tenth of the requests wait, and none begins at a root.
func TestFiftyThousandSpansASecondTakeLittleMemory(t *testing.T) {
	f := newTraffic()
	f.parent = 7
	f.world.tracker = New(Settings{Wait: simulatedWait, MaxBytes: defaultMemory, Tolerance: time.Second, Seed: seed})
	visit := make([]byte, 340)
	for f.now < 40e9 {
		f.fill(200)
		f.world.tracker.Note(f.later(), f.spans)
		for i := range 20 {
			f.spans[5*i+4].Parent = f.key()
			f.world.tracker.Hold(f.later(), &f.spans[5*i+4], Request{}, visit, 160)
		}
		f.world.tracker.Expired(f.later(), func(Released) {})
		load := f.world.tracker.Load()
		require.LessOrEqual(t, load.IDBytes+load.WaitingBytes, 24<<20)
	}
	assert.Zero(t, f.world.tracker.Load().Forgotten)
}

func TestNotingAndSearchingAllocateNothing(t *testing.T) {
	f := newTraffic()
	f.warm()
	f.fill(200)
	server := f.spans[4]
	child := Span{Key: 1, Parent: server.Key, Start: server.Start, End: server.End, Service: app, Kind: Server}
	assert.Zero(t, testing.AllocsPerRun(500, func() {
		f.renew()
		f.world.tracker.Note(f.later(), f.spans)
		child.Parent = f.spans[4].Key
		if f.world.tracker.Hold(f.later(), &child, Request{Peer: Ours}, nil, 0) != Hop {
			t.Error("the parent is known")
		}
	}))
}

// TestKeysDifferInEachBit changes one bit of an id at a time: home and print of the key
// change by half of their bits on average.
func TestKeysDifferInEachBit(t *testing.T) {
	tr := smallTracker()
	trace, span := [16]byte{1, 2, 3}, [8]byte{9}
	was := tr.Trace(trace).Key(span)
	for bit := range 192 {
		trace, span := trace, span
		if bit < 128 {
			trace[bit/8] ^= 1 << (bit % 8)
		} else {
			span[bit/8-16] ^= 1 << (bit % 8)
		}
		differs := tr.Trace(trace).Key(span) ^ was
		assert.Greater(t, bits.OnesCount64(differs&printMask), 5, "bit %d", bit)
		assert.Greater(t, bits.OnesCount64(differs&^printMask), 3, "bit %d", bit)
	}
}
