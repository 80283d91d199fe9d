// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestBadVisitsOfOneSiteOfManyAreFound and hold up neither its good ones nor other sites.
func TestBadVisitsOfOneSiteOfManyAreFound(t *testing.T) {
	for _, name := range []string{"403", "422", "429", "429 with Retry-After", "500", "silence", "a reset"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sites, rounds, ill, perSite, bad = 5, 600, 3, 10, 24
				a := newAgency(t, sites, func(string) objection { return nil })
				a.objectTo(ill, objections[name])
				worst := 0
				for k := range rounds {
					visits := a.flush(k, perSite, upTo(sites)...)
					if k%(rounds/bad) == 0 {
						visits.Merge(a.poisonOf(ill, k))
					}
					a.batches <- visits
					<-time.After(5 * time.Second)
					for i := range sites {
						if i != ill {
							worst = max(worst, (k+1)*perSite-a.arrivedOf(t, i))
						}
					}
				}
				assert.LessOrEqual(t, worst, 3*perSite, "visits that others wait for")
				<-time.After(3 * time.Hour)
				assert.Equal(t, rounds*perSite, a.arrivedOf(t, ill), "the good ones")
				if lost := int(a.testDelivery.dropped(t, telemetry.DropRejected)); strings.HasPrefix(name, "429") {
					assert.LessOrEqual(t, lost+a.lot.Visits(), bad, "a limit says little against a visit")
				} else {
					assert.Equal(t, bad, lost)
				}
				a.end(t)
			})
		})
	}
}

// objectTo has something before the API object to visits of a site.
func (a *agency) objectTo(site int, o objection) {
	inner, of := a.client.http.Transport, a.ledgers[tokenOf(site)].behind(o, 20*time.Millisecond)
	a.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") == "Bearer "+tokenOf(site) {
			return of(r)
		}
		return inner.RoundTrip(r)
	})
}

// poisonOf is a bad visit of a site.
func (a *agency) poisonOf(site, round int) *queue.Batch {
	lines := linesOf(batchOf(1, func(int) string { return fmt.Sprintf("/%d/poison/%d", site, round) }))
	return queue.NewDiskMemory(&a.destination.Framing).Put([]queue.Share{{Site: a.sites[site], Count: 1, Lines: lines}}, 1)
}

// TestBadVisitsOfASiteThatHoldAllConsumersLetOtherSitesPass: every tenth second there is one more,
// and each is tried sixty times.
func TestBadVisitsOfASiteThatHoldAllConsumersLetOtherSitesPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sites, rounds, ill, perSite = 5, 240, 3, 10
		a := newAgency(t, sites, func(string) objection { return nil })
		a.objectTo(ill, objections["429"])
		worst := 0
		for k := range rounds {
			visits := a.flush(k, perSite, upTo(sites)...)
			if k%2 == 0 {
				visits.Merge(a.poisonOf(ill, k))
			}
			a.batches <- visits
			<-time.After(5 * time.Second)
			for i := range sites {
				worst = max(worst, (k+1)*perSite-a.arrivedOf(t, i))
			}
		}
		assert.LessOrEqual(t, worst, 4*perSite, "visits that others wait for")
		a.end(t)
	})
}

// TestABadVisitOfASiteIsKnownAgainWhenFreshOnesEndItsPause: it is not asked for each of them.
func TestABadVisitOfASiteIsKnownAgainWhenFreshOnesEndItsPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const fresh, bad = 60, 4
		a := newAgency(t, 2, func(string) objection { return nil })
		a.batches <- a.flush(0, 1, 0)
		for k := range fresh {
			<-time.After(2 * time.Second)
			a.batches <- a.flush(1+k, 1, 0)
			if k%(fresh/bad) == 0 {
				<-time.After(time.Second)
				lines := linesOf(batchOf(1, func(int) string { return fmt.Sprintf("/poison/%d", k) }))
				a.batches <- queue.NewDiskMemory(&a.destination.Framing).Put([]queue.Share{{Site: a.sites[0], Count: 1, Lines: lines}}, time.Now().UnixMilli())
			}
		}
		<-time.After(time.Minute)
		assert.Equal(t, 1+fresh, a.arrivedOf(t, 0))
		assert.Less(t, a.requestsOf(0), 1+fresh+15*bad)
		a.end(t)
	})
}
