// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"iter"

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

// findHops remembers the payload's spans if a server span's parent may be one of
// them. Mostly all such parents are spans of the visitor's or of a proxy.
func (t *translator) findHops(td ptrace.Traces) {
	if t.rules.visits.InternalHops || !t.mayHaveHops(td) {
		return
	}
	if t.local == nil {
		t.local = make(map[spanKey]localSpan)
	}
	for span := range spansOf(td) {
		t.local[spanKey{span.TraceID(), span.SpanID()}] = localSpan{span.ParentSpanID(), span.Kind()}
	}
}

// spansOf are all spans of a payload.
func spansOf(td ptrace.Traces) iter.Seq[ptrace.Span] {
	return func(yield func(ptrace.Span) bool) {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					if !yield(span) {
						return
					}
				}
			}
		}
	}
}

// mayHaveHops says whether a span's id may be that of a server span's parent.
func (t *translator) mayHaveHops(td ptrace.Traces) bool {
	parents := 0
	for span := range spansOf(td) {
		if hasCaller(span) {
			t.parents.add(span.ParentSpanID())
			parents++
		}
	}
	if parents == 0 {
		return false
	}
	found := false
	for span := range spansOf(td) {
		if found = t.parents.mayHave(span.SpanID()); found {
			break
		}
	}
	for span := range spansOf(td) { // for the next payload
		if hasCaller(span) {
			t.parents.remove(span.ParentSpanID())
		}
	}
	return found
}

func hasCaller(span ptrace.Span) bool {
	return span.Kind() == ptrace.SpanKindServer && !span.ParentSpanID().IsEmpty()
}

// idFilter is a set of span ids that may say of a few others that it has them: a
// Bloom filter of two bits for each.
type idFilter [1 << 10]uint64

func (s *idFilter) add(id pcommon.SpanID) {
	for _, bit := range idBits(id) {
		s[bit/64] |= 1 << (bit % 64)
	}
}

// remove takes an id out, and maybe others with it.
func (s *idFilter) remove(id pcommon.SpanID) {
	for _, bit := range idBits(id) {
		s[bit/64] = 0
	}
}

func (s *idFilter) mayHave(id pcommon.SpanID) bool {
	bits := idBits(id)
	return s[bits[0]/64]>>(bits[0]%64)&1 != 0 && s[bits[1]/64]>>(bits[1]%64)&1 != 0
}

func idBits(id pcommon.SpanID) [2]uint16 {
	hash := eightBytes(id[:], 0) * 0x9e3779b97f4a7c15
	return [2]uint16{uint16(hash >> 48), uint16(hash >> 32)}
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
