// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/component/componentstatus"
)

// TestTheStatusForgetsASiteThatWasRemoved, which is how people mend it.
func TestTheStatusForgetsASiteThatWasRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAgency(t, 3, func(token string) objection {
			if token == tokenOf(1) {
				return objections["401"]
			}
			return nil
		})
		a.batches <- a.flush(0, 1, upTo(3)...)
		<-time.After(5 * time.Second)
		assert.Equal(t, componentstatus.StatusRecoverableError, a.lastStatus())
		a.sites[1].Replace(nil)
		a.lot.SitesChanged(t.Context())
		a.SitesChanged()
		assert.Equal(t, componentstatus.StatusOK, a.lastStatus())
		a.sites[1].Replace(destinationOf(1))
		a.lot.SitesChanged(t.Context())
		a.SitesChanged()
		<-time.After(5 * time.Minute)
		assert.Equal(t, componentstatus.StatusRecoverableError, a.lastStatus(), "it is as bad as before")
		a.end(t)
	})
}

func (a *agency) lastStatus() componentstatus.Status {
	statuses := a.host.Statuses()
	if len(statuses) == 0 {
		return componentstatus.StatusNone
	}
	return statuses[len(statuses)-1]
}

// TestASignalsStatusIsMendedByItsOwnVisits though the other signal's showed first that the
// site is well again.
func TestASignalsStatusIsMendedByItsOwnVisits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		isIll := true
		a := newAgency(t, 2, func(string) objection {
			if isIll {
				return objections["401"]
			}
			return nil
		})
		a.batches <- a.flush(0, 1, 0)
		<-time.After(5 * time.Second)
		assert.Equal(t, componentstatus.StatusRecoverableError, a.lastStatus())
		isIll = false
		a.dispatcher.mu.Lock()
		a.dispatcher.lanes[a.sites[0]].breaker.close() // as an acceptance of the other signal does
		a.dispatcher.mu.Unlock()
		a.batches <- a.flush(1, 1, 0)
		<-time.After(5 * time.Second)
		assert.Equal(t, componentstatus.StatusOK, a.lastStatus())
		a.end(t)
	})
}
