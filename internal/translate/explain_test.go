// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestExplanationNamesKeysAndNoValues(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	e := NewExplainer(zap.New(core))
	attributes, body := pcommon.NewMap(), pcommon.NewValueMap()
	attributes.PutStr("user_agent.original", "visitor-data")
	attributes.PutStr("visitor-jane@example.com", "")
	attributes.PutStr("203.0.113.99", "")
	attributes.PutStr("token=visitor-secret", "")
	body.Map().PutEmptyMap("query").PutStr("visitor-key", "visitor-data")

	require.True(t, e.Wants(visit.SkipNoStatus, fixture.Arrival.UnixNano()))
	tr := NewTranslator(NewRules(Config{}, visit.FieldSet{}), time.UTC)
	f := &tr.facts
	f.set(visit.Method, 1, "visitor-data", 0)
	f.set(visit.Path, 1, "visitor-data", 0)
	e.Explain(visit.SkipNoStatus, pcommon.NewInstrumentationScope(), attributes, body, tr)
	entry := logs.All()[0]
	assert.Contains(t, entry.Message, remedies[visit.SkipNoStatus])
	assert.Equal(t, "no_status", entry.ContextMap()["reason"])
	assert.Equal(t, []any{"user_agent.original", "body: query"}, entry.ContextMap()["keys"])
	assert.Equal(t, []any{"status", "host", "user agent", "client address"}, entry.ContextMap()["missing"])
	unused := visit.SetOf(visit.Host)
	assert.Equal(t, []string{"status", "user agent", "client address"}, f.missing(&unused), "the destination does not use the host")
	text, err := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "message"}).EncodeEntry(entry.Entry, entry.Context)
	require.NoError(t, err)
	assert.NotContains(t, text.String(), "visitor-")
}

func TestExplanationsAreRare(t *testing.T) {
	core, _ := observer.New(zapcore.DebugLevel)
	e := NewExplainer(zap.New(core))
	assert.True(t, e.Wants(visit.SkipNoHost, fixture.Arrival.UnixNano()))
	assert.False(t, e.Wants(visit.SkipNoHost, fixture.Arrival.Add(59*time.Second).UnixNano()))
	assert.True(t, e.Wants(visit.SkipNoUserAgent, fixture.Arrival.UnixNano()), "another reason")
	assert.True(t, e.Wants(visit.SkipNoHost, fixture.Arrival.Add(time.Minute).UnixNano()))
	assert.False(t, e.Wants(visit.NotSkipped, fixture.Arrival.UnixNano()))
}

func TestNothingIsExplainedUnlessDebugging(t *testing.T) {
	core, _ := observer.New(zapcore.InfoLevel)
	assert.False(t, NewExplainer(zap.New(core)).Wants(visit.SkipNoHost, fixture.Arrival.UnixNano()))
}

func TestEveryReasonHasARemedy(t *testing.T) {
	for reason := visit.NotSkipped + 1; reason < visit.SkipReasonCount; reason++ {
		assert.NotEmpty(t, visit.SkipReasons[reason])
		assert.NotEmpty(t, remedies[reason], visit.SkipReasons[reason])
	}
}
