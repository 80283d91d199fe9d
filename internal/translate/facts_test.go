// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

func TestMarksOfAbsenceAreNoValues(t *testing.T) {
	for _, mark := range []string{"", "-", "null", "(null)", "<nil>", "unknown", "REDACTED", "Redacted", "[REDACTED]"} {
		t.Run(mark, func(t *testing.T) {
			v, _ := translation.One(translate.Config{}, map[string]any{"user_agent.original": mark, "http.user_agent": "second-best"})
			assert.Equal(t, "second-best", v.UserAgent)
		})
	}
}
