// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// internalHops finds the server spans whose caller is in the same payload: one
// service of the user's calls another, and only the first call is a visit.
type internalHops struct {
	spans   map[spanKey]indexedSpan // empty if no server span can have its parent in the payload
	parents idFilter                // empty except while a payload is indexed
}

// indexedSpan is what must be known of a span of the payload.
type indexedSpan struct {
	parent pcommon.SpanID
	kind   ptrace.SpanKind
}

// maxAncestors bounds how far up a trace is searched, because parents can form a
// ring.
const maxAncestors = 64

// has says whether a span's caller is in the payload. The caller is the nearest
// ancestor that is not an internal span. If all ancestors are internal, the request
// begins with the span.
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

// forget lets go of a payload's spans.
func (h *internalHops) forget() { clear(h.spans) }

// index notes a payload's spans if one of them may be the parent of a server span.
// In most payloads none is: the parents are spans of a visitor or a proxy.
func (h *internalHops) index(td ptrace.Traces) {
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

// mayHaveAny says whether a span of the payload may be the parent of a server span.
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
			h.parents.clear(span.ParentSpanID())
		}
	}
	return found
}

func hasCaller(span ptrace.Span) bool {
	return span.Kind() == ptrace.SpanKindServer && !span.ParentSpanID().IsEmpty()
}

// idFilter is a Bloom filter of span ids, with two bits for each: it never denies an
// id that was added, and seldom affirms another.
type idFilter [1 << 10]uint64

func (s *idFilter) add(id pcommon.SpanID) {
	for _, bit := range idBits(id) {
		s[bit/64] |= 1 << (bit % 64)
	}
}

// clear empties the words that have a bit of the id, and so removes other ids too. To
// clear every id that was added empties the filter.
func (s *idFilter) clear(id pcommon.SpanID) {
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
