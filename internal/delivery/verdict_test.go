// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failures are the outcomes that a verdict is about.
var failures = map[string]outcome{
	"rejected": rejected, "too large": tooLarge, "unavailable": unavailable, "throttled": throttled, "misconfigured": misconfigured,
}

// TestVerdict holds each row of the table that verdict documents, for each outcome.
func TestVerdict(t *testing.T) {
	for name, o := range failures {
		p := policies[o]
		enough := p.tries
		if !p.isClear {
			enough = max(enough, 11) // an eighth to the power of eleven is less than the least chance
		}
		for promise, test := range map[string]struct {
			e    evidence
			want verdict
		}{
			"the API wants a pause":                                   {evidence{wantsPause: true, inARow: 1}, pause},
			"it does, though others were accepted":                    {evidence{wantsPause: true, othersAccepted: true, isAlone: true, tries: 99, triesInVain: 99}, pause},
			"others were accepted, and the body is many visits":       {evidence{othersAccepted: true, inARow: 1}, split},
			"as many may fail in a row as patience says":              {evidence{othersAccepted: true, inARow: p.patience}, split},
			"more than that are a matter of the API":                  {evidence{othersAccepted: true, inARow: p.patience + 1}, ask},
			"... also for a visit of which nothing was known":         {evidence{othersAccepted: true, inARow: p.patience + 1, isAlone: true}, ask},
			"others were accepted, and one visit failed once":         {evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: 1, triesInVain: 0}, again},
			"one visit with two tries left":                           {evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: p.tries - 2, clearTries: p.tries - 2, triesInVain: 99}, again},
			"one visit that was tried enough":                         {evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: enough, clearTries: enough, triesInVain: enough}, setAside},
			"at the end two tries are enough":                         {evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: 2, isLast: true}, setAside},
			"at the end one try is not":                               {evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: 1, isLast: true}, again},
			"at the end nothing is dropped without evidence":          {evidence{inARow: 1, isAlone: true, tries: 9, isLast: true}, again},
			"nothing was accepted, and no single visit was tried":     {evidence{inARow: 1}, ask},
			"nothing was accepted, and one single visit too few":      {evidence{inARow: 99, singles: p.patience - 1}, ask},
			"nothing was accepted, and single visits were not either": {evidence{inARow: 99, singles: p.patience}, pause},
			"... though the body is one visit":                        {evidence{inARow: 99, singles: p.patience, isAlone: true}, pause},
			"a visit that is known to fail alone begins no pause":     {evidence{inARow: 99, singles: 99, isAlone: true, tries: 1}, again},
			"nor is it dropped while nothing is accepted":             {evidence{inARow: 99, singles: 99, isAlone: true, tries: 99, triesInVain: 99}, again},
		} {
			t.Run(fmt.Sprint(name, ": ", promise), func(t *testing.T) { assert.Equal(t, test.want, p.verdict(test.e)) })
		}
	}
}

// TestAVisitIsDroppedByChanceHardlyEver states how many tries the first such visit takes.
func TestAVisitIsDroppedByChanceHardlyEver(t *testing.T) {
	for _, test := range []struct {
		outcome     outcome
		failureRate float64
		tries       int // that are enough, and no less
	}{
		{rejected, 0, 2},
		{rejected, 0.9, 2}, // the API says that it is the visit
		{tooLarge, 0.5, 2},
		{unavailable, 0, 12}, // no API is taken to be better than an eighth
		{unavailable, 0.125, 12},
		{unavailable, 0.25, 17},
		{unavailable, 0.5, 32},
		{throttled, 0.5, 60},
		{misconfigured, 0.9, 205},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			p := policies[test.outcome]
			tried := func(n int) evidence {
				return evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: n, clearTries: n, triesInVain: n - 1, failureRate: test.failureRate}
			}
			assert.False(t, p.triedEnough(tried(test.tries-1)))
			assert.True(t, p.triedEnough(tried(test.tries)))
		})
	}
}

