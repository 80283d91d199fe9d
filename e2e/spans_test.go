// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/binary"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// skips counts what is not a visit, by the metric's reason.
type skips map[string]int

func (s skips) add(other skips) {
	for reason, n := range other {
		s[reason] += n
	}
}

// newTraces returns a payload like that of a website's SDK. Each request has a server
// span, by turns in current and old semantic conventions, and the spans of what the
// server did meanwhile. Some spans in between are not visits; newTraces returns their
// number.
func newTraces(requests []request) (ptrace.Traces, skips) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "website")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("e2e")
	w := &spanWriter{to: ss.Spans(), skipped: skips{}, payload: payloads.Add(1)}
	for i, r := range requests {
		server := w.server(r, i%2 == 0)
		w.children(server)
		if i%5 == 0 {
			w.noVisits(r, server)
		}
	}
	return td, w.skipped
}

// newServerTraces returns a payload of server spans only.
func newServerTraces(requests []request) ptrace.Traces {
	td := ptrace.NewTraces()
	w := &spanWriter{to: td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans(), payload: payloads.Add(1)}
	w.to.EnsureCapacity(len(requests))
	for _, r := range requests {
		w.server(r, true)
	}
	return td
}

type spanWriter struct {
	to      ptrace.SpanSlice
	skipped skips
	payload uint64 // differs from that of other payloads, because their traces do
	spans   uint64
}

// payloads counts those that were made.
var payloads atomic.Uint64

// span adds the root span of a new trace.
func (w *spanWriter) span(name string, kind ptrace.SpanKind, start time.Time, duration time.Duration) ptrace.Span {
	w.spans++
	var trace pcommon.TraceID
	var id pcommon.SpanID
	binary.BigEndian.PutUint64(trace[:8], w.payload)
	binary.BigEndian.PutUint64(trace[8:], w.spans)
	binary.BigEndian.PutUint64(id[:], w.spans)
	span := w.to.AppendEmpty()
	span.SetName(name)
	span.SetKind(kind)
	span.SetTraceID(trace)
	span.SetSpanID(id)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(duration)))
	return span
}

// child adds a span to the trace of its parent.
func (w *spanWriter) child(of ptrace.Span, name string, kind ptrace.SpanKind) ptrace.Span {
	trace, parent, start := of.TraceID(), of.SpanID(), of.StartTimestamp().AsTime()
	span := w.span(name, kind, start, 0) // a parent may last for no time at all
	span.SetTraceID(trace)
	span.SetParentSpanID(parent)
	return span
}

// server adds the span of a visit.
func (w *spanWriter) server(r request, current bool) ptrace.Span {
	span := w.span(r.method+" /{page}", ptrace.SpanKindServer, r.start, r.duration)
	if current {
		putCurrent(span.Attributes(), r)
	} else {
		putOld(span.Attributes(), r)
	}
	return span
}

// putCurrent writes attributes of the stable semantic conventions for HTTP.
func putCurrent(m pcommon.Map, r request) {
	m.PutStr("http.request.method", r.method)
	m.PutStr("url.scheme", "https")
	m.PutStr("url.path", r.path)
	m.PutStr("url.query", r.query)
	m.PutStr("server.address", r.host)
	m.PutStr("client.address", r.client)
	m.PutStr("network.peer.address", "10.0.0.1")
	m.PutInt("network.peer.port", 40312)
	m.PutStr("network.protocol.version", "2")
	m.PutStr("user_agent.original", r.agent)
	m.PutStr("http.route", "/{page}")
	m.PutInt("http.response.status_code", int64(r.status))
	m.PutStr("http.request.header.authorization", "Bearer "+secret)
	putHeader(m, "http.request.header.x-forwarded-for", r.forwarded)
	putHeader(m, "http.request.header.referer", r.referer)
	putHeader(m, "http.response.header.content-type", r.contentType)
}

// putOld writes attributes of the semantic conventions before version 1.21.
func putOld(m pcommon.Map, r request) {
	m.PutStr("http.method", r.method)
	m.PutStr("http.scheme", "https")
	m.PutStr("http.target", r.target())
	m.PutStr("http.host", r.host)
	m.PutStr("net.host.name", "website-7c9f")
	m.PutInt("net.host.port", 8080)
	m.PutStr("net.sock.peer.addr", "10.0.0.1")
	m.PutStr("http.flavor", "1.1")
	m.PutStr("http.client_ip", r.client)
	m.PutStr("http.user_agent", r.agent)
	m.PutInt("http.status_code", int64(r.status))
	m.PutStr("http.request.header.cookie", "session="+secret)
	putHeader(m, "http.request.header.x_forwarded_for", r.forwarded)
	putHeader(m, "http.request.header.referer", r.referer)
	putHeader(m, "http.response.header.content_type", r.contentType)
}

// putHeader writes a captured header as a list. It writes nothing if the header was not
// sent.
func putHeader(m pcommon.Map, key, value string) {
	if value != "" {
		m.PutEmptySlice(key).AppendEmpty().SetStr(value)
	}
}

// children adds the spans of what the server did for the request: it rendered a
// template and called another server. The call also has the attributes of a request.
func (w *spanWriter) children(server ptrace.Span) {
	w.child(server, "render", ptrace.SpanKindInternal)
	call := w.child(server, "GET", ptrace.SpanKindClient)
	call.Attributes().PutStr("http.request.method", "GET")
	call.Attributes().PutStr("url.full", "https://stock.internal/items?visit=999999")
	call.Attributes().PutInt("http.response.status_code", 200)
	w.skipped["not_server_span"] += 2
}

// noVisits adds a span for each further reason to skip one.
func (w *spanWriter) noVisits(r request, server ptrace.Span) {
	start := server.StartTimestamp().AsTime()
	inner := newRequest(900_000 + int(w.spans%1000))

	hop := w.child(server, "GET /items", ptrace.SpanKindServer)
	putCurrent(hop.Attributes(), inner)
	w.skipped["internal_hop"]++

	rpc := w.span("stock.Stock/Get", ptrace.SpanKindServer, start, time.Millisecond)
	rpc.Attributes().PutStr("rpc.system.name", "grpc")
	rpc.Attributes().PutStr("server.address", r.host)
	w.skipped["not_http"]++

	consumer := w.span("orders process", ptrace.SpanKindConsumer, start, time.Millisecond)
	consumer.Attributes().PutStr("messaging.system", "kafka")
	w.skipped["not_server_span"]++

	for path, reason := range map[string]string{
		"/assets/app." + strconv.Itoa(len(r.id)) + ".css": "static_asset",
		"/_next/image": "framework_internal",
		"/healthz":     "health_check",
	} {
		inner.path = path
		span := w.span("GET", ptrace.SpanKindServer, start, time.Millisecond)
		putCurrent(span.Attributes(), inner)
		w.skipped[reason]++
	}
}
