// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

func TestAMissingMethodIsNamed(t *testing.T) {
	in := newTestIntake(t, knownAgentsConfig(""))
	core, logs := observer.New(zap.DebugLevel)
	in.explainer = translate.NewExplainer(zap.New(core))
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetKind(ptrace.SpanKindServer)
	span.Attributes().PutStr("url.path", "/")
	in.fromTraces(context.Background(), td)
	assert.Equal(t, []any{"method", "status", "user agent", "client address"}, logs.All()[0].ContextMap()["missing"])
}
