// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAFactKnowsTheTimeOfItsSpan compares with exact times. A serving span is off by
// two ticks at most. One in between is off by two seconds after its end, and before its
// start by as long as it took.
func TestAFactKnowsTheTimeOfItsSpan(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		took := int64(random.ExpFloat64() * 1e9)
		s := Span{Key: 1, Parent: 2, Start: epoch + random.Int64N(1e15), Kind: Kind(1 + random.IntN(5))}
		s.End = s.Start + took
		f := factOf(&s)
		at := s.Start + random.Int64N(40e9) - 20e9
		after, before := f.distance(at)
		slack, early := int64(2)<<tickBits, int64(2)<<tickBits
		if !s.Kind.serves() {
			slack, early = 2e9, 3e9+took
		}
		require.LessOrEqual(t, after, at-s.End, "never later than it is")
		require.GreaterOrEqual(t, after, at-s.End-slack)
		require.LessOrEqual(t, before, s.Start-at+1e9)
		require.GreaterOrEqual(t, before, s.Start-at-early)
		if !s.Kind.serves() {
			earliest, latest, end := f.span(s.Start + random.Int64N(200e9))
			require.LessOrEqual(t, earliest, s.Start)
			require.GreaterOrEqual(t, latest+2e9, s.Start)
			require.InDelta(t, s.End, end, 1e9)
		}
	}
}

func TestAFactKeepsKindServiceAndAnchor(t *testing.T) {
	for kind := Internal; kind <= Consumer; kind++ {
		s := Span{Key: 1<<64 - 1, Parent: 5, Start: epoch, End: epoch + 1e6, Service: 0x155, Kind: kind}
		f := factOf(&s)
		assert.Equal(t, kind, f.kind())
		assert.True(t, f.isOf(0x155))
		assert.False(t, f.isOf(0x154))
		assert.False(t, f.isAnchored())
		f.anchor()
		assert.True(t, f.isAnchored())
		assert.True(t, f.isOf(0x155))
		assert.Equal(t, kind, f.kind())
		assert.True(t, f.during(epoch, 0, 0))
	}
}

func TestASpanWithoutTimesContainsNothing(t *testing.T) {
	for kind := Internal; kind <= Consumer; kind++ {
		for _, s := range []Span{{Start: 0, End: epoch}, {Start: epoch, End: epoch - 1}, {}} {
			s.Key, s.Kind = 1, kind
			f := factOf(&s)
			assert.False(t, f.during(epoch, int64(time.Hour), int64(time.Hour)))
			assert.False(t, f.during(0, int64(time.Hour), int64(time.Hour)))
		}
	}
}

func TestVeryLongSpansContainTheirTime(t *testing.T) {
	for kind := Internal; kind <= Consumer; kind++ {
		for _, took := range []time.Duration{time.Minute, time.Hour, 10 * time.Hour, 100 * time.Hour} {
			s := Span{Key: 1, Parent: 2, Start: epoch, End: epoch + int64(took), Kind: kind}
			f := factOf(&s)
			assert.True(t, f.during(s.End-30e9, 0, 0), "%v of %v", kind, took)
			assert.False(t, f.during(s.End+30e9, 0, 0), "%v of %v", kind, took)
		}
	}
}

// TestLongSpansContainTheTimesFromTheirStartToTheirEnd: what is below a connection that is
// open for minutes or an hour begins with it.
func TestLongSpansContainTheTimesFromTheirStartToTheirEnd(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 1))
	for range 20_000 {
		took := time.Minute + time.Duration(random.Int64N(int64(120*time.Minute)))
		s := Span{Key: 1, Parent: 2, Start: epoch + random.Int64N(1e15), Kind: Kind(1 + random.IntN(5))}
		s.End = s.Start + int64(took)
		f := factOf(&s)
		for _, at := range []int64{s.Start, s.Start + random.Int64N(int64(took)), s.End} {
			require.True(t, f.during(at, 0, 0), "%v, a span of %v at %v", s.Kind, took, time.Duration(at-s.Start))
			earliest, latest, end := f.span(at)
			if !s.Kind.serves() {
				require.LessOrEqual(t, earliest, s.Start)
				require.GreaterOrEqual(t, latest+2e9, s.Start)
				require.InDelta(t, s.End, end, 2e9+float64(took)/128)
			}
		}
		require.False(t, f.during(s.End+int64(2*time.Second+took/128), 0, 0), "%v, a span of %v", s.Kind, took)
	}
}
