// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestAKillLosesNoVisitThatOnlyAnInnerHopMakesOne: the API or visits::who wants to know the
// user agent, which a proxy behind a load balancer does not record. Its visit waits, and the
// application's is known as a hop.
func TestAKillLosesNoVisitThatOnlyAnInnerHopMakesOne(t *testing.T) {
	bare, inner := edge, app
	bare.parent, bare.without = 99, []string{"user_agent.original"}
	inner.with = map[string]any{"user_agent.original": "GPTBot/1.2"}
	for name, c := range map[string]struct {
		payloads [][]hopSpan
		want     string // the user agent, if any visitor counts
	}{
		"the application's before":                {[][]hopSpan{{inner}, {bare, call}}, "GPTBot/1.2"},
		"the application's afterwards":            {[][]hopSpan{{bare, call}, {inner}}, ""},
		"the application's, then what calls it":   {[][]hopSpan{{bare}, {inner}, {call}}, ""},
		"in one payload, the application's first": {[][]hopSpan{{inner, bare, call}}, "GPTBot/1.2"},
		"in one payload, the proxy's first":       {[][]hopSpan{{bare, call, inner}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, agentsAfterAKill(t, c.payloads, asItIs), c.want)
		})
		t.Run(name+", only agents count", func(t *testing.T) {
			assert.Contains(t, agentsAfterAKill(t, c.payloads, onlyAgents), "GPTBot/1.2")
		})
	}
}

// agentsAfterAKill are the user agents of the visits that are delivered after an exporter was
// killed, two seconds after the last of its payloads.
func agentsAfterAKill(t *testing.T, payloads [][]hopSpan, change func(*Config)) (agents []string) {
	t.Helper()
	killed := map[string][]byte{}
	synctest.Test(t, func(t *testing.T) {
		disk := fixture.NewDisk(map[string][]byte{})
		r := directRig(t, fakeapi.New(fakeapi.Settings{}), disk, change)
		for _, p := range payloads {
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(p...)))
			<-time.After(2 * time.Second)
		}
		killed = disk.Now()
		r.shutdown(t)
		assert.Empty(t, waitingKeys(disk))
	})
	synctest.Test(t, func(t *testing.T) {
		api := fakeapi.New(fakeapi.Settings{})
		r := directRig(t, api, fixture.NewDisk(killed), change)
		<-time.After(time.Minute)
		for _, v := range api.KnownAgentsVisits() {
			agents = append(agents, v.RequestHeaders["user-agent"])
		}
		r.shutdown(t)
	})
	return agents
}

func onlyAgents(c *Config) { c.Visits.Privacy.Who = "agents" }

// TestAVisitThatMayStillBeExcludedIsNotOnTheDisk: nobody knows yet whose it is.
func TestAVisitThatMayStillBeExcludedIsNotOnTheDisk(t *testing.T) {
	bare := edge
	bare.parent, bare.without = 99, []string{"user_agent.original"}
	for name, c := range map[string]struct {
		change func(*Config)
		onDisk int
	}{"everybody counts": {asItIs, 1}, "only agents count": {onlyAgents, 0}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk := fixture.NewDisk(map[string][]byte{})
				r := directRig(t, fakeapi.New(fakeapi.Settings{}), disk, c.change)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(bare)))
				assert.Len(t, waitingKeys(disk), c.onDisk)
				r.shutdown(t)
			})
		})
	}
}

// TestAVisitOnTheDiskIsNotExcludedAfterwards: an application tells whose it is, and then comes a
// proxy before it that does not know.
func TestAVisitOnTheDiskIsNotExcludedAfterwards(t *testing.T) {
	bare, inner := edge, app
	bare.parent, bare.without = 99, []string{"user_agent.original"}
	inner.with = map[string]any{"user_agent.original": "GPTBot/1.2"}
	proxy := hopSpan{service: "proxy", id: 7, parent: call.id, kind: serverSpan, path: "/p", without: bare.without}
	synctest.Test(t, func(t *testing.T) {
		disk, api := fixture.NewDisk(map[string][]byte{}), fakeapi.New(fakeapi.Settings{})
		r := directRig(t, api, disk, onlyAgents)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(inner)))
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(bare, call)))
		require.Len(t, waitingKeys(disk), 2)
		before := hopTraces(proxy)
		span := before.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		span.SetStartTimestamp(span.StartTimestamp() - 100_000)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), before))
		<-time.After(time.Minute)
		r.shutdown(t)
		require.Len(t, api.KnownAgentsVisits(), 1)
		assert.Equal(t, "GPTBot/1.2", api.KnownAgentsVisits()[0].RequestHeaders["user-agent"])
	})
}

