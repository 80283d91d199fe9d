// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// objections are all ways in which something before the API can object to a body.
var objections = map[string]objection{
	"200 with a web page":  withPage,
	"301":                  withStatus(301, "Location", "https://example.com/"),
	"400":                  withStatus(400),
	"401":                  withStatus(401),
	"403":                  withStatus(403),
	"403 with Retry-After": withStatus(403, "Retry-After", "2"),
	"404":                  withStatus(404),
	"413":                  withStatus(413),
	"413 with Retry-After": withStatus(413, "Retry-After", "2"),
	"418":                  withStatus(418),
	"422":                  withStatus(422),
	"422 with Retry-After": withStatus(422, "Retry-After", "2"),
	"429":                  withStatus(429),
	"429 with Retry-After": withStatus(429, "Retry-After", "2"),
	"500":                  withStatus(500),
	"500 with Retry-After": withStatus(500, "Retry-After", "2"),
	"503 with Retry-After": withStatus(503, "Retry-After", "2"),
	"a reset":              withReset,
	"silence":              withSilence,
}

// dropReasonOf is how a visit is counted to which there is such an objection.
func dropReasonOf(objection string) telemetry.DropReason {
	if strings.HasPrefix(objection, "413") {
		return telemetry.DropTooLarge
	}
	return telemetry.DropRejected
}

func TestOnlyTheVisitsAtFaultAreDropped(t *testing.T) {
	for name, o := range objections {
		for _, poison := range [][]int{{0}, {999}, {500}, {3, 4, 700}} {
			t.Run(fmt.Sprint(name, " ", poison), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := newTestDelivery(t)
					d.object(o)
					isDone, others := atomic.Bool{}, sync.WaitGroup{}
					others.Go(func() { // as long as nothing else is accepted, no try counts
						for range time.Tick(5 * time.Second) {
							if isDone.Load() {
								return
							}
							assert.NoError(t, d.Push(t.Context(), batchOf(1, func(int) string { return "/other" })))
						}
					})
					require.NoError(t, d.Push(t.Context(), newBatch(1_000, poison...)))
					isDone.Store(true)
					others.Wait()
					arrived := slices.DeleteFunc(d.arrived(), func(path string) bool { return path == "/other" })
					assert.ElementsMatch(t, wantPaths(1_000, poison...), arrived, "each once")
					assert.EqualValues(t, len(poison), d.dropped(t, dropReasonOf(name)))
					bound := 8*len(poison)*int(math.Ceil(math.Log2(1_000)))/3 + 30*len(poison) + 10
					if strings.HasPrefix(name, "429") || strings.HasPrefix(name, "503") {
						bound += 80 * len(poison) // a throttled visit is tried 60 times
					}
					assert.LessOrEqual(t, d.requests.Load(), int64(bound), "requests")
				})
			})
		}
	}
}

// TestABodyOfNothingButVisitsAtFaultHoldsUpNobody begins with a body of which each
// visit is at fault, so that no part of it shows that the API takes others.
func TestABodyOfNothingButVisitsAtFaultHoldsUpNobody(t *testing.T) {
	for name, o := range objections {
		for _, n := range []int{1, 10} {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d, poison := newTestDelivery(t), allOf(n)
					d.object(o)
					var pushes sync.WaitGroup
					pushes.Go(func() { assert.NoError(t, d.Push(t.Context(), newBatch(n, poison...))) })
					for i := range 120 {
						<-time.After(5 * time.Second)
						pushes.Go(func() {
							assert.NoError(t, d.Push(t.Context(), batchOf(1, func(int) string { return fmt.Sprintf("/good/%d", i) })))
						})
					}
					pushes.Wait()
					assert.Len(t, d.arrived(), 120)
					assert.EqualValues(t, n, d.dropped(t, dropReasonOf(name)))
				})
			})
		}
	}
}

// allOf are the places of all of n visits.
func allOf(n int) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	return places
}
