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
