// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// hostilePayload is input from somebody who means harm, and its size.
type hostilePayload struct {
	fixture.Payload
	bytes int
}

func hostileTraces(td ptrace.Traces) hostilePayload {
	return hostilePayload{fixture.Payload{Traces: td, Logs: plog.NewLogs()}, (&ptrace.ProtoMarshaler{}).TracesSize(td)}
}

func hostileLogs(ld plog.Logs) hostilePayload {
	return hostilePayload{fixture.Payload{Traces: ptrace.NewTraces(), Logs: ld}, (&plog.ProtoMarshaler{}).LogsSize(ld)}
}

// repeated repeats a pattern up to n bytes.
func repeated(pattern string, n int) string { return strings.Repeat(pattern, n/len(pattern)+1)[:n] }

// whole repeats a pattern within n bytes without cutting it.
func whole(pattern string, n int) string { return strings.Repeat(pattern, n/len(pattern)) }

// hostileSpan is a good span that a function makes hostile.
func hostileSpan(harm func(ptrace.Span)) hostilePayload {
	td := fixture.NewTraces("/")
	harm(td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0))
	return hostileTraces(td)
}

func hostileText(key, text string) hostilePayload {
	return hostileSpan(func(span ptrace.Span) { span.Attributes().PutStr(key, text) })
}

func hostileBody(text string) hostilePayload {
	ld := fixture.NewLogs()
	ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().AppendEmpty().Body().SetStr(text)
	return hostileLogs(ld)
}

// hostileKeys are the keys whose values are parsed.
var hostileKeys = []string{
	"user_agent.original", "url.path", "url.query", "url.full", "http.target", "url.scheme", "server.address", "client.address",
	"network.peer.address", "http.request.method", "http.response.status_code",
	"http.request.header.x-forwarded-for", "http.request.header.forwarded", "http.request.header.host",
	"http.request.header.x-forwarded-host", "http.request.header.x-forwarded-proto", "http.request.header.cf-connecting-ip",
	"http.request.header.referer", "http.request.header.origin", "http.request.header.via",
	"http.response.header.location", "http.response.header.link", "http.response.header.content-type",
	"mcp.method.name", "mcp.tool.name", "http.request.headers", "request",
}

