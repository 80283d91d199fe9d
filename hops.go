// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// spanKey identifies a span. Some producers reuse span ids between traces.
type spanKey struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

// survey looks at what the spans of a payload are to each other.
func (t *translator) survey(td ptrace.Traces) {
	t.findHops(td)
	t.findMCP(td)
}

// findHops remembers the payload's spans if a server span in it has a parent.
func (t *translator) findHops(td ptrace.Traces) {
	if t.visits.InternalHops || !hasServerChild(td) {
		return
	}
	if t.local == nil {
		t.local = make(map[spanKey]localSpan)
	}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				t.local[spanKey{span.TraceID(), span.SpanID()}] = localSpan{span.ParentSpanID(), span.Kind()}
			}
		}
	}
}

// localSpan is what has to be known of a span of the payload.
type localSpan struct {
	parent pcommon.SpanID
	kind   ptrace.SpanKind
}

// maxAncestors bounds how far up a trace is looked, where parents form a ring.
const maxAncestors = 64

// isHop says whether a span's caller is another span of the payload: its nearest
// ancestor that is no internal span, for a request may begin with such.
func (t *translator) isHop(span ptrace.Span) bool {
	if len(t.local) == 0 {
		return false
	}
	parent := span.ParentSpanID()
	for range maxAncestors {
		if parent.IsEmpty() || parent == span.SpanID() {
			return false
		}
		above, here := t.local[spanKey{span.TraceID(), parent}]
		if !here {
			return false
		}
		if above.kind != ptrace.SpanKindInternal && above.kind != ptrace.SpanKindUnspecified {
			return true
		}
		parent = above.parent
	}
	return false
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
