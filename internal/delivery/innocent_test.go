// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestVisitsAtFaultCostAnAPIThatFailsAtRandomNothing though there are visits at fault, whose tries
// fail again and again.
func TestVisitsAtFaultCostAnAPIThatFailsAtRandomNothing(t *testing.T) {
	const batches, perBatch = 100, 100
	for _, name := range []string{"403", "429", "500", "503 with Retry-After", "a reset"} {
		for _, chance := range []float64{0.05, 0.3, 0.6} {
			for seed := range uint64(2) {
				t.Run(fmt.Sprint(name, " ", chance, " ", seed), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := newSimulation(t, 30*time.Second)
						s.random = newRandom(seed)
						bad := s.random.places(batches, batches*perBatch)
						s.client.http.Transport = s.ledger.unless(func() bool { return s.random.happens(chance) },
							objections[name], s.ledger.behind(objections[name], 20*time.Millisecond))
						for k := range batches {
							<-time.After(3 * time.Second)
							s.push(t, numbered(k*perBatch, perBatch, func(i int) bool { return bad[i] }))
						}
						s.finish(t, batches*perBatch-len(bad), len(bad), telemetry.DropRejected)
					})
				})
			}
		}
	}
}

// TestAVisitAtFaultIsForgottenAfterAnHour: an API that was well then may begin to fail at random, and
// the first good visits that fail alone are not taken for more of its kind: hardly one in a
// thousand onsets. If they were, one in seven would be.
func TestAVisitAtFaultIsForgottenAfterAnHour(t *testing.T) {
	const onsets, chance, most = 10, 0.5, 2
	for _, name := range []string{"403", "500", "a reset"} {
		t.Run(name, func(t *testing.T) {
			skipUnlessSample(t)
			dropped := 0
			for seed := range uint64(4) {
				synctest.Test(t, func(t *testing.T) {
					s, isIll, visits := newSimulation(t, 30*time.Second), atomic.Bool{}, 0
					s.random = newRandom(seed)
					s.client.http.Transport = s.ledger.unless(func() bool { return isIll.Load() && s.random.happens(chance) },
						objections[name], s.ledger.behind(objections[name], 20*time.Millisecond))
					feed := func(batches, bad int) {
						for range batches {
							some, first := 1+int(s.random.upTo(5)), visits
							s.push(t, numbered(first, some, func(i int) bool { return i < first+bad }))
							visits += some
							bad = 0
							<-time.After(5 * time.Second)
						}
					}
					for range onsets {
						feed(60, 1)
						<-time.After(knownFor + time.Minute)
						isIll.Store(true)
						feed(120, 0)
						isIll.Store(false)
						feed(180, 0)
					}
					s.pushes.Wait()
					good := int(s.dropped(t, telemetry.DropRejected)) - onsets
					dropped += good
					s.finish(t, visits-onsets-good, onsets+good, telemetry.DropRejected)
				})
			}
			assert.LessOrEqual(t, dropped, most)
		})
	}
}

func TestTriesInVainCountForAnHour(t *testing.T) {
	r, now := record{}, time.Now()
	r.learnTry(evidence{tries: 5, triesInVain: 9}, now)
	r.learnTry(evidence{tries: 1, triesInVain: 9}, now.Add(knownFor))
	assert.Equal(t, 9, r.triesInVain)
	r.learnTry(evidence{tries: 2, triesInVain: 10}, now.Add(3*knownFor))
	assert.Equal(t, 10, r.triesInVain, "in a quiet time a visit's own tries are hours apart")
	r.learnTry(evidence{tries: 1, triesInVain: 10}, now.Add(4*knownFor+1))
	assert.Zero(t, r.triesInVain)
}
