// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestTheLogFilterLeavesOutWhatTheHelperSaysOfLosses(t *testing.T) {
	for name, test := range map[string]struct {
		alsoRejections bool
		want           int // messages about rejections
	}{
		"all losses":                   {true, 0},
		"those that the pipeline gets": {false, 2},
	} {
		t.Run(name, func(t *testing.T) {
			core, logs := observer.New(zap.InfoLevel)
			logger := FilterLog(zap.New(core), test.alsoRejections)
			for _, logger := range []*zap.Logger{logger, logger.With(zap.String("x", "y"))} {
				logger.Error("Exporting failed. Rejecting data.")
				logger.Error("Exporting failed. Dropping data. Try enabling retry_on_failure config option.")
				logger.Info("Exporting failed. Will retry the request after interval.")
				logger.Error("Something else.")
				logger.Debug("below the level")
			}
			assert.Equal(t, test.want, logs.FilterMessageSnippet("Rejecting").Len())
			assert.Equal(t, 2, logs.FilterMessage("Something else.").Len())
			assert.Equal(t, 2+test.want, logs.Len())
			assert.Equal(t, map[string]any{"x": "y"}, logs.All()[logs.Len()-1].ContextMap())
		})
	}
}
