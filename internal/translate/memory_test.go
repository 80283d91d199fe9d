// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// TestEndLetsGoOfThePayload: translators are kept for the next payload, and would keep
// this one in memory.
func TestEndLetsGoOfThePayload(t *testing.T) {
	tr := NewTranslator(NewRules(Config{}, visit.FieldSet{}), time.UTC)
	tr.Begin(fixture.Arrival)
	span := fixture.CapturedSpan()
	span.Attributes().PutStr("app.unknown", "x")
	_, skip := tr.Span(span)
	require.Equal(t, visit.NotSkipped, skip)
	_, skip = tr.LogRecord(fixture.LineRecord(fixture.JSONLine))
	require.Equal(t, visit.NotSkipped, skip)

	tr.End()
	assert.Empty(t, tr.text)
	assert.Zero(t, tr.facts.text)
	assert.Zero(t, tr.facts.hosts)
	assert.Zero(t, tr.facts.lastPeer)
	assert.Zero(t, tr.keys.other)
	known := 0
	for _, placed := range tr.keys.order {
		if placed.key != "" {
			known++
			assert.False(t, placed.isBorrowed)
			remembered := tr.keys.byHash[ascii.HashOf(placed.key)>>(64-hashBits)].key
			assert.True(t, mapping.Knows(placed.key) || unsafe.StringData(remembered) == unsafe.StringData(placed.key), "%s is borrowed", placed.key)
		}
	}
	assert.Positive(t, known, "keys of the table are remembered")
}
