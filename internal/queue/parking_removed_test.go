// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestVisitsOfARemovedSiteWaitForIt(t *testing.T) {
	bothLots(t, aQueue(), 2, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 2, 5)
		r.park(t, 1, 0, 2, 5)
		d := r.sites[0].Destination()
		r.sites[0].Replace(nil)
		r.SitesChanged(t.Context())
		r.SitesChanged(t.Context())
		r.park(t, 0, 10, 1, 5)
		assert.Equal(t, 1, r.told("not in the configuration any more"), "once")
		r.Unpark(r.sites[0])
		<-time.After(removedLimit - 2*lookPause)
		assert.Empty(t, r.numbers(t))
		r.sites[0].Replace(d)
		r.SitesChanged(t.Context())
		assert.Equal(t, map[int][]int{0: upTo(15)}, r.numbers(t), "when it is added again all returns, and nothing of the other")
	})
}

func TestVisitsOfASiteThatWasRemovedForTooLongAreDropped(t *testing.T) {
	bothLots(t, aQueue(), 2, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 2, 5)
		r.park(t, 1, 0, 1, 5)
		r.sites[0].Replace(nil)
		r.SitesChanged(t.Context())
		<-time.After(removedLimit / 2)
		if r.disk != nil { // a restart does not begin the time anew
			r.end(t)
			delete(r.known, r.sites[0].Identity())
			r.begin(t, aQueue())
			assert.Equal(t, 1, r.told("not in the configuration any more"))
		}
		<-time.After(removedLimit/2 + lookPause)
		if r.disk == nil {
			r.requireParked(t, 15)
			return
		}
		synctest.Wait()
		assert.Equal(t, 10, r.expired)
		assert.Equal(t, 1, r.told("for 7 days."))
		assert.Equal(t, map[int][]int{1: upTo(5)}, r.numbers(t))
		r.requireParked(t, 0)
		for key := range r.disk.Now() {
			assert.NotRegexp(t, "^parked/.*/", key, "nothing is left of them")
		}
	})
}

// TestABatchThatIsLateForTheReturnOfItsSiteReturns: the site was removed and added while the
// batch was in the queue, so its handle has no destination.
func TestABatchThatIsLateForTheReturnOfItsSiteReturns(t *testing.T) {
	bothLots(t, aQueue(), 1, func(r *lotRig) {
		t := r.t
		require.NoError(t, r.Park(t.Context(), siteBatch(destination.UnknownSite(r.sites[0].Identity()), 0, 5)))
		assert.Equal(t, map[int][]int{0: upTo(5)}, r.numbers(t))
		assert.Same(t, r.sites[0], r.returned[0].Site())
	})
}

// TestASiteThatComesBackIsSentAsItIsNow: it was removed and added, with a new handle.
func TestASiteThatComesBackIsSentAsItIsNow(t *testing.T) {
	bothLots(t, aQueue(), 1, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 1, 5)
		old := r.sites[0]
		delete(r.known, old.Identity())
		r.SitesChanged(t.Context())
		now := destination.NewSite(destination.Scrunch(&destination.ScrunchConfig{SiteID: old.Identity()[len("scrunch/"):], APIKey: fixture.Key}), "new.example")
		r.known[now.Identity()] = now
		r.SitesChanged(t.Context())
		assert.Equal(t, map[int][]int{0: upTo(5)}, r.numbers(t))
		assert.Same(t, now, r.returned[0].Site())
	})
}
