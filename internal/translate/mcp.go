// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// indexMCP notes the payload's server spans of the Model Context Protocol, each by
// the HTTP span of the same request: its parent, or a span that it links to
// (semantic conventions for MCP). The HTTP span becomes the visit, and gets the facts
// of the MCP span.
func (t *Translator) indexMCP(td ptrace.Traces) {
	for span := range spansOf(td) {
		if span.Kind() == ptrace.SpanKindServer && mayBeMCP(span) && isMCP(span.Attributes()) {
			t.noteMCP(span)
		}
	}
}

// mayBeMCP rules out most spans without a look at their attributes: an MCP span is
// named after its method, such as tools/call, and an HTTP span after one such as GET.
func mayBeMCP(span ptrace.Span) bool {
	name := span.Name()
	return name != "" && name[0] >= 'a' && name[0] <= 'z' && (!span.ParentSpanID().IsEmpty() || span.Links().Len() > 0)
}

// mcpMethodKeys are the keys by which an MCP span is recognised.
var mcpMethodKeys = [...]string{"mcp.method.name", "mcp.method"}

func isMCP(attributes pcommon.Map) bool {
	for _, key := range mcpMethodKeys {
		if _, ok := attributes.Get(key); ok {
			return true
		}
	}
	return false
}

func (t *Translator) noteMCP(span ptrace.Span) {
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

// readMCP stores the facts of the MCP span that belongs to an HTTP span.
func (t *Translator) readMCP(span ptrace.Span) {
	if len(t.mcp) == 0 {
		return
	}
	attributes, found := t.mcp[spanKey{span.TraceID(), span.SpanID()}]
	if !found {
		return
	}
	for key, v := range attributes.All() {
		if m := lookup(t, key); m != nil && m.Field >= visit.MCPMethod && m.Field <= visit.ErrorType {
			t.facts.store(m, value.Of(v))
		}
	}
}

// mcpSigns are the fields without which resolveMCP has nothing to do.
var mcpSigns = visit.SetOf(visit.MCPMethod, visit.RPCSystem, visit.ErrorType)

// resolveMCP completes the facts of an MCP call with those of keys that mean
// something else in other items.
func (f *facts) resolveMCP() {
	if !f.present.Meets(&mcpSigns) {
		return
	}
	switch {
	case f.text[visit.MCPMethod] != "":
	case f.text[visit.RPCSystem] == "mcp", f.text[visit.RPCSystem] == "jsonrpc":
		f.set(visit.MCPMethod, 1, f.text[visit.RPCMethod], 0)
	}
	if f.text[visit.MCPMethod] == "tools/call" && f.text[visit.MCPTool] == "" {
		f.set(visit.MCPTool, 1, f.text[visit.MCPName], 0)
	}
	switch failure := f.text[visit.ErrorType]; {
	case failure == "tool_error" && f.text[visit.MCPIsError] == "":
		f.set(visit.MCPIsError, 1, "true", 0)
	case strings.HasPrefix(failure, "-") && f.text[visit.MCPErrorCode] == "": // JSON-RPC's error codes are negative
		f.set(visit.MCPErrorCode, 1, failure, 0)
	}
}
