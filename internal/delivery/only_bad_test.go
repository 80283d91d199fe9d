// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestBadVisitsWithNothingElseToSendPauseNobody: a batch has bad visits only, or they are what is
// left of it. They say little of the API, so that fresh visits go at once, and the log looks for the
// fault nowhere else.
func TestBadVisitsWithNothingElseToSendPauseNobody(t *testing.T) {
	for name, o := range objections {
		if name[:3] == "429" || name[:3] == "503" {
			continue // which ask for the pause
		}
		for _, c := range []struct{ bad, of int }{{1, 1}, {2, 2}, {1, 500}, {5, 500}, {9, 500}} {
			t.Run(fmt.Sprint(name, " ", c), func(t *testing.T) {
				for seed := range uint64(8) {
					synctest.Test(t, func(t *testing.T) { oneBatchWithBadVisits(t, o, seed, c.bad, c.of) })
				}
			})
		}
	}
}

func oneBatchWithBadVisits(t *testing.T, o objection, seed uint64, bad, of int) {
	t.Helper()
	const apart, fresh = 15 * time.Second, 5
	s := newSimulation(t, time.Second)
	s.client.http.Transport = s.ledger.behind(o, 2*time.Millisecond)
	s.push(t, numbered(0, 1, nothingBad))
	s.pushes.Wait()
	places := newRandom(seed).places(bad, of)
	s.pushes.Go(func() {
		_ = s.Push(t.Context(), numbered(1, of, func(i int) bool { return places[i-1] })) // some are left at the end
	})
	<-time.After(time.Second)
	begun := time.Now()
	for k := range fresh {
		s.push(t, numbered(1+of+k, 1, nothingBad))
		<-time.After(apart)
	}
	assert.Empty(t, s.logs.FilterMessageSnippet("cannot be delivered").All())
	s.stop(t)
	for path, at := range s.ledger.arrived {
		if k := number(path) - of - 1; k >= 0 {
			assert.Less(t, at.Sub(begun)-time.Duration(k)*apart, 5*time.Second, path)
		}
	}
	assert.Len(t, s.ledger.arrived, 1+of-bad+fresh)
}

// TestFreshVisitsMakeNoPauseLonger: each that asks in vain leaves the pause as it was.
func TestFreshVisitsMakeNoPauseLonger(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			const down, longest, visits = 2 * time.Second, 7500 * time.Millisecond, 10
			s := newSimulation(t, 30*time.Second)
			isDown := func() bool { return s.elapsed() < down }
			s.client.http.Transport = s.ledger.unless(isDown, withStatus(500), s.ledger.behind(nil, 0))
			for k := range visits {
				s.pushes.Go(func() { assert.NoError(t, s.Push(t.Context(), numbered(k, 1, nothingBad))) })
				<-time.After(500 * time.Millisecond)
			}
			s.pushes.Wait()
			assert.Less(t, s.elapsed(), longest+time.Second)
			s.stop(t)
		})
	}
}

// TestAPauseThatAFreshVisitEndedIsOver: what fails after others were accepted begins a pause of its own.
func TestAPauseThatAFreshVisitEndedIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const visits = 10
		s := newSimulation(t, 30*time.Second)
		isDown := func() bool { return s.elapsed() > 12*time.Second && s.elapsed() < 14*time.Second }
		s.client.http.Transport = s.ledger.unless(isDown, withStatus(http.StatusInternalServerError), s.ledger.behind(withStatus(http.StatusForbidden), 0))
		s.push(t, numbered(0, 1, nothingBad))
		s.pushes.Wait()
		s.pushes.Go(func() { _ = s.Push(t.Context(), numbered(1, 1, func(int) bool { return true })) }) // is left at the end
		<-time.After(5 * time.Second)
		s.push(t, numbered(2, 1, nothingBad)) // ends its pause of a minute
		<-time.After(8 * time.Second)
		s.push(t, numbered(3, visits, nothingBad))
		<-time.After(20 * time.Second)
		assert.Len(t, s.ledger.arrived, 2+visits)
		s.stop(t)
	})
}