// hostilePatterns are repeated in these values.
var hostilePatterns = []string{
	"a", "A-", "/", "%", "%25", "%2", "=", "&", "@", ":", ";", ",", ".", "?", "#", " ", "\t", "\n", "\x00", `"`, `\`, `\x22`, "[", "]", "<", "{", `{"`, `{"a":`,
	"é", "Ã¼", "\u2028", "\xff", "a=b&", "token=x&", "%74oken%3Dx%26", "://", "://@", "=//", `":`, "//a@", "?a=b#", "a;b=",
	`[04/May/2026:09:15:02 +0000] "`, `[99/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 5 "-" "-" `,
	":%2F", `:\u005c`, "https:%2F%2Fa.b", "10.0.0.1,", "x,", "for=10.0.0.1,", "for=x;", "[::1],", "a.", "1.", "1", "-", "0x",
}

// hostileShapes are payloads of about n bytes whose harm is in their shape. Bodies
// have a fifth of n, because translation does not read longer ones.
var hostileShapes = map[string]func(n int) hostilePayload{
	"keys=unknown": func(n int) hostilePayload {
		return hostileKeyList(n, func(i int) string { return fmt.Sprintf("app.item_%d", i) })
	},
	"keys=known": func(n int) hostilePayload {
		known := slices.Sorted(maps.Keys(mapping.New(nil)))
		return hostileKeyList(n, func(i int) string { return known[i%len(known)] })
	},
	"keys=one":  func(n int) hostilePayload { return hostileKeyList(n, func(int) string { return "url.path" }) },
	"keys=long": func(n int) hostilePayload { return hostileText(repeated("http.request.header.", n), "x") },
	"maps=deep": func(n int) hostilePayload {
		return hostileSpan(func(span ptrace.Span) {
			m := span.Attributes().PutEmptyMap("http.request.headers")
			for range min(n/16, 10_000) {
				m = m.PutEmptyMap("a")
			}
			m.PutStr("a", repeated("a", n/2))
		})
	},
	"maps=below a long key": func(n int) hostilePayload {
		return hostileSpan(func(span ptrace.Span) {
			m := span.Attributes().PutEmptyMap(repeated("a", n/2))
			for i := range min(n/40, 2_000) {
				m.PutStr(strconv.Itoa(i), "x")
			}
		})
	},
	"list=texts":   func(n int) hostilePayload { return hostileList(n/6, func(v pcommon.Value) { v.SetStr("a") }) },
	"list=numbers": func(n int) hostilePayload { return hostileList(n/6, func(v pcommon.Value) { v.SetInt(1 << 40) }) },
	"list=lists":   func(n int) hostilePayload { return hostileList(n/4, func(v pcommon.Value) { v.SetEmptySlice() }) },
	"raw=path": func(n int) hostilePayload {
		return hostileSpan(func(span ptrace.Span) { span.Attributes().PutEmptyBytes("url.path").FromRaw(make([]byte, n)) })
	},
	"raw=body": func(n int) hostilePayload {
		ld := fixture.NewLogs()
		ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().AppendEmpty().Body().SetEmptyBytes().FromRaw([]byte(repeated("a", n)))
		return hostileLogs(ld)
	},
	"parents=ring": func(n int) hostilePayload {
		return hostileTree(n, func(i, spans int) (int, ptrace.SpanKind) { return (i + 1) % spans, ptrace.SpanKindServer })
	},
	"parents=internal ring": func(n int) hostilePayload {
		return hostileTree(n, func(i, spans int) (int, ptrace.SpanKind) {
			return (i + 2) % spans / 2 * 2, []ptrace.SpanKind{ptrace.SpanKindInternal, ptrace.SpanKindServer}[i%2]
		})
	},
	"links=many": func(n int) hostilePayload {
		return hostileSpan(func(span ptrace.Span) {
			span.SetName("tools/call")
			span.Attributes().PutStr("mcp.method.name", "tools/call")
			for i := range n / 30 {
				link := span.Links().AppendEmpty()
				link.SetTraceID(pcommon.TraceID{1})
				link.SetSpanID(pcommon.SpanID{1, byte(i), byte(i >> 8), byte(i >> 16)})
			}
		})
	},
	"scopes=empty": func(n int) hostilePayload {
		td := ptrace.NewTraces()
		rs := td.ResourceSpans().AppendEmpty()
		hostileKeyList(n/2, func(i int) string { return fmt.Sprintf("app.item_%d", i) }).
			Traces.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().CopyTo(rs.Resource().Attributes())
		for range n / 8 {
			rs.ScopeSpans().AppendEmpty()
		}
		return hostileTraces(td)
	},
	"resources=empty": func(n int) hostilePayload {
		td := ptrace.NewTraces()
		for range n / 6 {
			td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		}
		return hostileTraces(td)
	},
	"json=deep":    func(n int) hostilePayload { return hostileBody(repeated(`{"a":`, n/5)) },
	"json=closed":  func(n int) hostilePayload { return hostileBody(repeated(`{"a":`, n/6) + "0" + repeated("}", n/30)) },
	"json=lists":   func(n int) hostilePayload { return hostileBody(`{"url":` + repeated("[", n/5) + "}") },
	"json=members": func(n int) hostilePayload { return hostileBody(`{` + whole(`"method":"GET",`, n/5) + `"a":0}`) },
	"json=number":  func(n int) hostilePayload { return hostileBody(`{"status":` + repeated("1", n/5) + `}`) },
	"json=escapes": func(n int) hostilePayload { return hostileBody(`{"user_agent":"` + whole(`\u0022`, n/5) + `"}`) },
	"json=nginx":   func(n int) hostilePayload { return hostileBody(`{"user_agent":"` + whole(`\x22`, n/5) + `"}`) },
	"json=below a long key": func(n int) hostilePayload {
		return hostileBody(`{"` + repeated("a", n/10) + `":{` + whole(`"a":0,`, n/10) + `"a":0}}`)
	},
	"json=in an attribute": func(n int) hostilePayload {
		return hostileText("request_headers", `{`+whole(`"referer":"x",`, n)+`"a":0}`)
	},
	"json=within JSON": func(n int) hostilePayload {
		return hostileBody(`{"req":` + strconv.Quote(`{"req":`+strconv.Quote(`{"a":"`+repeated("a", n/5)+`"}`)+`}`) + `}`)
	},
}

// hostileKeyList is a span with as many attributes as fit. It is made of JSON,
// because a payload can hold a key twice, which pdata's functions do not write.
func hostileKeyList(n int, key func(i int) string) hostilePayload {
	var text strings.Builder
	text.WriteString(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":2,"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}}`)
	for i := 0; text.Len() < 2*n; i++ {
		fmt.Fprintf(&text, `,{"key":%q,"value":{"stringValue":"/x"}}`, key(i))
	}
	text.WriteString(`]}]}]}]}`)
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(text.String()))
	if err != nil {
		panic(err)
	}
	return hostileTraces(td)
}

func hostileList(elements int, set func(pcommon.Value)) hostilePayload {
	return hostileSpan(func(span ptrace.Span) {
		list := span.Attributes().PutEmptySlice("http.request.header.referer")
		list.EnsureCapacity(elements)
		for range elements {
			set(list.AppendEmpty())
		}
	})
}

// hostileTree is a payload of spans. The parent of each is another of them.
func hostileTree(n int, place func(i, spans int) (parent int, kind ptrace.SpanKind)) hostilePayload {
	id := func(i int) pcommon.SpanID { return pcommon.SpanID{1, byte(i), byte(i >> 8), byte(i >> 16)} }
	spans := n / 200
	td := fixture.NewTraces(make([]string, spans)...)
	for i, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		parent, kind := place(i, spans)
		span.SetKind(kind)
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(id(i))
		span.SetParentSpanID(id(parent))
	}
	return hostileTraces(td)
}

// hostileLines are the beginnings of lines of access logs.
var hostileLines = []string{
	"", `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /`, `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 512 "`,
	`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 512 "-" "-" `, "[2026-05-04T09:15:02.120Z] ", `[2026-05-04T09:15:02.120Z] "GET / HTTP/1.1" 200 `,
	"May  4 09:15:02 h haproxy[1]: 203.0.113.9:1 [04/May/2026:09:15:02.120] f b/s 0/0/0/0/0 200 ", "at=info method=GET path=", "2026-05-04\t09:15:02\t",
	"https 2026-05-04T09:15:02.120Z ", "2026-05-04T09:15:02.120Z stdout F ", `{"log":"`,
}

// strictVisits turns on everything that users can.
func strictVisits() translate.Config {
	return translate.Config{
		Selection: selection.Config{Services: selection.ServicesConfig{Exclude: []string{"*a*b"}}, ExcludePaths: []string{"/**/a/**/b"}},
		Privacy: privacy.Config{
			Who:            "agents_and_referred",
			Query:          privacy.QueryConfig{Mode: "keep", KeepKeys: []string{"utm_*"}},
			ReplaceInPaths: []privacy.PathReplacement{{Pattern: "[^/]+(@|%40)[^/]+", With: "mail"}},
		},
		ClientIP: translate.ClientIPConfig{Mode: "truncate", TrustedProxies: []string{"10.0.0.0/8"}},
	}
}
