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
)

// requestLimit is an API that takes so many requests in each span of time, and answers 429 to
// others, or as answer says.
type requestLimit struct {
	answer   objection
	mu       sync.Mutex
	most     int
	per      time.Duration
	begun    time.Time // the span of now
	inSpan   int
	accepted int
	refused  int
}

// before is the limit before an API.
func (l *requestLimit) before(then transport) transport {
	return func(r *http.Request) (*http.Response, error) {
		if !l.takes(time.Now()) {
			if l.answer != nil {
				return l.answer(r)
			}
			return withStatus(http.StatusTooManyRequests)(r)
		}
		return then(r)
	}
}

func (l *requestLimit) takes(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.begun) >= l.per {
		l.begun, l.inSpan = now, 0
	}
	if l.inSpan++; l.inSpan > l.most {
		l.refused++
		return false
	}
	l.accepted++
	return true
}

// pushUntil delivers a batch of so many visits every five seconds, as far as consumers are free.
func (s *simulation) pushUntil(t *testing.T, end time.Duration, perBatch int) (pushed int) {
	t.Helper()
	for ; s.elapsed() < end; <-time.After(5 * time.Second) {
		select {
		case s.consumers <- struct{}{}:
			batch := numbered(pushed, perBatch, nothingBad)
			pushed += perBatch
			s.pushes.Go(func() {
				_ = s.Push(t.Context(), batch) // what waits at the end is given back
				<-s.consumers
			})
		default:
		}
	}
	return pushed
}

const limitLasts = 20 * time.Minute

// assertHalfIsUsed delivers batches behind the limit, and checks that at least half of the requests
// that it takes bring a whole batch.
func (l *requestLimit) assertHalfIsUsed(t *testing.T, perBatch int) {
	t.Helper()
	s := newSimulation(t, 30*time.Second)
	s.client.http.Transport = l.before(s.ledger.behind(nil, 20*time.Millisecond))
	pushed := s.pushUntil(t, limitLasts, perBatch)
	s.stop(t)
	arrived, doubled, _ := s.ledger.counts()
	t.Log("pushed", pushed, "arrived", arrived, "accepted", l.accepted, "refused", l.refused)
	most := l.most * int(limitLasts/l.per)
	assert.GreaterOrEqual(t, arrived, min(pushed-10*perBatch, most*perBatch/2))
	assert.Zero(t, doubled)
}

// TestALimitOfRequestsIsUsedByWholeBodies: to split them would use it up. Of what the API takes
// at least half is used, because pauses grow without Retry-After.
func TestALimitOfRequestsIsUsedByWholeBodies(t *testing.T) {
	for _, limit := range []struct {
		most int
		per  time.Duration
	}{{1, time.Second}, {1, 10 * time.Second}, {6, time.Minute}, {60, time.Minute}} {
		for _, perBatch := range []int{100, 2_000} {
			t.Run(fmt.Sprint(limit.most, " in ", limit.per, ", ", perBatch, " visits"), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := &requestLimit{most: limit.most, per: limit.per}
					l.assertHalfIsUsed(t, perBatch)
					assert.LessOrEqual(t, l.refused, 1_500)
				})
			})
		}
	}
}

// TestARetryAfterThatIsTooShortBeginsNoFlood: each request in vain tells to come back too early.
func TestARetryAfterThatIsTooShortBeginsNoFlood(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		for _, limit := range []struct {
			most int
			per  time.Duration
		}{{1, 10 * time.Second}, {6, time.Minute}, {60, time.Minute}} {
			for _, perBatch := range []int{100, 500} {
				t.Run(fmt.Sprint(status, ", ", limit.most, " in ", limit.per, ", ", perBatch, " visits"), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						l := &requestLimit{most: limit.most, per: limit.per, answer: withStatus(status, "Retry-After", "1")}
						l.assertHalfIsUsed(t, perBatch)
						assert.LessOrEqual(t, l.refused, int(2*limitLasts/time.Second))
					})
				})
			}
		}
	}
}

// TestABodyWithoutItsVisitAtFaultProvesNoLimit: it is accepted because that visit is gone.
func TestABodyWithoutItsVisitAtFaultProvesNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const batches, perBatch = 100, 64
		s := newSimulation(t, 30*time.Second)
		s.client.http.Transport = s.ledger.behind(objections["429"], 20*time.Millisecond)
		for k := range batches {
			s.pushes.Go(func() {
				_ = s.Push(t.Context(), numbered(k*perBatch, perBatch, func(i int) bool { return k%2 == 0 && i%20 == 7 }))
			})
			<-time.After(time.Second)
		}
		assert.True(t, s.dispatcher.only.record.limit.provenAt.IsZero())
		s.stop(t)
	})
}

// TestAVisitThatFailsAloneEndsNoPauseThatTheAPIAsksFor: others were accepted while it was under way, but
// the API is known to limit requests.
func TestAVisitThatFailsAloneEndsNoPauseThatTheAPIAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 30*time.Second)
		asks := withStatus(http.StatusTooManyRequests, "Retry-After", "30")
		isLimited := func() bool { return s.elapsed() < time.Second }
		s.client.http.Transport = s.ledger.unless(isLimited, asks, s.ledger.behind(func(r *http.Request) (*http.Response, error) {
			<-time.After(100 * time.Millisecond)
			return asks(r)
		}, 0))
		s.push(t, numbered(0, 1, nothingBad)) // proves the limit
		s.pushes.Wait()
		s.pushes.Go(func() { _ = s.Push(t.Context(), numbered(1, 1, func(int) bool { return true })) }) // is left at the end
		<-time.After(50 * time.Millisecond)
		s.push(t, numbered(2, 1, nothingBad))
		<-time.After(10 * time.Minute)
		s.stop(t)
		arrived, _, requests := s.ledger.counts()
		assert.Equal(t, 2, arrived)
		assert.Less(t, requests, 50)
	})
}
