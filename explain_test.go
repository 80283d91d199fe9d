// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestExplanationNamesKeysAndNoValues(t *testing.T) {
	core, logs := observer.New(zapcore.DebugLevel)
	e := newExplainer(zap.New(core))
	attributes, body := pcommon.NewMap(), pcommon.NewValueMap()
	attributes.PutStr("user_agent.original", "visitor-data")
	attributes.PutStr("visitor-jane@example.com", "")
	attributes.PutStr("203.0.113.99", "")
	attributes.PutStr("token=visitor-secret", "")
	body.Map().PutEmptyMap("query").PutStr("visitor-key", "visitor-data")

	require.True(t, e.wants(skipNoStatus, arrival.UnixNano()))
	tr := newTranslator(newRules(VisitsConfig{}, fieldSet{}), time.UTC)
	f := &tr.facts
	f.set(method, 1, "visitor-data", 0)
	f.set(path, 1, "visitor-data", 0)
	e.explain(skipNoStatus, pcommon.NewInstrumentationScope(), attributes, body, tr)
	entry := logs.All()[0]
	assert.Contains(t, entry.Message, remedies[skipNoStatus])
	assert.Equal(t, "no_status", entry.ContextMap()["reason"])
	assert.Equal(t, []any{"user_agent.original", "body: query"}, entry.ContextMap()["keys"])
	assert.Equal(t, []any{"status", "host", "user agent", "client address"}, entry.ContextMap()["missing"])
	unused := setOf(host)
	assert.Equal(t, []string{"status", "user agent", "client address"}, f.missing(&unused), "the destination does not use the host")
	text, err := zapcore.NewJSONEncoder(zapcore.EncoderConfig{MessageKey: "message"}).EncodeEntry(entry.Entry, entry.Context)
	require.NoError(t, err)
	assert.NotContains(t, text.String(), "visitor-")
}

func TestAMissingMethodIsNamed(t *testing.T) {
	in := newTestIntake(t, knownAgentsConfig(""))
	core, logs := observer.New(zap.DebugLevel)
	in.explainer = newExplainer(zap.New(core))
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetKind(ptrace.SpanKindServer)
	span.Attributes().PutStr("url.path", "/")
	in.fromTraces(context.Background(), td)
	assert.Equal(t, []any{"method", "status", "user agent", "client address"}, logs.All()[0].ContextMap()["missing"])
}

func TestExplanationsAreRare(t *testing.T) {
	core, _ := observer.New(zapcore.DebugLevel)
	e := newExplainer(zap.New(core))
	assert.True(t, e.wants(skipNoHost, arrival.UnixNano()))
	assert.False(t, e.wants(skipNoHost, arrival.Add(59*time.Second).UnixNano()))
	assert.True(t, e.wants(skipNoUserAgent, arrival.UnixNano()), "another reason")
	assert.True(t, e.wants(skipNoHost, arrival.Add(time.Minute).UnixNano()))
	assert.False(t, e.wants(notSkipped, arrival.UnixNano()))
}

func TestNothingIsExplainedUnlessDebugging(t *testing.T) {
	core, _ := observer.New(zapcore.InfoLevel)
	assert.False(t, newExplainer(zap.New(core)).wants(skipNoHost, arrival.UnixNano()))
}

func TestEveryReasonHasARemedy(t *testing.T) {
	for reason := notSkipped + 1; reason < skipReasonCount; reason++ {
		assert.NotEmpty(t, skipReasons[reason])
		assert.NotEmpty(t, remedies[reason], skipReasons[reason])
	}
}
