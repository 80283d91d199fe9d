// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// assertOthersPass delivers batches, of which some visits are bad, and requires that the others arrive in
// time.
func (l *line) assertOthersPass(t *testing.T, batches, perBatch, bad int, inTime time.Duration, isBad func(int) bool) {
	t.Helper()
	var feed sync.WaitGroup
	feed.Go(func() {
		for k := range batches {
			select {
			case l.batches <- numbered(k*perBatch, perBatch, isBad):
			case <-l.cutOff.Done():
				return
			}
		}
	})
	good, arrived := batches*perBatch-bad, 0
	for ; arrived < good && l.elapsed() < inTime; arrived, _, _ = l.ledger.counts() {
		<-time.After(time.Minute)
	}
	t.Log(arrived, "of", good, "after", l.elapsed(), "with", l.ledger.requests, "requests")
	assert.Equal(t, good, arrived)
	l.stop(t)
	feed.Wait()
	close(l.batches)
}

// TestVisitsAtFaultThatCannotGoBackLetOthersPass though they hold all consumers, the queue is full
// and a pause has begun: nothing else is left that could end it.
func TestVisitsAtFaultThatCannotGoBackLetOthersPass(t *testing.T) {
	const batches, perBatch = 100, 100
	for _, name := range []string{"403", "403 with Retry-After", "429", "429 with Retry-After", "500", "503 with Retry-After", "a reset"} {
		for _, chance := range []float64{0, 0.05, 0.3} {
			for seed := range uint64(2) {
				t.Run(fmt.Sprint(name, " ", chance, " ", seed), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						l := newLine(t, 0)
						l.random = newRandom(seed)
						bad := l.random.places(batches, batches*perBatch)
						l.client.http.Transport = l.ledger.unless(func() bool { return l.random.happens(chance) },
							objections[name], l.ledger.behind(objections[name], 20*time.Millisecond))
						l.assertOthersPass(t, batches, perBatch, len(bad), 12*time.Hour, func(i int) bool { return bad[i] })
					})
				})
			}
		}
	}
}

// TestAnOutageWithAFullQueueCostsHardlyAVisitThatFailedAtRandomBefore: they hold all consumers when it begins,
// and look as if they were at fault.
func TestAnOutageWithAFullQueueCostsHardlyAVisitThatFailedAtRandomBefore(t *testing.T) {
	const batches, perBatch, chance = 200, 50, 0.9
	for _, name := range []string{"429 with Retry-After", "503 with Retry-After"} {
		for seed := range uint64(2) {
			t.Run(fmt.Sprint(name, " ", seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLine(t, 5)
					defer close(l.batches)
					l.random = newRandom(seed)
					fails := func() bool {
						is := l.elapsed()
						return is < 5*time.Minute && l.random.happens(chance) || is >= 5*time.Minute && is < time.Hour
					}
					l.client.http.Transport = l.ledger.unless(fails, objections[name], l.ledger.behind(nil, 20*time.Millisecond))
					for k := range batches {
						l.batches <- numbered(k*perBatch, perBatch, nothingBad)
						<-time.After(2 * time.Second)
					}
					<-time.After(2 * time.Hour)
					l.pushes.Wait()
					dropped := int(l.dropped(t, telemetry.DropRejected))
					assert.Less(t, dropped, batches*perBatch/1000)
					l.finish(t, batches*perBatch-dropped, dropped, telemetry.DropRejected)
				})
			})
		}
	}
}

// TestSmallBatchesWithAVisitAtFaultEachLetOthersPass though they hold all consumers, and the queue is
// full.
func TestSmallBatchesWithAVisitAtFaultEachLetOthersPass(t *testing.T) {
	for _, name := range []string{"403", "422", "429 with Retry-After", "500"} {
		for _, perBatch := range []int{2, 5, 9, 10} {
			t.Run(fmt.Sprint(name, " ", perBatch), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					l := newLine(t, 0)
					l.client.http.Transport = l.ledger.behind(objections[name], 20*time.Millisecond)
					wellUntil, bad, batches := 5, cap(l.consumers), 60
					isBad := func(i int) bool {
						k := i / perBatch
						return k >= wellUntil && k < wellUntil+bad && i%perBatch == 0
					}
					l.assertOthersPass(t, batches, perBatch, bad, time.Hour, isBad)
				})
			})
		}
	}
}

func TestAShipmentThatGoesOnKnowsWhatBecameOfTheRest(t *testing.T) {
	one := batchOf(1, func(int) string { return "/a" })
	s := newShipment(t.Context(), nil, 10)
	s.left, s.failure, s.delivered, s.yields = []*queue.Batch{one}, errNoRetries, 8, []*body{{}}
	next := s.goesOn()
	assert.Equal(t, 1, next.leftVisits())
	require.ErrorIs(t, next.reason(), errNoRetries)
	assert.True(t, next.isStuck)
	assert.Len(t, next.stuck, 1)
	assert.Equal(t, 8, next.delivered)
}