// TestTriesOfOtherVisitsCountToo: triesInVain are of all visits that failed alone
// since one of them succeeded. So the second visit at fault takes fewer tries.
func TestTriesOfOtherVisitsCountToo(t *testing.T) {
	for name, o := range failures {
		t.Run(name, func(t *testing.T) {
			p := policies[o]
			e := evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: p.tries, clearTries: p.tries, triesInVain: 50, failureRate: 0.5}
			assert.True(t, p.triedEnough(e))
			e.tries, e.clearTries = e.tries-1, e.clearTries-1
			assert.False(t, p.triedEnough(e), "its own tries count still")
		})
	}
}

// TestTheTriesOfOthersAloneDropNoVisit while the API fails at random: three tries of its own
// explain chance well.
func TestTheTriesOfOthersAloneDropNoVisit(t *testing.T) {
	e := evidence{othersAccepted: true, inARow: 1, isAlone: true, triesInVain: 1_000, failureRate: 0.5, freshRate: 0.6}
	for e.tries = 1; e.tries < 10; e.tries++ {
		assert.False(t, policies[unavailable].triedEnough(e), e.tries)
	}
	assert.True(t, policies[unavailable].triedEnough(e))
}

func TestBodiesThatSomethingIsKnownAgainstSayNothingOfTheAPI(t *testing.T) {
	s := newTestDelivery(t)
	l := s.dispatcher.newLane()
	fails := func(isSuspect bool) {
		l.countFailure(&body{visits: numbered(0, 2, nothingBad), suspicion: suspicion{isSuspect: isSuspect}})
	}
	for range 100 {
		fails(true)
	}
	assert.Zero(t, l.record.freshRate)
	fails(false)
	assert.InDelta(t, 1./9, l.record.freshRate, 1e-9, "one failure is not all")
	for range 300 {
		fails(false)
	}
	assert.InDelta(t, 1, l.record.freshRate, 0.02)
	for range 64 {
		l.record.learnAcceptance(&body{}, time.Now())
	}
	assert.InDelta(t, 0.37, l.record.freshRate, 0.02, "it is forgotten")
	b := &body{shipment: newShipment(t.Context(), s.Delivery, 2), lane: l, visits: numbered(0, 2, nothingBad)}
	e := s.dispatcher.evidence(b, answer{status: http.StatusInternalServerError})
	assert.Equal(t, l.record.freshRate, e.freshRate, "and is evidence") //nolint:testifylint // the same number
}

// TestEveryThirdTryComesAtOnce unless the API says that the visit is at fault: two servers may take
// turns, and the visit may always get the one that fails. No visit is tried more often because of
// it.
func TestEveryThirdTryComesAtOnce(t *testing.T) {
	every := map[string]int{"unavailable": 3, "misconfigured": 3, "throttled": 60}
	for name, o := range failures {
		t.Run(name, func(t *testing.T) {
			p := policies[o]
			e := evidence{othersAccepted: true, inARow: 1, isAlone: true, failureRate: 1}
			for e.tries = 1; e.tries < 200; e.tries++ {
				want := again
				if n, some := every[name]; some && e.tries%n == n-1 {
					want = repeat
				}
				require.Equal(t, want, p.verdict(e), e.tries)
			}
			e.tries, e.clearTries = p.tries, p.tries
			e.failureRate, e.triesInVain = 0, 99
			assert.Equal(t, setAside, p.verdict(e))
			e.tries, e.clearTries = 2*p.tries-1, 2*p.tries-1
			assert.Equal(t, setAside, p.verdict(e), "it was tried enough, too")
		})
	}
}

// TestNoTryComesAtOnceWhileNothingElseIsAccepted: it would not count.
func TestNoTryComesAtOnceWhileNothingElseIsAccepted(t *testing.T) {
	e := evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: 2, isQuiet: true}
	assert.Equal(t, again, policies[unavailable].verdict(e))
}

func TestAnAPIThatFailsAlwaysIsNoEvidenceAgainstAVisit(t *testing.T) {
	e := evidence{othersAccepted: true, inARow: 1, isAlone: true, tries: 1_000, triesInVain: 1_000, failureRate: 1}
	assert.Equal(t, again, policies[unavailable].verdict(e))
}
