// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestVisitsThatFailAloneHoldUpNothingThatIsParked: when a site is well again they come back first,
// wait by themselves, and tell nothing of the site.
func TestVisitsThatFailAloneHoldUpNothingThatIsParked(t *testing.T) {
	for _, outage := range []time.Duration{30 * time.Minute, 47 * time.Minute, time.Hour, 3 * time.Hour, 307 * time.Minute} {
		for _, status := range []int{401, 500, 503} {
			t.Run(fmt.Sprint(status, " for ", outage), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					testParkedBehindVisitsThatFailAlone(t, outage, withStatus(status))
				})
			})
		}
	}
}

var failsAlone = regexp.MustCompile(`/0/[3-6]-`)

func testParkedBehindVisitsThatFailAlone(t *testing.T, outage time.Duration, o objection) {
	t.Helper()
	const begin = 20 * time.Second
	a := newAgency(t, 2, func(string) objection { return nil })
	a.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
		token := r.Header.Get("Authorization")[len("Bearer "):]
		body, err := a.ledgers[token].receive(r)
		if err != nil {
			return nil, err
		}
		<-time.After(20 * time.Millisecond)
		isDown := a.elapsed() > begin && a.elapsed() < outage
		isFluke := a.elapsed() < begin && failsAlone.Match(body)
		if token == tokenOf(0) && (isDown || isFluke) {
			return o(r)
		}
		a.ledgers[token].take(body)
		return withStatus(http.StatusOK)(r)
	})
	push := func(round, site int) { go func() { _ = a.Push(t.Context(), a.flush(round, 1, site)) }() }
	for i := range 12 {
		push(i, 0)
		<-time.After(time.Second)
	}
	<-time.After(10 * time.Second)
	const parked = 4
	for i := range parked {
		push(20+i, 0)
		<-time.After(time.Minute)
	}
	for a.elapsed() < outage+3*time.Minute {
		push(1000+int(a.elapsed().Seconds()), 1)
		<-time.After(20 * time.Second)
	}
	l := a.ledgers[tokenOf(0)]
	l.mu.Lock()
	for i := range parked {
		assert.Contains(t, l.arrived, fmt.Sprintf("/0/%d-0", 20+i))
	}
	l.mu.Unlock()
	a.end(t)
}
