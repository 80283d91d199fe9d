// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

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
