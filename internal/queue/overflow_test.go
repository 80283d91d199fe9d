// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestAQueueThatIsFullNowAndThenIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.InfoLevel)
		in := delivery.newTestDelivery(t).intakeFor(zap.New(core))
		full := errors.New("full")
		for range 100 {
			assert.NoError(t, in.settle(t.Context(), delivery.newBatch(3), full))
			<-time.After(episodeEnd / 100)
			assert.NoError(t, in.settle(t.Context(), delivery.newBatch(3), nil))
		}
		assert.Equal(t, 1, logs.Len(), "while it goes on")

		<-time.After(episodeEnd)
		for range 2 {
			assert.NoError(t, in.settle(t.Context(), delivery.newBatch(3), nil))
		}
		ended := logs.FilterMessage("The queue takes visits again.").All()
		if assert.Len(t, ended, 1) {
			assert.EqualValues(t, 300, ended[0].ContextMap()["dropped_visits"])
		}
		assert.NoError(t, in.settle(t.Context(), delivery.newBatch(3), full))
		assert.Equal(t, 3, logs.Len(), "the next episode")
	})
}

// intakeFor is an intake with the delivery's counters.
func (b *delivery.testDelivery) intakeFor(logger *zap.Logger) *agentvisitsexporter.intake {
	return agentvisitsexporter.newIntake(agentvisitsexporter.knownAgentsConfig("http://127.0.0.1:1"), b.destination, b.counters, logger)
}
