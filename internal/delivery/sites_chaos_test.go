// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestWhateverSitesDoNoVisitIsLostOrArrivesAtAnother: sites fail in all ways, are removed and
// come back, in any order. In the end all are well.
func TestWhateverSitesDoNoVisitIsLostOrArrivesAtAnother(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sites, rounds = 12, 300
				r := rand.New(rand.NewPCG(seed, 5))
				var mu sync.Mutex
				fails := map[string]objection{}
				a := newAgency(t, sites, func(token string) objection {
					mu.Lock()
					defer mu.Unlock()
					return fails[token]
				})
				ways := []string{"401", "403", "404", "429", "429 with Retry-After", "500", "silence", "a reset", "422"}
				sent := make([]int, sites)
				for k := range rounds {
					i := r.IntN(sites)
					switch r.IntN(6) {
					case 0, 1:
						mu.Lock()
						fails[tokenOf(i)] = objections[ways[r.IntN(len(ways))]]
						mu.Unlock()
					case 2:
						mu.Lock()
						delete(fails, tokenOf(i))
						mu.Unlock()
					case 3:
						a.sites[i].Replace(nil)
						a.lot.SitesChanged(t.Context())
						a.SitesChanged()
					case 4:
						a.sites[i].Replace(destinationOf(i))
						a.lot.SitesChanged(t.Context())
						a.SitesChanged()
					}
					with := r.Perm(sites)[:1+r.IntN(sites)]
					for _, i := range with {
						sent[i] += 2
					}
					a.batches <- a.flush(k, 2, with...)
					<-time.After(time.Duration(r.IntN(20_000)) * time.Millisecond)
				}
				mu.Lock()
				clear(fails)
				mu.Unlock()
				for i := range sites {
					a.sites[i].Replace(destinationOf(i))
				}
				a.lot.SitesChanged(t.Context())
				a.SitesChanged()
				<-time.After(time.Hour)
				missing := 0
				for i := range sites {
					missing += sent[i] - a.arrivedOf(t, i)
				}
				assert.Zero(t, missing)
				assert.Empty(t, a.dropped)
				assert.Zero(t, a.lot.Visits())
				a.end(t)
			})
		})
	}
}

// TestAShutdownAtAnyMomentEndsInTimeAndCountsWhatIsLost of a queue in memory.
func TestAShutdownAtAnyMomentEndsInTimeAndCountsWhatIsLost(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const sites = 12
				r := rand.New(rand.NewPCG(seed, 6))
				ways := []string{"401", "429", "429 with Retry-After", "500", "silence", "422"}
				fails := map[string]objection{}
				for range 1 + r.IntN(6) {
					fails[tokenOf(r.IntN(sites))] = objections[ways[r.IntN(len(ways))]]
				}
				a := newAgency(t, sites, func(token string) objection { return fails[token] })
				a.keeper = keptInMemory
				sent, of := 0, make([]int, sites)
				for k := range 1 + r.IntN(60) {
					with := r.Perm(sites)[:1+r.IntN(sites)]
					sent += 2 * len(with)
					for _, i := range with {
						of[i] += 2
					}
					a.batches <- a.flush(k, 2, with...)
					<-time.After(time.Duration(r.IntN(5_000)) * time.Millisecond)
				}
				if removed := r.IntN(2 * sites); removed < sites {
					a.sites[removed].Replace(nil)
					a.SitesChanged()
				}
				begun := time.Now()
				a.BeginShutdown()
				a.lot.BeginShutdown()
				a.lot.Rest(t.Context(), a.GiveUp)
				synctest.Wait()
				close(a.batches)
				for len(a.batches) > 0 {
					<-time.After(time.Millisecond)
				}
				synctest.Wait()
				a.pushes.Wait()
				assert.LessOrEqual(t, time.Since(begun), drainTime+time.Second)
				arrived := 0
				for i := range sites {
					arrived += a.arrivedOf(t, i)
					if fails[tokenOf(i)] == nil && a.sites[i].Destination() != nil {
						assert.Zero(t, of[i]-a.arrivedOf(t, i), "of site %d, which is well", i)
					}
				}
				dropped := a.testDelivery.dropped(t, telemetry.DropGivenUp) + a.testDelivery.dropped(t, telemetry.DropRejected)
				assert.EqualValues(t, sent-arrived, dropped)
				a.stop(t)
			})
		})
	}
}
