// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestVisitsAtFaultLeaveAConsumerForOthers: as many as there are consumers come first.
// While they hold all, nothing else can be accepted.
func TestVisitsAtFaultLeaveAConsumerForOthers(t *testing.T) {
	t.Skip("they hold all consumers for ever: delivery takes the API to be at fault, and no fresh visit can show that it is not")
	for _, name := range []string{"403", "422", "429", "500", "a reset", "silence"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSimulation(t, 30*time.Second)
				s.client.http.Transport = s.ledger.behind(objections[name], 20*time.Millisecond)
				s.push(t, numbered(0, 1, nothingBad))
				<-time.After(time.Second)
				for i := range cap(s.consumers) {
					b := numbered(1+i, 1, func(int) bool { return true })
					s.consumers <- struct{}{}
					s.pushes.Go(func() { _ = s.Push(t.Context(), b); <-s.consumers })
				}
				<-time.After(time.Hour)
				assert.Less(t, len(s.consumers), cap(s.consumers), "consumers that are held")
				s.stop(t)
			})
		})
	}
}
