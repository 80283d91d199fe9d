// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// TestPayloadsThatAreRefusedAndComeAgainMakeEachRequestOneVisit sends from several goroutines,
// while the queue is often full. A payload brings the spans of another service and a server
// span whose parent never comes.
func TestPayloadsThatAreRefusedAndComeAgainMakeEachRequestOneVisit(t *testing.T) {
	const senders, requests = 4, 25
	for name, disk := range bothQueues() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := fakeapi.New(fakeapi.Settings{})
				api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 503, Times: 40})
				r := directRig(t, api, disk, func(c *Config) {
					c.Backpressure = true
					queueOfRequests(c, 2)
				})
				var all sync.WaitGroup
				for sender := range senders {
					all.Go(func() {
						random := rand.New(rand.NewPCG(uint64(sender), 1))
						send := func(trace byte, spans ...hopSpan) {
							td := hopTraces(spans...)
							setTrace(td, pcommon.TraceID{byte(sender + 1), trace})
							for r.traces.ConsumeTraces(t.Context(), td) != nil {
								<-time.After(time.Second)
							}
						}
						for i := range requests {
							inner, outer := app, edge
							inner.path = "/" + strconv.Itoa(sender*requests+i)
							outer.path = inner.path
							send(byte(i+1), inner)
							<-time.After(time.Duration(random.Int64N(int64(time.Second))))
							stray := strayHop(0)
							stray.path = "/stray" + inner.path
							send(byte(i+1), outer, call, stray)
						}
					})
				}
				all.Wait()
				<-time.After(10 * time.Minute)
				want := map[string]int{}
				for i := range senders * requests {
					want["/"+strconv.Itoa(i)], want["/stray/"+strconv.Itoa(i)] = 1, 1
				}
				got := map[string]int{}
				for _, path := range deliveredPaths(api) {
					got[path]++
				}
				assert.Equal(t, want, got)
				r.shutdown(t)
			})
		})
	}
}

func setTrace(td ptrace.Traces, id pcommon.TraceID) {
	for _, rs := range td.ResourceSpans().All() {
		rs.ScopeSpans().At(0).Spans().At(0).SetTraceID(id)
	}
}
