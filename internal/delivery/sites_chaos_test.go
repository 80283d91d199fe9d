// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestWhateverSitesDoNoVisitIsLostOrArrivesAtAnother: sites fail in all ways, are removed and
// come back, in any order. In the end all are well.
func TestWhateverSitesDoNoVisitIsLostOrArrivesAtAnother(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
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
				assert.EqualValues(t, 0, missing)
				assert.Empty(t, a.dropped)
				assert.Zero(t, a.lot.Visits())
				a.end(t)
			})
		})
	}
}
