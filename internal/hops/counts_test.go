// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachRequestIsOneVisit(t *testing.T) {
	for _, top := range slices.Concat(topologies, oddTopologies) {
		t.Run(top.name, func(t *testing.T) {
			var y tally
			for seed := range uint64(8) {
				w := newWorld(seed, simulatedWait, 200*time.Millisecond)
				for range 50 {
					w.newTrace()
					top.make(w, epoch+w.Int64N(20e9), 10e6+w.Int64N(2e9))
				}
				arrivals := roads{delay: 4 * time.Second}.payloads(w.Rand, w.spans)
				got := run(w.tracker, arrivals)
				y.add(w.spans, got.visits, exact(arrivals, simulatedWait))
				for _, s := range w.spans {
					if s.Kind == Server {
						want := 0
						if s.isVisit {
							want = 1
						}
						require.Equal(t, want, got.visits[s.Key], "seed %d", seed)
					}
				}
			}
			assert.Equal(t, tally{y.requests, y.requests, y.requests, 0, 0}, y)
			assert.GreaterOrEqual(t, y.requests, 400)
		})
	}
}

// TestTheAnswerIsThatOfAWholeMemory compares with a memory of every span. run prints a
// row: the requests from outside, some of whose spans may be lost; the visits;
// those that the whole memory finds; and how many of its visits are missing, and how
// many more there are. None may ever be missing.
func TestTheAnswerIsThatOfAWholeMemory(t *testing.T) {
	for _, c := range []struct {
		name     string
		roads    roads
		skew     time.Duration
		maxBytes int
		differs  float64 // of the visits: how many more there may be
	}{
		{"within the wait", roads{delay: 4 * time.Second}, 200 * time.Millisecond, 32 << 20, 0},
		{"up to half the wait, repeated", roads{delay: 6 * time.Second, repeated: 0.2}, time.Second, 32 << 20, 0},
		{"up to the wait, repeated", roads{delay: 13 * time.Second, repeated: 0.2}, time.Second, 32 << 20, 0},
		// Of a chain that comes in pieces, two may be further apart than the wait, though
		// each comes within the wait of the server span.
		{"up to the wait, with little room", roads{delay: 13 * time.Second}, time.Second, 2 << 20, 0.001},
		{"a tenth lost", roads{delay: 8 * time.Second, lost: 0.1, repeated: 0.1}, 200 * time.Millisecond, 32 << 20, 0},
		{"a fifth sampled away", roads{delay: 8 * time.Second, sampled: 0.2}, 200 * time.Millisecond, 32 << 20, 0},
		{"up to twice the wait", roads{delay: 30 * time.Second}, 200 * time.Millisecond, 32 << 20, 0},
		{"up to twice the wait, with little room", roads{delay: 30 * time.Second}, 200 * time.Millisecond, 2 << 20, 0.3},
		{"up to four times the wait", roads{delay: time.Minute}, 200 * time.Millisecond, 32 << 20, 0.001},
		{"clocks 4 s apart, tolerance 1 s", roads{delay: 4 * time.Second}, 4 * time.Second, 32 << 20, 1.5},
		{"no room", roads{delay: 8 * time.Second}, 200 * time.Millisecond, 64 << 10, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			var y tally
			for seed := range uint64(4) {
				w := newWorld(seed, simulatedWait, c.skew)
				w.tracker = New(Settings{Wait: simulatedWait, MaxBytes: c.maxBytes, Tolerance: time.Second, Seed: w.tracker.settings.Seed})
				for range 30 {
					for _, top := range topologies {
						w.newTrace()
						top.make(w, epoch+w.Int64N(30e9), 10e6+w.Int64N(2e9))
					}
				}
				arrivals := c.roads.payloads(w.Rand, w.spans)
				got := run(w.tracker, arrivals)
				y.add(w.spans, got.visits, exact(arrivals, simulatedWait))
				require.Equal(t, got.decided, got.hops+sum(got.visits), "each is a hop or a visit")
			}
			t.Logf("%d requests, %d visits, exact %d: %d missing, %d more (%.2f %%)", y.requests, y.visits, y.exact, y.fewer, y.more, 100*float64(y.more)/float64(y.exact))
			assert.Zero(t, y.fewer)
			assert.LessOrEqual(t, float64(y.more), c.differs*float64(y.exact))
		})
	}
}

func sum(visits map[uint64]int) (n int) {
	for _, times := range visits {
		n += times
	}
	return n
}
