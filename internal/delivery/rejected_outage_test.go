// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestAnAPIThatTakesOneBodyAndThenRejectsAllCostsNoVisit: after one success the API
// rejects every body for a while, again and again.
func TestAnAPIThatTakesOneBodyAndThenRejectsAllCostsNoVisit(t *testing.T) {
	const batches, outages = 40, 3
	for _, status := range []int{http.StatusBadRequest, http.StatusUnprocessableEntity} {
		for _, perBatch := range []int{1, 2, 400} {
			t.Run(fmt.Sprintf("%d, %d visits a batch", status, perBatch), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSimulation(t, 30*time.Second)
					isDown := func() bool {
						arrived, _, _ := s.ledger.counts()
						since := s.elapsed() % (10 * time.Minute)
						return s.elapsed() < outages*10*time.Minute && since < 5*time.Minute && arrived > 0
					}
					s.client.http.Transport = s.ledger.unless(isDown, withStatus(status), s.ledger.behind(nil, 20*time.Millisecond))
					for k := range batches {
						s.push(t, numbered(k*perBatch, perBatch, nothingBad))
						<-time.After(30 * time.Second)
					}
					s.finish(t, batches*perBatch, 0, telemetry.DropRejected)
					assert.Zero(t, s.dropped(t, telemetry.DropRejected))
				})
			})
		}
	}
}

// TestATryThatSaysNothingOfTheVisitIsNoneWhenTheAPIRejectsAll: the visit /2 fails alone with 500,
// others are accepted, and then the API begins to reject everything.
func TestATryThatSaysNothingOfTheVisitIsNoneWhenTheAPIRejectsAll(t *testing.T) {
	for _, status := range []int{400, 413, 418, 422} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, 30*time.Second)
				takes, isWell, rejects := s.ledger.behind(nil, 20*time.Millisecond), atomic.Bool{}, withStatus(status)
				s.client.http.Transport = transport(func(r *http.Request) (*http.Response, error) {
					body, err := io.ReadAll(r.Body)
					r.Body = io.NopCloser(bytes.NewReader(body))
					switch holds := bytes.Contains(body, []byte(`"/2/`)); {
					case err != nil, isWell.Load():
					case s.elapsed() >= 20*time.Second:
						return rejects(r)
					case holds:
						return withStatus(500)(r)
					}
					return takes(r)
				})
				s.push(t, numbered(0, 4, nothingBad))
				for range 3 { // the last one is accepted between two tries
					<-time.After(6 * time.Second)
					s.push(t, numbered(100+int(s.elapsed()/time.Second), 1, nothingBad))
				}
				<-time.After(10 * time.Minute)
				isWell.Store(true)
				s.finish(t, 7, 0, telemetry.DropRejected)
				assert.Zero(t, s.dropped(t, telemetry.DropTooLarge))
			})
		})
	}
}
