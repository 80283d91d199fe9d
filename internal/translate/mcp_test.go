// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// mcpTraces is a payload of an HTTP span and, within it, an MCP span of the same
// request.
func mcpTraces() (td ptrace.Traces, http, mcp ptrace.Span) {
	td = fixture.NewTraces("/mcp")
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	mcp, http = spans.AppendEmpty(), spans.At(0)
	http.SetTraceID(pcommon.TraceID{1})
	http.SetSpanID(pcommon.SpanID{1})
	mcp.SetTraceID(pcommon.TraceID{1})
	mcp.SetSpanID(pcommon.SpanID{2})
	mcp.SetParentSpanID(pcommon.SpanID{1})
	mcp.SetKind(ptrace.SpanKindServer)
	mcp.SetName("tools/call search")
	mcp.Attributes().PutStr("mcp.method.name", "tools/call")
	mcp.Attributes().PutStr("gen_ai.tool.name", "search")
	return td, http, mcp
}

func TestTheHTTPSpanGetsTheFactsOfItsMCPSpan(t *testing.T) {
	for name, c := range map[string]struct {
		change func(http, mcp ptrace.Span)
		want   string // the tool
	}{
		"a span within it": {func(_, _ ptrace.Span) {}, "search"},
		"the older key of the method": {func(_, mcp ptrace.Span) {
			mcp.Attributes().Remove("mcp.method.name")
			mcp.Attributes().PutStr("mcp.method", "tools/call")
		}, "search"},
		"a span that links to it": {func(_, mcp ptrace.Span) {
			mcp.SetTraceID(pcommon.TraceID{9})
			mcp.SetParentSpanID(pcommon.SpanID{})
			link := mcp.Links().AppendEmpty()
			link.SetTraceID(pcommon.TraceID{1})
			link.SetSpanID(pcommon.SpanID{1})
		}, "search"},
		"a method of a server's own, with an a": {func(_, mcp ptrace.Span) { mcp.SetName("about/server") }, "search"},
		"a method of a server's own, with a z":  {func(_, mcp ptrace.Span) { mcp.SetName("zoom/in") }, "search"},
		"a span named as an HTTP span":          {func(_, mcp ptrace.Span) { mcp.SetName("POST /mcp") }, ""},
		"a span of another trace":               {func(_, mcp ptrace.Span) { mcp.SetTraceID(pcommon.TraceID{9}) }, ""},
		"a span that calls another server":      {func(_, mcp ptrace.Span) { mcp.SetKind(ptrace.SpanKindClient) }, ""},
		"a span that is not of MCP":             {func(_, mcp ptrace.Span) { mcp.Attributes().Remove("mcp.method.name") }, ""},
		"a span that belongs to none":           {func(_, mcp ptrace.Span) { mcp.SetParentSpanID(pcommon.SpanID{}) }, ""},
		"an HTTP span without an id": {func(http, mcp ptrace.Span) {
			http.SetSpanID(pcommon.SpanID{})
			mcp.SetParentSpanID(pcommon.SpanID{})
			mcp.Links().AppendEmpty().SetTraceID(pcommon.TraceID{1})
		}, ""},
		"a tool that the HTTP span names itself": {func(http, _ ptrace.Span) { http.Attributes().PutStr("gen_ai.tool.name", "fetch") }, "fetch"},
	} {
		t.Run(name, func(t *testing.T) {
			td, http, mcp := mcpTraces()
			c.change(http, mcp)
			visits := 0
			translation.Each(translation.New(translate.Config{}), fixture.Arrival, fixture.OfTraces(td), func(v *visit.Visit, skip visit.SkipReason) {
				if skip == visit.NotSkipped {
					visits++
					assert.Equal(t, c.want, v.Text[visit.MCPTool])
				}
			})
			assert.Equal(t, 1, visits)
		})
	}
}

