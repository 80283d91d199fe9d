// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestASilentSiteHoldsNoConsumerThatOthersNeed: batches come faster than its requests end.
func TestASilentSiteHoldsNoConsumerThatOthersNeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sites, rounds, ill = 20, 900, 7
		var a *agency
		a = newAgency(t, sites, func(token string) objection {
			if token == tokenOf(ill) && a.elapsed() < 10*time.Minute {
				return objections["silence"]
			}
			return nil
		})
		worst := 0
		for k := range rounds {
			a.batches <- a.flush(k, 1, upTo(sites)...)
			<-time.After(time.Second)
			behind := 0
			for i := range sites {
				if i != ill {
					behind = max(behind, k+1-a.arrivedOf(t, i))
				}
			}
			worst = max(worst, behind)
		}
		assert.LessOrEqual(t, worst, 3, "batches that others wait for")
		<-time.After(20 * time.Minute)
		assert.Equal(t, rounds, a.arrivedOf(t, ill), "all that waited")
		assert.Empty(t, a.dropped)
		a.end(t)
	})
}

// fullParking can park nothing, as if its disk were full.
type fullParking struct{ queue.Parking }

func (fullParking) Park(context.Context, *queue.Batch) error { return errors.New("no space") }

func TestRetriesEndThoughNothingCanBeParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAgency(t, 2, func(token string) objection {
			if token == tokenOf(1) {
				return objections["401"]
			}
			return nil
		})
		a.settings.Retry.MaxElapsedTime = 16 * time.Minute
		a.settings.Parking = fullParking{a.lot}
		a.batches <- a.flush(0, 1, upTo(2)...)
		<-time.After(15 * time.Minute)
		assert.EqualValues(t, 0, a.testDelivery.dropped(t, telemetry.DropGivenUp))
		<-time.After(2 * time.Minute)
		assert.EqualValues(t, 1, a.testDelivery.dropped(t, telemetry.DropGivenUp))
		a.end(t)
	})
}
