// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func released(from func(yield func(Released)) int) (visits []Released, hops int) {
	hops = from(func(r Released) { visits = append(visits, r) })
	return visits, hops
}

func TestAVisitWaitsForItsTimeAndNoLonger(t *testing.T) {
	tr := smallTracker()
	_, waits := tr.Next(0)
	assert.False(t, waits)
	for i, at := range []time.Duration{0, time.Second} {
		s := server(uint64(i)+1, 9)
		require.Equal(t, Waits, tr.Hold(at, &s, Request{}, []byte{byte('a' + i)}, 1))
	}
	wait, waits := tr.Next(time.Second)
	assert.True(t, waits)
	assert.Equal(t, simulatedWait-time.Second, wait)
	early, _ := released(func(y func(Released)) int { return tr.Expired(simulatedWait-1, y) })
	assert.Empty(t, early)
	first, _ := released(func(y func(Released)) int { return tr.Expired(simulatedWait, y) })
	assert.Equal(t, []Released{{Visit: "a"}}, first)
	second, _ := released(func(y func(Released)) int { return tr.Expired(simulatedWait+time.Second, y) })
	assert.Equal(t, []Released{{Visit: "b"}}, second)
	assert.Equal(t, 0, tr.Load().Waiting)
	assert.Equal(t, 0, tr.Load().WaitingBytes)
}

func TestAHopStopsWaitingWhenItsAncestorComes(t *testing.T) {
	tr := smallTracker()
	s := server(3, 2)
	require.Equal(t, Waits, tr.Hold(0, &s, Request{}, []byte("inner"), 5))
	assert.Equal(t, 0, tr.Note(time.Second, []Span{{Key: 2, Parent: 1, Kind: Client, Start: epoch, End: epoch + 1e9}}))
	assert.Equal(t, 1, tr.Note(2*time.Second, []Span{server(1, 0)}))
	assert.Equal(t, Load{IDBytes: tr.Load().IDBytes}, tr.Load())
	assert.Empty(t, tr.waiting.awaited)
}

func TestAtShutdownAllThatWaitsIsYielded(t *testing.T) {
	tr := smallTracker()
	for i := range uint64(100) {
		s := server(i+1, i+1000)
		tr.Hold(time.Second, &s, Request{}, []byte{byte(i)}, 0)
	}
	visits, hops := released(func(y func(Released)) int { return tr.Drain(2*time.Second, y) })
	require.Len(t, visits, 100)
	assert.Zero(t, hops)
	for i, r := range visits {
		assert.Equal(t, Released{Visit: string([]byte{byte(i)}), TooShort: true}, r)
	}
}

func TestTheOldestGoOnWhenThereIsNoRoom(t *testing.T) {
	tr := smallTracker()
	for i := range uint64(600) {
		s := server(i+1, i+5000)
		tr.Hold(0, &s, Request{}, append(make([]byte, 1000), byte(i)), 0)
	}
	visits, _ := released(func(y func(Released)) int { return tr.Expired(0, y) })
	require.NotEmpty(t, visits)
	for i, r := range visits {
		assert.True(t, r.TooShort)
		assert.Equal(t, byte(i), r.Visit[1000])
	}
	assert.Equal(t, 600, len(visits)+tr.Load().Waiting)
	assert.LessOrEqual(t, tr.Load().WaitingBytes, 1<<19)
}

func TestWithoutAWaitNothingWaits(t *testing.T) {
	tr := New(Settings{MaxBytes: 1 << 20, Tolerance: time.Second})
	s := server(3, 1)
	assert.Equal(t, Visit, tr.Hold(0, &s, Request{Peer: Ours}, nil, 0))
	tr.Note(0, []Span{server(1, 0)})
	assert.Equal(t, Hop, tr.Hold(0, &s, Request{Peer: Ours}, nil, 0))
}

func TestPayloadsMayComeFromSeveralGoroutines(t *testing.T) {
	tr := smallTracker()
	var all sync.WaitGroup
	var mu sync.Mutex
	visits, hops := 0, 0
	for g := range uint64(4) {
		all.Go(func() {
			for i := range uint64(500) {
				outer, inner := server(g*10000+2*i+1, 0), server(g*10000+2*i+2, g*10000+2*i+1)
				found := tr.Note(0, []Span{inner})
				if tr.Hold(0, &inner, Request{Peer: Ours}, nil, 0) == Hop {
					found++
				}
				found += tr.Note(0, []Span{outer})
				mu.Lock()
				hops += found
				mu.Unlock()
			}
		})
	}
	all.Wait()
	hops += tr.Drain(0, func(Released) { visits++ })
	assert.Equal(t, 2000, hops)
	assert.Zero(t, visits)
}
