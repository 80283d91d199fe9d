// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestAnAPIThatRefusesEverythingForSecondsCostsNoVisit: five seconds of each status
// that is a failure.
func TestAnAPIThatRefusesEverythingForSecondsCostsNoVisit(t *testing.T) {
	const batches, perBatch = 40, 400
	for status := 300; status < 600; status++ {
		if http.StatusText(status) == "" && status != 499 && status != 520 {
			continue
		}
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, 30*time.Second)
				isDown := func() bool { return s.elapsed() < 5*time.Second }
				s.client.http.Transport = s.ledger.unless(isDown, withStatus(status), s.ledger.behind(nil, 20*time.Millisecond))
				for k := range batches {
					s.push(t, numbered(k*perBatch, perBatch, nothingBad))
					<-time.After(time.Second)
				}
				s.finish(t, batches*perBatch, 0, telemetry.DropRejected)
				assert.Zero(t, s.dropped(t, telemetry.DropTooLarge))
				assert.Less(t, s.elapsed(), 100*time.Second)
				assert.Less(t, s.ledger.requests, 3*batches)
			})
		})
	}
}

// TestAfterABodyWasTooLargeBodiesAreFullAgainWithinAMinute has an API that takes no
// body for five seconds, and large batches.
func TestAfterABodyWasTooLargeBodiesAreFullAgainWithinAMinute(t *testing.T) {
	const perBatch = 3_500
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 30*time.Second)
		isDown := func() bool { return s.elapsed() < 5*time.Second }
		s.client.http.Transport = s.ledger.unless(isDown, withStatus(413), s.ledger.behind(nil, 20*time.Millisecond))
		batches := 0
		for ; s.elapsed() < 70*time.Second; batches++ {
			s.push(t, numbered(batches*perBatch, perBatch, nothingBad))
			<-time.After(2 * time.Second)
		}
		s.finish(t, batches*perBatch, 0, telemetry.DropTooLarge)
		full := numbered(1, perBatch, nothingBad).BytesSize()
		assert.GreaterOrEqual(t, s.ledger.sizes[len(s.ledger.sizes)-1], full)
		assert.Less(t, slices.Min(s.ledger.sizes), full/2, "they were cut meanwhile")
	})
}

// TestALimitOfTheBodysSizeIsKept has an API that never takes more, as a proxy with a
// limit of 200 kB. It is asked for more now and then, because it may have been changed.
func TestALimitOfTheBodysSizeIsKept(t *testing.T) {
	const perBatch, limit = 4_000, 200_000
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 30*time.Second)
		takes := s.ledger.behind(nil, 20*time.Millisecond)
		s.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
			return s.ledger.unless(func() bool { return r.ContentLength > limit }, withStatus(413), takes)(r)
		})
		batches := 0
		for ; s.elapsed() < 5*time.Minute; batches++ {
			s.push(t, numbered(batches*perBatch, perBatch, nothingBad))
			<-time.After(2 * time.Second)
		}
		s.finish(t, batches*perBatch, 0, telemetry.DropTooLarge)
		refused := 0
		for _, size := range s.ledger.sizes {
			if size > limit {
				refused++
			}
		}
		assert.Less(t, refused, len(s.ledger.sizes)/5)
	})
}

// TestAnAPIThatFailsAtRandomLosesNothing: each request fails with some chance, whatever
// it holds.
func TestAnAPIThatFailsAtRandomLosesNothing(t *testing.T) {
	const batches, perBatch = 100, 200
	for _, chance := range []float64{0.1, 0.5} {
		for name, o := range map[string]objection{"403": withStatus(403), "429": withStatus(429), "500": withStatus(500), "a reset": withReset} {
			t.Run(fmt.Sprint(name, " ", chance), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSimulation(t, 30*time.Second)
					s.client.http.Transport = s.ledger.unless(func() bool { return s.random.happens(chance) }, o, s.ledger.behind(nil, 20*time.Millisecond))
					for k := range batches {
						s.push(t, numbered(k*perBatch, perBatch, nothingBad))
						<-time.After(2 * time.Second)
					}
					s.finish(t, batches*perBatch, 0, telemetry.DropRejected)
					assert.Less(t, s.elapsed(), 20*time.Minute)
				})
			})
		}
	}
}

// TestOneOfTwoServersThatFailsCostsHardlyAVisit though they take turns, so that a visit that is sent
// after every other one always gets the same: less than one in ten thousand.
func TestOneOfTwoServersThatFailsCostsHardlyAVisit(t *testing.T) {
	for _, name := range []string{"403", "429", "500", "a reset"} {
		t.Run(name, func(t *testing.T) {
			skipUnlessSample(t)
			visits, dropped := 0, 0
			for seed := range uint64(5) {
				synctest.Test(t, func(t *testing.T) {
					s, turn := newSimulation(t, 30*time.Second), atomic.Int64{}
					s.random = newRandom(seed)
					isDown := func() bool { return turn.Add(1)%2 == 0 }
					s.client.http.Transport = s.ledger.unless(isDown, objections[name], s.ledger.behind(nil, 20*time.Millisecond))
					for s.elapsed() < 30*time.Minute {
						some := 1 + int(s.random.upTo(100))
						s.push(t, numbered(visits, some, nothingBad))
						visits += some
						<-time.After(s.random.upTo(15 * time.Second))
					}
					<-time.After(30 * time.Minute)
					dropped += int(s.dropped(t, telemetry.DropRejected))
					s.stop(t)
				})
			}
			assert.Less(t, dropped, visits/10_000)
		})
	}
}
