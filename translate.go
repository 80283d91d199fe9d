// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// maxDepth bounds how deep nested maps are read. Producers nest three deep.
const maxDepth = 6

// A time before earliest or more than maxAhead later than the payload's
// arrival is a fault of the producer's clock.
const maxAhead = 24 * time.Hour

var earliest = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// translator turns spans and log records into visits. It reads no clock and no
// network: what comes out depends on what goes in alone. Its memory is reused
// from one item to the next, so it serves one goroutine at a time.
type translator struct {
	visits VisitsConfig
	keys   keyTable

	received time.Time // when the payload arrived; stands in for absent and impossible times
	local    map[spanKey]struct{}
	facts    facts
	visit    visit
	prefix   []byte // dotted path of the nested map being read
}

// spanKey identifies a span. Some producers reuse span ids between traces.
type spanKey struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

func newTranslator(visits VisitsConfig, keys keyTable) *translator {
	return &translator{visits: visits, keys: keys}
}

// begin prepares for a payload that arrived at the given time.
func (t *translator) begin(received time.Time) {
	t.received = received
	clear(t.local)
}

// end lets go of the payload's memory.
func (t *translator) end() {
	t.facts = facts{}
	t.visit = visit{}
}

// findHops remembers the payload's spans if a server span in it has a parent.
func (t *translator) findHops(td ptrace.Traces) {
	if t.visits.InternalHops || !hasServerChild(td) {
		return
	}
	if t.local == nil {
		t.local = make(map[spanKey]struct{})
	}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				t.local[spanKey{span.TraceID(), span.SpanID()}] = struct{}{}
			}
		}
	}
}

func hasServerChild(td ptrace.Traces) bool {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				if span.Kind() == ptrace.SpanKindServer && !span.ParentSpanID().IsEmpty() {
					return true
				}
			}
		}
	}
	return false
}

// span translates one span. The visit is valid until the next call.
func (t *translator) span(span ptrace.Span) (*visit, skipReason) {
	if span.Kind() != ptrace.SpanKindServer {
		return nil, skipNotServer
	}
	if _, hop := t.local[spanKey{span.TraceID(), span.ParentSpanID()}]; hop && !span.ParentSpanID().IsEmpty() {
		return nil, skipInternalHop
	}
	f := &t.facts
	f.reset()
	t.read(span.Attributes(), 0)
	if !f.resolveMethod() {
		return nil, skipNotHTTP
	}
	start, end := span.StartTimestamp().AsTime(), span.EndTimestamp().AsTime()
	t.visit.duration = unknownDuration
	switch {
	case start.Before(earliest):
		start = end
	case !end.Before(start):
		t.visit.duration = end.Sub(start)
	}
	return t.finish(start)
}

// logRecord translates one log record. The visit is valid until the next call.
func (t *translator) logRecord(record plog.LogRecord) (*visit, skipReason) {
	f := &t.facts
	f.reset()
	if isException(record) {
		return nil, skipException
	}
	t.read(record.Attributes(), 0)
	if record.Body().Type() == pcommon.ValueTypeMap {
		t.read(record.Body().Map(), 0)
	}
	if !f.resolveMethod() || !f.has(status) {
		return nil, skipNotAccessLog
	}
	t.visit.duration = f.resolveDuration()
	v, skip := t.finish(f.resolveStart(record, t.visit.duration))
	if skip == skipNoPath && !f.has(requestLine) {
		skip = skipNotAccessLog
	}
	return v, skip
}

// isException tells the events of the HTTP semantic conventions that describe
// an exception met while a request was served.
func isException(record plog.LogRecord) bool {
	switch record.EventName() {
	case "http.server.request.exception", "http.client.request.exception", "exception":
		return true
	}
	return false
}

// finish fills in the visit from the facts and decides whether it counts.
func (t *translator) finish(start time.Time) (*visit, skipReason) {
	f, v := &t.facts, &t.visit
	v.method = f.text[method]
	v.status = int(f.number[status])
	v.text = &f.text
	if !f.resolveTarget(v) {
		return nil, skipNoPath
	}
	if reason := t.uncounted(v); reason != notSkipped {
		return nil, reason
	}
	v.start = start
	if start.Before(earliest) || start.After(t.received.Add(maxAhead)) {
		v.start = t.received
	}
	v.clientIP = f.resolveClientIP()
	f.text[referer] = cleanURL(f.text[referer])
	f.text[location] = cleanURL(f.text[location])
	f.text[link] = cleanURL(f.text[link])
	return v, notSkipped
}

// uncounted tells requests that fetch no page for anybody.
func (t *translator) uncounted(v *visit) skipReason {
	switch {
	case !t.visits.FrameworkInternals && isFrameworkInternal(v.path):
		return skipFrameworkInternal
	case !t.visits.StaticAssets && isStaticAsset(v.path):
		return skipStaticAsset
	case !t.visits.HealthChecks && isHealthCheck(v.path, v.text[userAgent]):
		return skipHealthCheck
	}
	return notSkipped
}

// read takes the facts out of a map, nested maps included.
func (t *translator) read(m pcommon.Map, depth int) {
	mark := len(t.prefix)
	for key, value := range m.All() {
		if a, known := t.lookup(key); known && t.facts.store(a, value) {
			continue
		}
		if value.Type() == pcommon.ValueTypeMap && depth < maxDepth {
			t.prefix = append(append(t.prefix, key...), '.')
			t.read(value.Map(), depth+1)
			t.prefix = t.prefix[:mark]
		}
	}
}

// lookup finds what a key of the map being read means.
func (t *translator) lookup(key string) (meaning, bool) {
	if len(t.prefix) == 0 {
		a, known := t.keys[key]
		return a, known
	}
	path := append(t.prefix, key...)
	t.prefix = path[:len(t.prefix)]
	a, known := t.keys[string(path)]
	return a, known
}
