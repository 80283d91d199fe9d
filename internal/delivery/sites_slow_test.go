// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// slow has an API take 3 to 10 seconds for the visits of a site, which it keeps also if nobody
// waits for the answer any more.
func (a *agency) slow(t *testing.T, site int, visits *sync.WaitGroup) {
	t.Helper()
	inner, l, r := a.client.http.Transport, a.ledgers[tokenOf(site)], rand.New(rand.NewPCG(3, 4))
	var mu sync.Mutex
	a.client.http.Transport = transport(func(request *http.Request) (*http.Response, error) {
		if request.Header.Get("Authorization") != "Bearer "+tokenOf(site) {
			return inner.RoundTrip(request)
		}
		body, err := l.receive(request)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		takes := time.Duration(3000+r.IntN(7000)) * time.Millisecond
		mu.Unlock()
		answered := make(chan struct{})
		visits.Go(func() {
			<-time.After(takes)
			l.take(body)
			close(answered)
		})
		select {
		case <-answered:
			return withStatus(http.StatusOK)(request)
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	})
}

// TestASlowSiteIsPatientlyWaitedFor: its answers take far longer than those for others.
func TestASlowSiteIsPatientlyWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sites, rounds, slow = 20, 300, 4
		a := newAgency(t, sites, func(string) objection { return nil })
		var visits sync.WaitGroup
		a.slow(t, slow, &visits)
		worst := 0
		for k := range rounds {
			a.batches <- a.flush(k, 1, upTo(sites)...)
			<-time.After(2 * time.Second)
			for i := range sites {
				if i != slow {
					worst = max(worst, k+1-a.arrivedOf(t, i))
				}
			}
		}
		<-time.After(20 * time.Minute)
		assert.Equal(t, rounds, a.arrivedOf(t, slow))
		_, doubled, _ := a.ledgers[tokenOf(slow)].counts()
		assert.Less(t, doubled, rounds/20)
		assert.LessOrEqual(t, worst, 3, "batches that others wait for")
		assert.Empty(t, a.dropped)
		visits.Wait()
		a.end(t)
	})
}
