// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"hash/maphash"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// HopSpans are the spans of a payload as the tracker of hops is told of them, in the
// payload's order.
type HopSpans struct {
	All []hops.Span
	// Called and Roots say whether there are server spans that name a parent, and such
	// that name none.
	Called, Roots bool
}

// kinds are the tracker's names for the kinds of spans.
var kinds = [...]hops.Kind{
	ptrace.SpanKindUnspecified: hops.Internal,
	ptrace.SpanKindInternal:    hops.Internal,
	ptrace.SpanKindServer:      hops.Server,
	ptrace.SpanKindClient:      hops.Client,
	ptrace.SpanKindProducer:    hops.Producer,
	ptrace.SpanKindConsumer:    hops.Consumer,
}

// Read reads the spans of a payload. It keeps no memory of the payload.
//
// The spans of browsers and apps get no key: what they call is asked from outside. The
// spans of a service that visits::services excludes serve nobody. They only link others,
// because the visit is the outermost span among those that may count.
func (h *HopSpans) Read(td ptrace.Traces, tracker *hops.Tracker, t *Translator) {
	h.All, h.Called, h.Roots = h.All[:0], false, false
	for _, rs := range td.ResourceSpans().All() {
		producer := hopProducerOf(rs.Resource(), t.rules)
		for _, ss := range rs.ScopeSpans().All() {
			producer.scope = hashOf("", ss.Scope().Name())
			for _, span := range ss.Spans().All() {
				h.add(span, tracker, producer)
			}
		}
	}
}

// Two bits of a span's flags (opentelemetry/proto/trace/v1/trace.proto, SpanFlags): whether
// its process knows where its parent is, and whether that is elsewhere.
const (
	parentIsLocal  = 0x100
	parentIsRemote = 0x300
)

func (h *HopSpans) add(span ptrace.Span, tracker *hops.Tracker, p hopProducer) {
	trace := tracker.Trace(span.TraceID())
	s := hops.Span{
		Parent: trace.Key(span.ParentSpanID()), Kind: hops.Internal, Service: p.service, Scope: p.scope,
		IsLocal: span.Flags()&parentIsRemote == parentIsLocal,
		Start:   int64(span.StartTimestamp()), End: int64(span.EndTimestamp()),
	}
	if !p.isOutside {
		s.Key = trace.Key(span.SpanID())
	}
	if kind := span.Kind(); kind > 0 && int(kind) < len(kinds) {
		s.Kind = kinds[kind]
	}
	if s.Kind == hops.Server {
		if s.Parent == 0 {
			h.Roots = true
		} else {
			h.Called = true
		}
	}
	if p.isExcluded && (s.Kind == hops.Server || s.Kind == hops.Consumer) {
		s.Kind = hops.Internal
	}
	h.All = append(h.All, s)
}

// hopProducer is what the tracker must know of a resource, and of one of its scopes.
type hopProducer struct {
	service    uint32 // a hash of its name and namespace; 0: not known
	scope      uint32 // a hash of the scope's name
	isOutside  bool   // a browser or an app
	isExcluded bool   // by visits::services
}

func hopProducerOf(resource pcommon.Resource, r *Rules) (p hopProducer) {
	var name, namespace, language, system string
	isBrowser := false
	for key, v := range resource.Attributes().All() {
		switch key {
		case "service.name":
			name = v.AsString()
		case "service.namespace":
			namespace = v.AsString()
		case "telemetry.sdk.language":
			language = v.AsString()
		case "os.name":
			system = v.AsString()
		default:
			isBrowser = isBrowser || len(key) > len(browserKeys) && key[:len(browserKeys)] == browserKeys
		}
	}
	p.isOutside = isBrowser || language == "webjs" || language == "kotlin" || isMobile(system)
	p.isExcluded = r.filters.ChooseByServices && !r.filters.Service(name)
	if name != "" {
		p.service = max(hashOf(namespace, name), 1)
	}
	return p
}

// browserKeys begin the keys of attributes of a browser (semantic conventions, resource
// browser).
const browserKeys = "browser."

// isMobile recognises the systems of phones, tablets and watches, by the name that
// OpenTelemetry's SDKs for them give. No server runs on these.
func isMobile(system string) bool {
	switch system {
	case "Android", "android", "iOS", "ios", "iPadOS", "tvOS", "watchOS", "visionOS":
		return true
	}
	return false
}

// hashOf tells services apart. Nobody but the user chooses their names.
func hashOf(namespace, name string) uint32 {
	const offset, prime = 2166136261, 16777619 // FNV-1a
	hash := uint32(offset)
	for _, text := range [...]string{namespace, name} {
		for i := range len(text) {
			hash = (hash ^ uint32(text[i])) * prime
		}
		hash = (hash ^ 0xff) * prime // which no text in UTF-8 has
	}
	return hash
}

// KeepBare has Span return the visits of spans without a user agent although visits::who
// excludes them, because an inner hop may know who it is. Whoever calls it must ask IsBare,
// and Excludes when the visit is complete. It returns the translator.
func (t *Translator) KeepBare() *Translator {
	t.keepsBare = true
	return t
}

// IsBare says that visits::who excludes the visit that Span returned last, unless it is
// completed.
func (t *Translator) IsBare() bool { return t.isBare }

// Excludes says whether visits::who excludes a visit.
func (t *Translator) Excludes(v *visit.Visit) bool { return t.rules.privacy.Excludes(v) }

func (t *Translator) mayBeCompleted(v *visit.Visit) bool {
	t.isBare = t.keepsBare && t.ofSpan && v.Text[visit.UserAgent] == ""
	return t.isBare
}

// LeftOut is the visit of the span that visits::hosts has just left out, because of what it knows
// of its request. It gives no notice.
func (t *Translator) LeftOut() *visit.Visit {
	v, notices := &t.visit, t.notices
	t.facts.decode(v)
	v.ClientIP, v.IsPublic = t.clientIP()
	t.rules.privacy.Apply(v)
	t.notices = notices
	return v
}

// requestSeed keeps visitors from choosing paths whose hashes collide.
var requestSeed = maphash.MakeSeed()

// HopRequest is what the tracker must know of the request of the visit that Span
// returned last.
func (t *Translator) HopRequest(span ptrace.Span, tracker *hops.Tracker, v *visit.Visit) hops.Request {
	hash := maphash.String(requestSeed, v.Path) ^ maphash.String(requestSeed, v.Method)*0x9e3779b97f4a7c15
	return hops.Request{Peer: t.peer(), Same: tracker.Trace(span.TraceID()).Same(hash)}
}

// peer is who connected to the server of the span. A proxy that the user trusts, and
// whoever has a private address, is one of ours.
func (t *Translator) peer() hops.Peer {
	ip, isPublic := peerOf(&t.facts, true)
	switch {
	case ip == "":
		return hops.UnknownPeer
	case !isPublic, t.rules.trust != nil && t.rules.trust.isProxy(ip):
		return hops.Ours
	}
	return hops.Stranger
}