// TestAShutdownWhoseTimeIsOverLetsGoOfWhatWaits tries it often: it was chance.
func TestAShutdownWhoseTimeIsOverLetsGoOfWhatWaits(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			r := directRig(t, fakeapi.New(fakeapi.Settings{}), nil, asItIs)
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1))))
			over, cancel := context.WithCancel(t.Context())
			cancel()
			_ = r.traces.Shutdown(over)
			_ = r.logs.Shutdown(over)
			require.EqualValues(t, 1, r.sum(t, "otelcol_exporter_agent_visits_waited", "outcome", "shutdown"))
		})
	}
}

// TestAFullQueueNamesBackpressureOnlyIfThatIsOff: with it, only a shutdown drops what waited, unless
// a consumer takes something in time.
func TestAFullQueueNamesBackpressureOnlyIfThatIsOff(t *testing.T) {
	for _, backpressure := range []bool{false, true} {
		var said []string
		for tries := 0; tries < 100 && len(said) < 10; tries++ {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
				r := directRig(t, api, nil, func(c *Config) {
					queueOfRequests(c, 1)
					c.Backpressure = backpressure
				})
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1))))
				for range 100 {
					_ = r.traces.ConsumeTraces(t.Context(), hopTraces(edge))
				}
				_ = r.traces.Shutdown(t.Context())
				_ = r.logs.Shutdown(t.Context())
				for _, line := range r.observed.FilterMessageSnippet("Dropping new visits").All() {
					said = append(said, line.Message)
				}
			})
		}
		require.NotEmpty(t, said)
		for _, line := range said {
			assert.Equal(t, !backpressure, strings.Contains(line, "With backpressure"))
		}
	}
}

// TestAShutdownWithAFullQueueOnDiskKeepsWhatWaits tries it often: it was chance. A queue that
// counts requests takes none beyond its size, but the disk has them.
func TestAShutdownWithAFullQueueOnDiskKeepsWhatWaits(t *testing.T) {
	for _, sizer := range []exporterhelper.RequestSizerType{exporterhelper.RequestSizerTypeRequests, exporterhelper.RequestSizerTypeItems} {
		for range 20 {
			synctest.Test(t, func(t *testing.T) {
				disk, api := fixture.NewDisk(map[string][]byte{}), fakeapi.New(fakeapi.Settings{})
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
				r := directRig(t, api, disk, func(c *Config) {
					queueOfRequests(c, 1)
					c.QueueConfig.Get().Sizer = sizer
				})
				dropped := func() int64 {
					return r.sum(t, "otelcol_exporter_agent_visits_dropped", "reason", "queue_full")
				}
				for dropped() == 0 {
					require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(edge)))
				}
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1))))
				before := dropped()
				require.NoError(t, r.traces.Shutdown(t.Context()))
				require.NoError(t, r.logs.Shutdown(t.Context()))
				require.Equal(t, before, dropped())
				api = fakeapi.New(fakeapi.Settings{})
				next := directRig(t, api, disk, asItIs)
				<-time.After(time.Minute)
				require.Contains(t, deliveredPaths(api), "/1")
				next.shutdown(t)
			})
		}
	}
}

// TestAShutdownEndsThoughAFullQueueBlocks: one on a disk keeps what it has until the next start.
func TestAShutdownEndsThoughAFullQueueBlocks(t *testing.T) {
	for name, disk := range bothQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
				r := directRig(t, api, disk, func(c *Config) {
					c.Backpressure = true
					c.QueueConfig.Get().BlockOnOverflow = true
					c.QueueConfig.Get().Sizer = exporterhelper.RequestSizerTypeRequests
					c.QueueConfig.Get().QueueSize = 1
					c.QueueConfig.Get().NumConsumers = 1
				})
				for i := range 3 {
					require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(i))))
					<-time.After(7 * time.Second)
				}
				<-time.After(time.Minute)
				require.NoError(t, r.traces.Shutdown(t.Context()))
				require.NoError(t, r.logs.Shutdown(t.Context()))
				if disk == nil {
					return
				}
				api = fakeapi.New(fakeapi.Settings{})
				next := directRig(t, api, disk, asItIs)
				<-time.After(time.Minute)
				assert.ElementsMatch(t, []string{"/0", "/1", "/2"}, deliveredPaths(api))
				next.shutdown(t)
			})
		})
	}
}
