// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// mcpMethodKeys are the keys by which a span of the Model Context Protocol is
// recognised.
var mcpMethodKeys = [...]string{"mcp.method.name", "mcp.method"}

// findMCP indexes the payload's MCP server spans by the HTTP span of the same
// request: their parent, or a span that they link to (semantic conventions for MCP).
// The HTTP span is the visit, and gets the facts of the MCP span.
func (t *Translator) findMCP(td ptrace.Traces) {
	for span := range spansOf(td) {
		if span.Kind() == ptrace.SpanKindServer && mayBeMCP(span) && isMCP(span.Attributes()) {
			t.rememberMCP(span)
		}
	}
}

// mayBeMCP rules out most spans without a look at their attributes: an MCP span is
// named after its method, such as tools/call, an HTTP span after one such as GET.
func mayBeMCP(span ptrace.Span) bool {
	name := span.Name()
	return name != "" && name[0] >= 'a' && name[0] <= 'z' && (!span.ParentSpanID().IsEmpty() || span.Links().Len() > 0)
}

func isMCP(attributes pcommon.Map) bool {
	for _, key := range mcpMethodKeys {
		if _, ok := attributes.Get(key); ok {
			return true
		}
	}
	return false
}

func (t *Translator) rememberMCP(span ptrace.Span) {
	if t.mcp == nil {
		t.mcp = make(map[spanKey]pcommon.Map)
	}
	keys := []spanKey{{span.TraceID(), span.ParentSpanID()}}
	for _, link := range span.Links().All() {
		keys = append(keys, spanKey{link.TraceID(), link.SpanID()})
	}
	for _, key := range keys {
		if _, taken := t.mcp[key]; !taken && !key.span.IsEmpty() {
			t.mcp[key] = span.Attributes()
		}
	}
}

// readMCP adds the facts of the MCP span that belongs to an HTTP span.
func (t *Translator) readMCP(span ptrace.Span) {
	if len(t.mcp) == 0 {
		return
	}
	attributes, found := t.mcp[spanKey{span.TraceID(), span.SpanID()}]
	if !found {
		return
	}
	for key, v := range attributes.All() {
		if a := lookup(t, key); a != nil && a.Field >= visit.McpMethod && a.Field <= visit.ErrorType {
			t.facts.store(a, value.Of(v))
		}
	}
}
