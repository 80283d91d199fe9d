// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"iter"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// spanKey identifies a span. Some producers reuse span ids between traces.
type spanKey struct {
	trace pcommon.TraceID
	span  pcommon.SpanID
}

// IndexSpans indexes the spans of a payload by what they are to each other. It comes
// before the spans are translated.
func (t *Translator) IndexSpans(td ptrace.Traces) {
	if !t.rules.visits.InternalHops {
		t.hops.indexSpans(td)
	}
	t.findMCP(td)
}

// internalHops tells the server spans whose caller is in the same payload: one
// service of the user's calls another, and only the first call is a visit.
type internalHops struct {
	spans   map[spanKey]indexedSpan // empty if no server span has its parent in the payload
	parents idFilter                // empty between payloads
}

// indexedSpan is what has to be known of a span of the payload.
type indexedSpan struct {
	parent pcommon.SpanID
	kind   ptrace.SpanKind
}

// forget lets go of a payload's spans.
func (h *internalHops) forget() { clear(h.spans) }

// indexSpans indexes a payload's spans if the parent of a server span may be one of
// them. Most such parents are spans of the visitor or of a proxy, and in other
// payloads.
func (h *internalHops) indexSpans(td ptrace.Traces) {
	if !h.mayHaveAny(td) {
		return
	}
	if h.spans == nil {
		h.spans = make(map[spanKey]indexedSpan)
	}
	for span := range spansOf(td) {
		h.spans[spanKey{span.TraceID(), span.SpanID()}] = indexedSpan{span.ParentSpanID(), span.Kind()}
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

// mayHaveAny says whether a span's id may be that of a server span's parent.
func (h *internalHops) mayHaveAny(td ptrace.Traces) bool {
	called := false
	for span := range spansOf(td) {
		if hasCaller(span) {
			h.parents.add(span.ParentSpanID())
			called = true
		}
	}
	if !called {
		return false
	}
	found := false
	for span := range spansOf(td) {
		if found = h.parents.mayHave(span.SpanID()); found {
			break
		}
	}
	for span := range spansOf(td) {
		if hasCaller(span) {
			h.parents.remove(span.ParentSpanID())
		}
	}
	return found
}

func hasCaller(span ptrace.Span) bool {
	return span.Kind() == ptrace.SpanKindServer && !span.ParentSpanID().IsEmpty()
}

// idFilter is a Bloom filter of span ids, with two bits for each: it never denies an
// id that it has, and seldom affirms another.
type idFilter [1 << 10]uint64

func (s *idFilter) add(id pcommon.SpanID) {
	for _, bit := range idBits(id) {
		s[bit/64] |= 1 << (bit % 64)
	}
}

// remove takes out all ids that share a word with this one. Only the removal of all
// is of use.
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
	hash := ascii.EightBytes(id[:], 0) * 0x9e3779b97f4a7c15
	return [2]uint16{uint16(hash >> 48), uint16(hash >> 32)}
}

// maxAncestors bounds how far up a trace is looked, because parents may form a ring.
const maxAncestors = 64

// has says whether a span's caller is another span of the payload: its nearest
// ancestor that is no internal span, with which a request may begin.
func (h *internalHops) has(span ptrace.Span) bool {
	if len(h.spans) == 0 {
		return false
	}
	parent := span.ParentSpanID()
	for range maxAncestors {
		if parent.IsEmpty() || parent == span.SpanID() {
			return false
		}
		above, here := h.spans[spanKey{span.TraceID(), parent}]
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
