// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

func TestAQueueThatIsFullNowAndThenIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const episodeEnd = 10 * time.Second // without a drop, as internal/queue has it
		core, logs := observer.New(zap.InfoLevel)
		in := newTestIntake(t, knownAgentsConfig(""))
		in.logger = zap.New(core)
		settle := func(err error) {
			assert.NoError(t, in.settle(t.Context(), in.fromTraces(t.Context(), fixture.VisitTraces(3)), err))
		}
		full := errors.New("full")
		for range 100 {
			settle(full)
			<-time.After(episodeEnd / 100)
			settle(nil)
		}
		assert.Equal(t, 1, logs.Len(), "while it goes on")

		<-time.After(episodeEnd)
		for range 2 {
			settle(nil)
		}
		ended := logs.FilterMessage("The queue takes visits again.").All()
		if assert.Len(t, ended, 1) {
			assert.EqualValues(t, 300, ended[0].ContextMap()["dropped_visits"])
		}
		settle(full)
		assert.Equal(t, 3, logs.Len(), "the next episode")
	})
}

// TestBatchesThatTheQueueRefusedDoNotWait: while enough visits wait, small payloads
// are coalesced, and their batch is queued with the size that it can reach.
func TestBatchesThatTheQueueRefusedDoNotWait(t *testing.T) {
	for name, c := range map[string]struct {
		err       error
		coalesces bool
	}{
		"queued":  {nil, true},
		"refused": {errors.New("full"), false},
	} {
		t.Run(name, func(t *testing.T) {
			in := newTestIntake(t, knownAgentsConfig(""))
			in.memory = queue.NewMemory(&in.destination.Framing, true, func(err error, _ int) { t.Error(err) })
			for range 40 { // 10 kB each
				assert.NoError(t, in.settle(t.Context(), in.fromTraces(t.Context(), fixture.VisitTraces(30)), c.err))
			}
			next := in.fromTraces(t.Context(), fixture.VisitTraces(1))
			assert.Equal(t, c.coalesces, next.BytesSize() > 10_000)
		})
	}
}
