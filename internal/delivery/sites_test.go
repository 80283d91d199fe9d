// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

func TestEachVisitArrivesAtItsOwnSite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sites, rounds = 200, 10
		a := newAgency(t, sites, func(string) objection { return nil })
		for k := range rounds {
			a.batches <- a.flush(k, 3, upTo(sites)...)
			<-time.After(5 * time.Second)
		}
		for i := range sites {
			assert.Equal(t, 3*rounds, a.arrivedOf(t, i))
			assert.Equal(t, rounds, a.requestsOf(i), "one for each batch")
		}
		a.end(t)
	})
}

// TestAFailureOfOneSiteStaysThere: one of the sites fails for an hour in each way.
func TestAFailureOfOneSiteStaysThere(t *testing.T) {
	for _, name := range []string{"401", "403", "404", "429", "429 with Retry-After", "500", "silence", "a reset"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sites, rounds, ill = 50, 720, 7
				o := objections[name]
				var a *agency
				a = newAgency(t, sites, func(token string) objection {
					if token == tokenOf(ill) && a.elapsed() < time.Hour {
						return o
					}
					return nil
				})
				var worst time.Duration
				for k := range rounds {
					begun := time.Now()
					a.batches <- a.flush(k, 1, upTo(sites)...)
					<-time.After(5 * time.Second)
					for i := range sites {
						if i != ill {
							assert.Equal(t, k+1, a.arrivedOf(t, i), "round %d of site %d", k, i)
						}
					}
					if t.Failed() {
						break
					}
					worst = max(worst, time.Since(begun))
				}
				assert.Less(t, a.requestsOf(ill), 3600/2, "as often as the API asks for")
				<-time.After(20 * time.Minute)
				assert.Equal(t, rounds, a.arrivedOf(t, ill), "all that waited")
				assert.Empty(t, a.dropped)
				a.end(t)
			})
		})
	}
}

// TestAnOutageOfTheAPIIsProbedOnceForAllSites though each has visits that wait.
func TestAnOutageOfTheAPIIsProbedOnceForAllSites(t *testing.T) {
	for _, name := range []string{"500", "a reset"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sites, rounds = 500, 60
				var a *agency
				a = newAgency(t, sites, func(string) objection {
					if a.elapsed() > time.Minute && a.elapsed() < time.Hour {
						return objections[name]
					}
					return nil
				})
				for k := range rounds {
					a.batches <- a.flush(k, 1, upTo(sites)...)
					<-time.After(30 * time.Second)
				}
				asked := 0
				for i := range sites {
					asked += a.requestsOf(i)
				}
				<-time.After(40 * time.Minute)
				for i := range sites {
					assert.Equal(t, rounds, a.arrivedOf(t, i))
				}
				assert.Less(t, asked, 3*sites+29*60/20+20, "while nothing was accepted")
				assert.Empty(t, a.dropped)
				a.end(t)
			})
		})
	}
}

// slowParking takes some time to park.
type slowParking struct {
	queue.Parking
	takes time.Duration
}

func (p slowParking) Park(ctx context.Context, b *queue.Batch) error {
	<-time.After(p.takes)
	return p.Parking.Park(ctx, b)
}

// TestVisitsThatAreParkedWhenThePauseIsOverReturn though nothing else comes for their site.
func TestVisitsThatAreParkedWhenThePauseIsOverReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a *agency
		a = newAgency(t, 2, func(token string) objection {
			if token == tokenOf(1) && a.elapsed() < 30*time.Second {
				return withStatus(401)
			}
			return nil
		})
		a.settings.Parking = slowParking{a.lot, 3 * time.Minute}
		a.batches <- a.flush(0, 5, 0, 1)
		<-time.After(100 * time.Second)
		a.batches <- a.flush(1, 1, 1) // which ends the pause
		<-time.After(10 * time.Minute)
		assert.Equal(t, 6, a.arrivedOf(t, 1))
		a.end(t)
	})
}