func TestTheFirstMCPSpanOfARequestCounts(t *testing.T) {
	td, _, mcp := mcpTraces()
	second := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().AppendEmpty()
	mcp.CopyTo(second)
	second.Attributes().PutStr("gen_ai.tool.name", "fetch")
	tr := translation.New(translate.Config{})
	tr.IndexSpans(td)
	v, skip := tr.Span(td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0))
	require.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, "search", v.Text[visit.MCPTool])
}

func TestOtherFactsOfAnMCPSpanDoNotCount(t *testing.T) {
	td, http, mcp := mcpTraces()
	mcp.Attributes().PutStr("http.user_agent", "x")
	http.Attributes().Remove("user_agent.original")
	tr := translation.New(translate.Config{})
	tr.IndexSpans(td)
	v, skip := tr.Span(http)
	require.Equal(t, visit.NotSkipped, skip)
	assert.Empty(t, v.Text[visit.UserAgent])
}

func TestMCPFactsEndWithThePayload(t *testing.T) {
	td, http, _ := mcpTraces()
	for name, next := range map[string]func(*translate.Translator){
		"that ends":            func(tr *translate.Translator) { tr.End() },
		"that another follows": func(tr *translate.Translator) { tr.Begin(fixture.Arrival) },
	} {
		t.Run(name, func(t *testing.T) {
			tr := translation.New(translate.Config{})
			tr.IndexSpans(td)
			next(tr)
			v, skip := tr.Span(http)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Empty(t, v.Text[visit.MCPTool])
		})
	}
}

func TestMCPCallsAreToldByKeysOfOtherProtocols(t *testing.T) {
	type call struct{ method, tool, isError, code string }
	for name, c := range map[string]struct {
		attributes map[string]any
		want       call
	}{
		"a method of JSON-RPC":           {map[string]any{"rpc.system": "jsonrpc", "rpc.method": "tools/list"}, call{method: "tools/list"}},
		"a method of MCP":                {map[string]any{"rpc.system": "mcp", "rpc.method": "tools/list"}, call{method: "tools/list"}},
		"a method of gRPC":               {map[string]any{"rpc.system": "grpc", "rpc.method": "List"}, call{}},
		"a method of its own":            {map[string]any{"mcp.method.name": "ping", "rpc.system": "mcp", "rpc.method": "tools/list"}, call{method: "ping"}},
		"a tool by its name":             {map[string]any{"mcp.method.name": "tools/call", "mcp.resource.name": "search"}, call{method: "tools/call", tool: "search"}},
		"a tool by its own key":          {map[string]any{"mcp.method.name": "tools/call", "mcp.resource.name": "search", "mcp.tool.name": "fetch"}, call{method: "tools/call", tool: "fetch"}},
		"a resource, which is no tool":   {map[string]any{"mcp.method.name": "resources/read", "mcp.resource.name": "search"}, call{method: "resources/read"}},
		"a tool that failed":             {map[string]any{"mcp.method.name": "ping", "error.type": "tool_error"}, call{method: "ping", isError: "true"}},
		"a failure that is denied":       {map[string]any{"mcp.method.name": "ping", "error.type": "tool_error", "mcp.tool.result.is_error": "false"}, call{method: "ping", isError: "false"}},
		"an error of JSON-RPC":           {map[string]any{"mcp.method.name": "ping", "error.type": "-32601"}, call{method: "ping", code: "-32601"}},
		"an error with a key of its own": {map[string]any{"mcp.method.name": "ping", "error.type": "-32601", "rpc.response.status_code": "-32700"}, call{method: "ping", code: "-32700"}},
		"an error of HTTP":               {map[string]any{"mcp.method.name": "ping", "error.type": "500"}, call{method: "ping"}},
	} {
		t.Run(name, func(t *testing.T) {
			span := fixture.OtelhttpSpan()
			for key, text := range c.attributes {
				require.NoError(t, span.Attributes().PutEmpty(key).FromRaw(text))
			}
			v, skip := translation.New(translate.Config{}).Span(span)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, call{v.Text[visit.MCPMethod], v.Text[visit.MCPTool], v.Text[visit.MCPIsError], v.Text[visit.MCPErrorCode]})
		})
	}
}
