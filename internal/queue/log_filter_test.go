// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestTheLogFilterLeavesOutOneMessage(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	for _, logger := range []*zap.Logger{FilterLog(zap.New(core)), FilterLog(zap.New(core)).With(zap.String("x", "y"))} {
		logger.Error("Exporting failed. Rejecting data.")
		logger.Error("Exporting failed. Rejecting data. Try enabling sending_queue to survive temporary failures.")
		logger.Error("Exporting failed. Dropping data.")
		logger.Debug("below the level")
	}
	assert.Equal(t, 2, logs.FilterMessage("Exporting failed. Dropping data.").Len())
	assert.Equal(t, 2, logs.Len())
	assert.Equal(t, map[string]any{"x": "y"}, logs.All()[1].ContextMap())
}
