// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// between is a batch of visits of which nothing is known around those of another.
func between(before int, visits *queue.Batch, after int) *queue.Batch {
	all := numbered(1_000, before, nothingBad)
	all.Merge(visits)
	all.Merge(numbered(2_000, after, nothingBad))
	return all
}

func TestWhatSpeaksAgainstABodyIsKnownWhenItComesBackAmongOthers(t *testing.T) {
	for name, c := range map[string]struct {
		suspicion suspicion
		visits    int
		forgets   bool // all but how often it was throttled
	}{
		"a visit that failed alone":             {suspicion{isSuspect: true, tries: 7, accepted: 3}, 1, false},
		"a part of a body that failed":          {suspicion{isSuspect: true}, 4, false},
		"a body that was throttled":             {suspicion{throttling: throttling{wasThrottled: true, throttles: 1}, accepted: 5}, 3, true},
		"a body that is throttled all the time": {suspicion{throttling: throttling{wasThrottled: true, throttles: throttledEnough}, accepted: 5}, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRemembered()
			r.note(&body{visits: numbered(0, c.visits, nothingBad), suspicion: c.suspicion})
			bodies := r.recall(nil, between(2, numbered(0, c.visits, nothingBad), 2))
			require.Len(t, bodies, 2)
			assert.Equal(t, 4, bodies[0].visits.Count, "the others")
			assert.Zero(t, bodies[0].suspicion)
			assert.Equal(t, c.visits, bodies[1].visits.Count)
			if c.forgets {
				c.suspicion = suspicion{throttling: throttling{throttles: c.suspicion.throttles}}
			}
			assert.Equal(t, c.suspicion, bodies[1].suspicion)
			assert.Len(t, r.recall(nil, numbered(0, c.visits, nothingBad)), 1)
			assert.Empty(t, r.bodies, "it is known once")
		})
	}
}

func TestABodyThatComesBackInPiecesIsKnownByItsFirst(t *testing.T) {
	r := newRemembered()
	r.note(&body{visits: numbered(0, 10, nothingBad), suspicion: suspicion{isSuspect: true}})
	bodies := r.recall(nil, between(1, numbered(0, 4, nothingBad), 0))
	require.Len(t, bodies, 2)
	assert.Equal(t, 1, bodies[0].visits.Count)
	assert.Equal(t, 4, bodies[1].visits.Count)
	assert.True(t, bodies[1].isSuspect)
}

func TestABodyAgainstWhichNothingSpeaksIsNotRemembered(t *testing.T) {
	r := newRemembered()
	r.note(&body{visits: numbered(0, 10, nothingBad)})
	assert.Empty(t, r.bodies)
}

// Visits of a site that is removed while they are parked never come back.
func TestTheNewestAreRememberedThoughOthersNeverComeBack(t *testing.T) {
	r := newRemembered()
	for i := range 3 * mostRemembered {
		one := batchOf(1, func(int) string { return fmt.Sprintf("/%d", i) })
		r.note(&body{visits: one, suspicion: suspicion{isSuspect: true}})
		require.LessOrEqual(t, len(r.bodies), mostRemembered)
		if i >= 2*mostRemembered {
			require.True(t, r.recall(nil, one)[0].isSuspect)
		}
	}
}

// TestAVisitThatCameBackIsLeftOnDiskThoughItWasNotTriedAgain: the queue keeps what Push returns
// with an error.
func TestAVisitThatCameBackIsLeftOnDiskThoughItWasNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTestDelivery(t)
		d.keeper = keptOnDisk
		soon := time.Now().Add(time.Minute)
		d.dispatcher.remembered.note(&body{visits: newBatch(1), suspicion: suspicion{isSuspect: true, tries: 2, readyAt: soon, quietAt: soon}})
		ended := d.pushes(1, 1)
		d.BeginShutdown()
		require.ErrorIs(t, <-ended, errStopped)
		assert.Empty(t, d.api.Requests(fakeapi.KnownAgents))
	})
}
