// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

func TestVisitsThatWaitHaveArrived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := directRig(t, fakeapi.New(fakeapi.Settings{}), nil, func(c *Config) { c.Visits.Hops.Wait = 10 * time.Minute })
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(strayHop(1))))
		<-time.After(90 * time.Second)
		traces := r.observed.FilterMessageSnippet("this exporter")
		assert.Equal(t, 1, traces.Len(), "about the logs only: %v", traces.All())
		assert.Zero(t, r.observed.FilterMessageSnippet("None of the telemetry").Len())
		r.shutdown(t)
	})
}

// TestAVisitorHidesNoVisitByNamingTheFirst: an answer may give the id of its span away,
// and the visitor writes the traceparent of what it asks for next.
func TestAVisitorHidesNoVisitByNamingTheFirst(t *testing.T) {
	const requests = 100
	for name, c := range map[string]struct {
		peer  string        // network.peer.address; empty: not recorded
		after time.Duration // when the next requests begin; the first takes two milliseconds
		want  int
	}{
		"from the internet, while the first is served": {"198.51.100.7", time.Millisecond, requests},
		"from the internet, later":                     {"198.51.100.7", time.Second, requests},
		"if nobody records the peer":                   {"", time.Millisecond, requests},
		"through a load balancer of ours, later":       {"10.0.0.9", 3 * time.Millisecond, requests},
		// What remains possible, and docs/services.md says so.
		"through a load balancer of ours, while the first is served": {"10.0.0.9", time.Millisecond, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				r := directRig(t, api, nil, asItIs)
				for i := range requests {
					next := hopSpan{service: "app", id: byte(1 + i), kind: serverSpan, path: "/p", without: []string{"network.peer.address", "net.sock.peer.addr"}}
					if c.peer != "" {
						next.with = map[string]any{"network.peer.address": c.peer}
					}
					if i > 0 {
						next.parent = 1
					}
					td := hopTraces(next)
					if i > 0 {
						span := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
						begins := hopsHappen.Add(c.after)
						span.SetStartTimestamp(pcommon.NewTimestampFromTime(begins))
						span.SetEndTimestamp(pcommon.NewTimestampFromTime(begins.Add(time.Millisecond)))
					}
					require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
				}
				<-time.After(time.Minute)
				assert.Len(t, api.KnownAgentsVisits(), c.want)
				r.shutdown(t)
			})
		})
	}
}
