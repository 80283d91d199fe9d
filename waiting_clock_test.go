// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// wallClock is one that somebody sets. The monotonic clock beside it is the bubble's.
type wallClock struct{ ahead atomic.Int64 }

func (c *wallClock) now() time.Time { return c.set(time.Now().Round(0)) }

// set is a time as the clock shows it.
func (c *wallClock) set(t time.Time) time.Time { return t.Add(time.Duration(c.ahead.Load())) }

// jump sets the clock by up to a day, at least an hour.
func (c *wallClock) jump(random *rand.Rand) {
	by := time.Hour + time.Duration(random.Int64N(int64(23*time.Hour)))
	if random.IntN(2) == 0 {
		by = -by
	}
	c.ahead.Add(int64(by))
}

// traces is a payload of spans that ended at a time, which the clock shows as it is set now.
func (c *wallClock) traces(ended time.Time, spans ...hopSpan) ptrace.Traces {
	ended = c.set(ended)
	td := hopTraces(spans...)
	for _, rs := range td.ResourceSpans().All() {
		span := rs.ScopeSpans().At(0).Spans().At(0)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(ended.Add(-10 * time.Millisecond)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(ended))
	}
	return td
}

// clockRig is a rig whose wall clock can be set.
func clockRig(t *testing.T, api *fakeapi.API, disk *fixture.Disk) (*rig, *wallClock) {
	t.Helper()
	clock := &wallClock{}
	r := directRig(t, api, disk, asItIs)
	r.traces.(*tracesExporter).intake.wall = clock.now
	return r, clock
}

func TestAWallClockThatJumpsMakesNoWaitShorterOrLonger(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"ahead": 5 * time.Hour, "back": -5 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				r, clock := clockRig(t, api, nil)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), clock.traces(time.Now(), strayHop(1))))
				<-time.After(7 * time.Second)
				clock.ahead.Store(int64(ahead))
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), clock.traces(time.Now(), strayHop(2))))
				<-time.After(7 * time.Second)
				assert.Zero(t, r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "visit"))
				<-time.After(2 * time.Second)
				assert.EqualValues(t, 1, r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "visit"))
				<-time.After(7 * time.Second)
				assert.EqualValues(t, 2, r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "visit"))
				r.shutdown(t)
				assert.ElementsMatch(t, []string{"/1", "/2"}, deliveredPaths(api))
			})
		})
	}
}

// TestAWallClockThatJumpsLosesNoVisit sets the clock at any moment of requests that a proxy
// and an application serve. Both, and the Collector, are on the machine whose clock it is.
func TestAWallClockThatJumpsLosesNoVisit(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 3))
			api := fakeapi.New(fakeapi.Settings{})
			disk := bothQueues()[[...]string{"in memory", "on disk"}[seed%2]]
			r, clock := clockRig(t, api, disk)
			var requests, jumped []string
			for i := range 15 {
				path, id := "/"+strconv.Itoa(i), byte(10*i)
				spans := []hopSpan{
					{service: "edge", id: id + 1, kind: serverSpan, path: path},
					{service: "edge", id: id + 2, parent: id + 1, kind: clientSpan, path: path},
					{service: "app", id: id + 3, parent: id + 2, kind: serverSpan, path: path},
				}
				slices.Reverse(spans)
				if random.IntN(2) == 0 {
					random.Shuffle(len(spans), func(a, b int) { spans[a], spans[b] = spans[b], spans[a] })
				}
				requests = append(requests, path)
				ended := time.Now()
				for j, s := range spans {
					if random.IntN(6) == 0 {
						if clock.jump(random); j > 0 {
							jumped = append(jumped, path)
						}
					}
					require.NoError(t, r.traces.ConsumeTraces(t.Context(), clock.traces(ended, s)))
					<-time.After(time.Duration(random.Int64N(int64(3 * time.Second))))
				}
			}
			<-time.After(time.Minute)
			r.shutdown(t)
			times := map[string]int{}
			for _, path := range deliveredPaths(api) {
				times[path]++
			}
			for _, path := range requests {
				most := 1
				if slices.Contains(jumped, path) {
					most = 2
				}
				assert.Positive(t, times[path], "seed %d, request %s", seed, path)
				assert.LessOrEqual(t, times[path], most, "seed %d, request %s", seed, path)
			}
		})
	}
}
