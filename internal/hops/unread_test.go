// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhereNoServerSpanNamesAParentSpansStayUnread(t *testing.T) {
	f := newTraffic()
	f.isQuiet = true
	f.warm()
	m := f.world.tracker.memory
	assert.Empty(t, m.young.noted)
	assert.Empty(t, m.blocks)
	assert.Less(t, m.unread.bytes, 50_000*21*5, "of four seconds, and one that is not over: four of five spans take 16 bytes, and one 32")
	f.ask()
	assert.Empty(t, m.unread.chunks)
	assert.Zero(t, m.unread.bytes)
	assert.Positive(t, m.bytes)
}

// TestAHopIsKnownThoughItsParentWasUnread: a server span under the last span of an edge, which was
// noted long before or just now.
func TestAHopIsKnownThoughItsParentWasUnread(t *testing.T) {
	for _, before := range []time.Duration{0, time.Second, leastKeep - time.Second} {
		f := newTraffic()
		f.isQuiet = true
		f.warm()
		f.fill(1)
		call := f.spans[0]
		f.world.tracker.Note(f.later(), f.spans)
		for until := f.later() + before; f.later() < until; {
			f.fill(200)
			f.world.tracker.Note(f.later(), f.spans)
		}
		inner := Span{Key: f.key(), Parent: call.Key, Start: call.Start + 1e6, End: call.End - 1e6, Service: app, Kind: Server}
		assert.Equal(t, Hop, f.world.tracker.Hold(f.later(), &inner, Request{Peer: Ours}, nil, 0), before)
	}
}

// TestSpansOfOneIDStayBoundedWhenTheyAreRead: entering each takes no longer than the first.
func TestSpansOfOneIDStayBoundedWhenTheyAreRead(t *testing.T) {
	tr := smallTracker()
	for i := range int64(50_000) {
		tr.Note(0, []Span{{Key: 1, Parent: 2, Kind: Internal, Start: i * 1e9, End: i*1e9 + 1}})
	}
	require.NotEmpty(t, tr.memory.unread.chunks)
	tr.Hold(0, &Span{Key: 3, Parent: 4, Kind: Server}, Request{}, nil, 0)
	assert.Empty(t, tr.memory.unread.chunks)
	assert.LessOrEqual(t, len(tr.memory.young.noted), maxTwins)
}

func TestFewSpansTakeLittleMemoryWhileTheyAreUnread(t *testing.T) {
	tr := smallTracker()
	for i := range uint64(600) {
		tr.Note(time.Duration(i)*100*time.Millisecond, []Span{{Key: key(i), Kind: Internal, Parent: key(i + 1)}})
	}
	assert.Less(t, tr.memory.unread.bytes, 600*24*2)
}
