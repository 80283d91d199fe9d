// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// strayHop is a server span whose parent never comes.
func strayHop(i int) hopSpan {
	return hopSpan{service: "app", id: byte(100 + i), parent: byte(50 + i), kind: serverSpan, path: "/" + strconv.Itoa(i)}
}

// waitingKeys are the payloads on a disk whose visits wait.
func waitingKeys(disk *fixture.Disk) (keys []string) {
	for key := range disk.Now() {
		if strings.HasPrefix(key, "waiting/") {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestWhatWaitsAtAShutdownIsDelivered(t *testing.T) {
	for name, disk := range bothQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				r := directRig(t, api, disk, asItIs)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1), edge, strayHop(2))))
				require.NoError(t, r.traces.Shutdown(t.Context()))
				require.NoError(t, r.logs.Shutdown(t.Context()))
				assert.EqualValues(t, 2, r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "shutdown"))
				if disk != nil {
					assert.Empty(t, waitingKeys(disk), "the queue has all")
					next := directRig(t, api, disk, asItIs)
					<-time.After(time.Minute)
					next.shutdown(t)
				}
				assert.ElementsMatch(t, []string{"/1", "/p", "/2"}, deliveredPaths(api))
			})
		})
	}
}

// TestAKillWhileVisitsWaitLosesNone starts an exporter from each state that the disk was
// in.
func TestAKillWhileVisitsWaitLosesNone(t *testing.T) {
	disk := fixture.NewDisk(map[string][]byte{})
	acknowledged := []int{} // how many visits were, when the disk had so many states
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
		r := directRig(t, api, disk, asItIs)
		for i := range 6 {
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(i))))
			disk.Mu.Lock()
			for len(acknowledged) < len(disk.Past) {
				acknowledged = append(acknowledged, i+1)
			}
			disk.Mu.Unlock()
			<-time.After(5 * time.Second)
		}
		<-time.After(time.Minute)
		assert.Empty(t, waitingKeys(disk), "all are in the queue")
		require.NoError(t, r.traces.Shutdown(t.Context()))
		require.NoError(t, r.logs.Shutdown(t.Context()))
	})
	require.Greater(t, len(disk.Past), 10)
	for i, kept := range disk.Past {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				next := fixture.NewDisk(kept)
				r := directRig(t, api, next, asItIs)
				<-time.After(time.Minute)
				n := 6
				if i < len(acknowledged) {
					n = acknowledged[i] - 1
				}
				for visit := range n {
					assert.Contains(t, deliveredPaths(api), fmt.Sprintf("/%d", visit))
				}
				assert.Empty(t, waitingKeys(next))
				r.shutdown(t)
			})
		})
	}
}

// TestAKillMakesNoVisitOfAHopThatWasKnown kills the exporter two seconds after it knew. What
// came in one payload with a visit that still waits is on the disk with it.
func TestAKillMakesNoVisitOfAHopThatWasKnown(t *testing.T) {
	for name, c := range map[string]struct {
		payload []hopSpan
		want    []string
	}{
		"known of all of a payload":  {[]hopSpan{app}, []string{"/p"}},
		"known of one of two":        {[]hopSpan{app, strayHop(1)}, []string{"/p", "/p", "/1"}},
		"known of none of a payload": {[]hopSpan{strayHop(1)}, []string{"/p", "/1"}},
	} {
		t.Run(name, func(t *testing.T) {
			disk := fixture.NewDisk(map[string][]byte{})
			killed := map[string][]byte{}
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
				r := directRig(t, api, disk, asItIs)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(c.payload...)))
				<-time.After(2 * time.Second)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(edge, call)))
				<-time.After(2 * time.Second)
				killed = disk.Now()
				r.shutdown(t)
			})
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				r := directRig(t, api, fixture.NewDisk(killed), asItIs)
				<-time.After(time.Minute)
				assert.ElementsMatch(t, c.want, deliveredPaths(api))
				r.shutdown(t)
			})
		})
	}
}

func TestADiskThatTakesNothingLetsVisitsGoOnAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := fixture.NewDisk(map[string][]byte{})
		r := directRig(t, fakeapi.New(fakeapi.Settings{}), disk, func(c *Config) { c.Backpressure = true })
		disk.Fill(true)
		require.Error(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1))), "the pipeline is told")
		disk.Fill(false)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1))))
		<-time.After(time.Minute)
		assert.EqualValues(t, 1, r.sum(t, "otelcol_exporter_agent_visits_sent", "signal", "traces"), "once")
		r.shutdown(t)
	})
}

