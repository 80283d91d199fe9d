// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestVisitsThatAreThrottledForEverAreDropped at one of several sites too, after sixty tries
// each, though pauses park them.
func TestVisitsThatAreThrottledForEverAreDropped(t *testing.T) {
	for _, retryAfter := range []string{"", "1", "4", "30"} {
		t.Run(fmt.Sprintf("Retry-After %q", retryAfter), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sites, ill, bad = 3, 1, 4
				a := newAgency(t, sites, func(string) objection { return nil })
				throttle := withStatus(http.StatusTooManyRequests, "Retry-After", retryAfter)
				inner, of := a.client.http.Transport, a.ledgers[tokenOf(ill)].behind(throttle, 20*time.Millisecond)
				a.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					if r.Header.Get("Authorization") == "Bearer "+tokenOf(ill) {
						return of(r)
					}
					return inner.RoundTrip(r)
				})
				rounds := 0
				dropped := func() int { return int(a.testDelivery.dropped(t, telemetry.DropRejected)) }
				for ; a.elapsed() < 12*time.Hour && dropped() < bad; rounds++ {
					visits := a.flush(rounds, 5, upTo(sites)...)
					if rounds < bad {
						poison := linesOf(batchOf(1, func(int) string { return fmt.Sprintf("/%d/poison/%d", ill, rounds) }))
						visits.Merge(queue.NewDiskMemory(&a.destination.Framing).Put([]queue.Share{{Site: a.sites[ill], Count: 1, Lines: poison}}, 1))
					}
					a.batches <- visits
					<-time.After(5 * time.Second)
				}
				t.Log("all dropped after", a.elapsed(), "with", a.requestsOf(ill), "requests in", rounds, "rounds")
				assert.Equal(t, bad, dropped())
				<-time.After(5 * time.Minute)
				for i := range sites {
					assert.Equal(t, rounds*5, a.arrivedOf(t, i), "the good ones of site %d", i)
				}
				assert.Empty(t, a.dropped)
				a.end(t)
			})
		})
	}
}

// TestALimitOfRequestsOfOneSiteSplitsNothing though the site's visits are parked each time that
// it is reached: a body that is throttled by chance is not taken for one with a bad visit.
func TestALimitOfRequestsOfOneSiteSplitsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sites, limited, rounds, perSite, apart = 3, 1, 200, 50, 10 * time.Second
		var mu sync.Mutex
		var next time.Time // when the site may have another request
		a := newAgency(t, sites, func(token string) objection {
			mu.Lock()
			defer mu.Unlock()
			switch now := time.Now(); {
			case token != tokenOf(limited):
				return nil
			case now.Before(next):
				return withStatus(http.StatusTooManyRequests, "Retry-After", "10")
			default:
				next = now.Add(apart)
				return nil
			}
		})
		for k := range rounds {
			a.batches <- a.flush(k, perSite, upTo(sites)...)
			<-time.After(5 * time.Second)
		}
		<-time.After(time.Hour)
		for i := range sites {
			assert.Equal(t, rounds*perSite, a.arrivedOf(t, i), "of site %d", i)
		}
		assert.LessOrEqual(t, a.requestsOf(limited), 12*rounds)
		assert.EqualValues(t, 0, a.testDelivery.dropped(t, telemetry.DropRejected))
		assert.Empty(t, a.dropped)
		a.end(t)
	})
}
