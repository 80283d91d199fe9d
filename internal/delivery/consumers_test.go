// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// inOutage has so many batches pushed while the API takes nothing, and then a well API.
func inOutage(t *testing.T, batches int, keeper keeper, meanwhile func(*simulation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 30*time.Second)
		s.keeper, s.consumers.detaches = keeper, keeper == keptInMemory
		isDown := func() bool { return s.elapsed() < 10*time.Minute }
		s.client.http.Transport = s.ledger.unless(isDown, withStatus(500), s.ledger.behind(nil, 20*time.Millisecond))
		go func() {
			for k := range batches {
				s.push(t, numbered(k, 1, nothingBad))
			}
		}()
		<-time.After(5 * time.Minute)
		meanwhile(s)
		<-time.After(6 * time.Minute)
		s.finish(t, batches, 0, telemetry.DropRejected)
	})
}

func TestSoManyShipmentsGoOnWithoutTheirConsumersAndNoMore(t *testing.T) {
	inOutage(t, 400, keptInMemory, func(s *simulation) {
		s.dispatcher.mu.Lock()
		defer s.dispatcher.mu.Unlock()
		assert.Equal(t, maxDetached, s.consumers.detached)
		assert.Len(t, s.consumers.held, cap(s.slots))
	})
}

func TestAQueueOnDiskKeepsItsConsumers(t *testing.T) {
	inOutage(t, 100, keptOnDisk, func(s *simulation) {
		s.dispatcher.mu.Lock()
		defer s.dispatcher.mu.Unlock()
		assert.Zero(t, s.consumers.detached)
		assert.Len(t, s.consumers.held, cap(s.slots))
	})
}

// TestANightInWhichTheAPITakesNothingCostsNoVisit: the API takes one visit, and then
// nothing for eight hours, while more batches wait than there are consumers.
func TestANightInWhichTheAPITakesNothingCostsNoVisit(t *testing.T) {
	for name, o := range objections {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const batches, perBatch = 60, 20
				s := newSimulation(t, 30*time.Second)
				isDown := func() bool { return s.elapsed() > time.Second && s.elapsed() < 8*time.Hour }
				s.client.http.Transport = s.ledger.unless(isDown, o, s.ledger.behind(nil, 20*time.Millisecond))
				s.push(t, numbered(0, 1, nothingBad))
				<-time.After(2 * time.Second)
				for k := range batches {
					s.push(t, numbered(1+k*perBatch, perBatch, nothingBad))
				}
				s.finish(t, 1+batches*perBatch, 0, dropReasonOf(name))
				t.Log(s.ledger.requests, "requests")
			})
		})
	}
}
