// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// serverSpan fills in the thirteen attributes of Go's otelhttp behind a proxy, three
// captured headers, and the query if there is one.
func serverSpan(span ptrace.Span, v *visitors) {
	r := v.request()
	span.SetName("GET /guides/{name}")
	span.SetKind(ptrace.SpanKindServer)
	put(span.Attributes(),
		"server.address", host, "server.port", 443, "http.request.method", "GET", "url.scheme", "https",
		"network.peer.address", "10.0.0.7", "network.peer.port", 40_112, "user_agent.original", r.userAgent,
		"client.address", r.address, "url.path", r.path, "network.protocol.version", "1.1", "http.route", "/guides/{name}",
		"http.response.body.size", r.size, "http.response.status_code", r.status,
		"http.request.header.referer", []string{r.referer},
		"http.request.header.x-forwarded-for", []string{r.address + ", 10.0.0.7"},
		"http.response.header.content-type", []string{"text/html; charset=utf-8"},
	)
	if r.query != "" {
		span.Attributes().PutStr("url.query", r.query)
	}
}

// internalSpan fills in the span of a traced function.
func internalSpan(span ptrace.Span, v *visitors) {
	span.SetName("render")
	span.SetKind(ptrace.SpanKindInternal)
	put(span.Attributes(),
		"code.function.name", "website/render.(*Page).Render", "code.file.path", "/src/render/page.go", "code.line.number", 117,
		"page.template", "guide.html", "page.bytes", v.number(50_000), "thread.id", v.number(64),
	)
}

// databaseSpan fills in the span of a database query.
func databaseSpan(span ptrace.Span, v *visitors) {
	span.SetName("SELECT articles")
	span.SetKind(ptrace.SpanKindClient)
	put(span.Attributes(),
		"db.system.name", "postgresql", "db.namespace", "website", "db.operation.name", "SELECT", "db.collection.name", "articles",
		"db.query.text", "SELECT id, title, body, updated_at FROM articles WHERE slug = $1 AND published ORDER BY updated_at DESC LIMIT 20",
		"server.address", "db.internal", "server.port", 5432, "db.response.returned_rows", v.number(20),
	)
}

// clientSpan fills in the span of a request to another service.
func clientSpan(span ptrace.Span, v *visitors) {
	span.SetName("GET")
	span.SetKind(ptrace.SpanKindClient)
	put(span.Attributes(),
		"http.request.method", "GET", "url.full", fmt.Sprintf("https://search.internal/related?article=%d&limit=5", v.number(100_000)),
		"server.address", "search.internal", "server.port", 443, "http.response.status_code", 200, "network.protocol.version", "2",
		"user_agent.original", "Go-http-client/2.0",
	)
}

// nginxRecord fills in thirteen variables of nginx under their own names. All of them are
// texts. Their order is random, because the file_log receiver keeps parsed attributes in
// a map.
func nginxRecord(record plog.LogRecord, v *visitors) {
	r := v.request()
	at := v.time()
	record.SetTimestamp(pcommon.NewTimestampFromTime(at))
	record.SetObservedTimestamp(pcommon.NewTimestampFromTime(at))
	uri := r.path
	if r.query != "" {
		uri += "?" + r.query
	}
	putInAnyOrder(v, record.Attributes(),
		"msec", fmt.Sprintf("%.3f", float64(at.UnixMilli())/1000), "remote_addr", "10.0.0.7", "request_method", "GET", "scheme", "https",
		"host", host, "request_uri", uri, "server_protocol", "HTTP/1.1", "status", strconv.Itoa(r.status),
		"request_time", fmt.Sprintf("%.3f", v.duration().Seconds()), "body_bytes_sent", strconv.Itoa(r.size),
		"http_referer", r.referer, "http_user_agent", r.userAgent, "http_x_forwarded_for", r.address,
	)
}