// TestVisitsOfARefusedPayloadDoNotWait: the payload comes again.
func TestVisitsOfARefusedPayloadDoNotWait(t *testing.T) {
	for name, disk := range bothQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 503, Times: 3})
				r := directRig(t, api, disk, func(c *Config) {
					c.Backpressure = true
					queueOfRequests(c, 1)
				})
				refused := 0
				for range 20 {
					td := hopTraces(edge, strayHop(1))
					if r.traces.ConsumeTraces(t.Context(), td) != nil {
						refused++
					}
				}
				require.Positive(t, refused)
				accepted := 20 - refused
				<-time.After(5 * time.Minute)
				counts := map[string]int{}
				for _, path := range deliveredPaths(api) {
					counts[path]++
				}
				assert.Equal(t, map[string]int{"/p": accepted, "/1": accepted}, counts)
				r.shutdown(t)
			})
		})
	}
}

func TestFullMemoryLetsTheOldestVisitsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		r := directRig(t, api, nil, func(c *Config) { c.Visits.Hops.Memory = 1 << 20 })
		const n = 3000
		for i := range n {
			td := hopTraces(strayHop(0))
			span := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
			span.SetTraceID(pcommon.TraceID{1, byte(i), byte(i >> 8)})
			span.Attributes().PutStr("url.path", "/"+strconv.Itoa(i))
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
		}
		early := r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "waited_too_short")
		assert.Greater(t, early, int64(n/2))
		assert.Equal(t, 1, r.observed.FilterMessageSnippet("Visits wait for less than").Len(), "once")
		<-time.After(10 * time.Second)
		delivered := deliveredPaths(api)
		assert.Contains(t, delivered, "/0")
		assert.NotContains(t, delivered, "/"+strconv.Itoa(n-1))
		<-time.After(time.Minute)
		assert.Len(t, api.KnownAgentsVisits(), n)
		r.shutdown(t)
	})
}

// TestAPayloadThatIsLargerThanTheMemoryIsDelivered: what has no room at all goes on at
// once.
func TestAPayloadThatIsLargerThanTheMemoryIsDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		r := directRig(t, api, nil, func(c *Config) { c.Visits.Hops.Memory = 1 << 20 })
		const n = 3000
		td := ptrace.NewTraces()
		for i := range n {
			one := hopTraces(strayHop(0))
			one.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetTraceID(pcommon.TraceID{1, byte(i), byte(i >> 8)})
			one.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
		}
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
		<-time.After(time.Minute)
		assert.Len(t, api.KnownAgentsVisits(), n)
		waited := r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "visit")
		assert.EqualValues(t, n, waited+r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "waited_too_short"))
		assert.Less(t, waited, int64(n))
		r.shutdown(t)
	})
}

func TestNothingWaitsIfHopsCount(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   int
	}{
		"internal_hops":         {func(c *Config) { c.Visits.Hops.InternalHops = true }, 2},
		"internal_hops_wait: 0": {func(c *Config) { c.Visits.Hops.Wait = 0 }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				r := directRig(t, api, nil, c.change)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(edge, call, app)))
				<-time.After(6 * time.Second)
				assert.Len(t, api.KnownAgentsVisits(), c.want)
				r.shutdown(t)
			})
		})
	}
}

// TestAFullQueueWithBackpressureHoldsBackWhatHasWaited: it was acknowledged, so it is
// offered again, and no payload is taken before it.
func TestAFullQueueWithBackpressureHoldsBackWhatHasWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		release := make(chan struct{})
		api.Script(fakeapi.KnownAgents, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
		r := directRig(t, api, nil, func(c *Config) {
			c.Backpressure = true
			c.ClientConfig.Timeout = time.Hour
			queueOfRequests(c, 1)
		})
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1))))
		for r.traces.ConsumeTraces(t.Context(), hopTraces(edge)) == nil { //nolint:revive // until it is full
		}
		<-time.After(20 * time.Second)
		require.ErrorIs(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(2))), exporterhelper.ErrQueueIsFull, "nothing more may wait")
		close(release)
		<-time.After(time.Minute)
		assert.Contains(t, deliveredPaths(api), "/1")
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(2))))
		assert.Zero(t, r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "queue_full"))
		r.shutdown(t)
		assert.Contains(t, deliveredPaths(api), "/2")
	})
}
