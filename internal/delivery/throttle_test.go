// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestAnAPIThatThrottlesATenthOfRequestsIsNotSlow: it says nothing of how long to wait.
func TestAnAPIThatThrottlesATenthOfRequestsIsNotSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const batches, perBatch = 200, 2_000
		s := newSimulation(t, 30*time.Second)
		s.client.http.Transport = s.ledger.unless(func() bool { return s.random.happens(0.1) }, withStatus(http.StatusTooManyRequests), s.ledger.behind(nil, 20*time.Millisecond))
		for k := range batches {
			s.push(t, numbered(k*perBatch, perBatch, nothingBad))
		}
		s.finish(t, batches*perBatch, 0, telemetry.DropRejected)
		t.Log("visits a minute", float64(batches*perBatch)/s.elapsed().Minutes())
		assert.Less(t, s.elapsed(), time.Minute)
	})
}

// TestPausesForAnAPIThatThrottlesGrow: it is asked seldom, whatever it means.
func TestPausesForAnAPIThatThrottlesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 30*time.Second)
		s.client.http.Transport = s.ledger.unless(func() bool { return s.elapsed() < time.Hour }, withStatus(http.StatusTooManyRequests), s.ledger.behind(nil, 20*time.Millisecond))
		s.push(t, numbered(0, 100, nothingBad))
		s.finish(t, 100, 0, telemetry.DropRejected)
		assert.LessOrEqual(t, s.ledger.requests, 360+20)
	})
}

// TestManyVisitsThatFailAloneAreTriedTenTimesASecondAtMost: it may be a limit of requests that
// stops them.
func TestManyVisitsThatFailAloneAreTriedTenTimesASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bad = 1_000
		s := newSimulation(t, 30*time.Second)
		s.client.http.Transport = s.ledger.behind(objections["429"], 20*time.Millisecond)
		s.pushes.Go(func() {
			_ = s.Push(t.Context(), numbered(0, bad, func(int) bool { return true })) // some are left at the end
		})
		others := 0
		goOn := func(seconds int) (requests int) {
			_, _, before := s.ledger.counts()
			for range seconds {
				s.push(t, numbered(bad+others, 1, nothingBad))
				others++
				<-time.After(time.Second)
			}
			_, _, after := s.ledger.counts()
			return after - before - seconds
		}
		goOn(600) // until each visit is alone
		assert.InEpsilon(t, 10*300, goOn(300), 0.1)
		s.stop(t)
	})
}
