// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// TestALimitOfRequestsDropsNoVisit: three other senders use up what the API takes, one
// request a second, three times of four.
func TestALimitOfRequestsDropsNoVisit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const batches = 17
		var taken sync.Map // seconds
		s := newSimulation(t, 30*time.Second)
		s.client.http.Transport = s.ledger.unless(func() bool {
			second := int64(s.elapsed() / time.Second)
			_, isTaken := taken.LoadOrStore(second, true)
			return isTaken || s.random.happens(0.75)
		}, withStatus(http.StatusTooManyRequests), s.ledger.behind(nil, 0))
		for k := range batches {
			<-time.After(5 * time.Second)
			b := numbered(100*k, 100, nothingBad)
			s.pushes.Go(func() { _ = s.Push(t.Context(), b) }) // what is left at the end is no promise
		}
		<-time.After(time.Hour)
		assert.Zero(t, s.dropped(t, telemetry.DropRejected))
		s.Delivery.stop(errStopped)
		s.pushes.Wait()
		require.NoError(t, s.Shutdown(t.Context()))
	})
}
