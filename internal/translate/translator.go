// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"net/http"
	"time"

	"github.com/go-faster/jx"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Translator turns the spans and log records of one payload after another into
// visits. For each payload it is called in this order: Begin, IndexSpans if there
// are spans, then for each resource EnterResource, for each of its scopes
// EnterScope, for each item Span or LogRecord, and at last End.
//
// It reuses its memory from one item to the next, so it serves one goroutine at a
// time.
type Translator struct {
	rules *Rules

	// What holds for a payload, a resource or a scope.
	received int64                   // when the payload arrived, in Unix nanoseconds; replaces absent and impossible times
	mcp      map[spanKey]pcommon.Map // attributes of the payload's MCP spans, by the HTTP span that each belongs to
	notices  Notices                 // of the payload
	resource mapping.SourceID        // the producer, as the resource tells
	source   mapping.SourceID        // the producer, as resource and scope tell
	scope    string                  // its name, until it was looked at
	outgoing bool                    // the scope is an HTTP client
	excluded bool                    // visits of the resource's service do not count

	keepsBare bool // see KeepBare

	// What holds for an item.
	ofSpan  bool // the item is a span
	isBare  bool // see IsBare
	facts   facts
	visit   visit.Visit
	prefix  []byte // dotted path of the nested map being read
	wrapper wrapper
	carrier carrier
	spelt   []byte // a key as the table has it

	// What helps to read keys, and the body of a log record.
	keys  keys
	flat  flatJSON
	json  jx.Decoder
	body  []byte // a copy of text, which the decoder reads
	text  string // the body as it came
	lines accesslog.Reader

	columns columnReader
}

// NewTranslator makes a translator with an exporter's rules. Times that name no
// zone are in the given one.
func NewTranslator(r *Rules, zone *time.Location) *Translator {
	t := &Translator{rules: r, facts: facts{zone: zone}, columns: newColumnReader()}
	t.visit.Borrow(&t.facts.text, &t.facts.present)
	return t
}

// Share makes translators of one exporter share what they know of W3C logs. Without it,
// each has a memory of its own. It returns the translator.
func (t *Translator) Share(headers *accesslog.Headers) *Translator {
	t.columns.headers = headers
	return t
}

// Begin prepares for a payload that arrived at the given time.
func (t *Translator) Begin(received time.Time) {
	t.received = received.UnixNano()
	clear(t.mcp)
}

// IndexSpans notes how the spans of a payload belong together.
func (t *Translator) IndexSpans(td ptrace.Traces) { t.indexMCP(td) }

// EnterResource prepares for the items of one resource.
func (t *Translator) EnterResource(resource pcommon.Resource) {
	t.resource = mapping.OfResource(resource)
	t.columns.enterResource(resource)
	t.excluded = false
	if t.rules.filters.ChooseByServices {
		name := ""
		if v, ok := resource.Attributes().Get("service.name"); ok {
			name = v.AsString()
		}
		t.excluded = !t.rules.filters.Service(name)
	}
}

// EnterScope prepares for the items of one scope of the resource.
func (t *Translator) EnterScope(scope pcommon.InstrumentationScope) {
	t.columns.enterScope(scope)
	t.scope, t.outgoing = scope.Name(), false
	if t.source = t.resource; t.source == 0 {
		t.source = mapping.OfScope(scope)
	}
}

// Span translates a span. The visit is valid until the next call.
func (t *Translator) Span(span ptrace.Span) (*visit.Visit, visit.SkipReason) {
	if span.Kind() != ptrace.SpanKindServer {
		return nil, visit.SkipNotServer
	}
	if t.excluded {
		return nil, visit.SkipService
	}
	t.ofSpan, t.isBare, t.wrapper.isSought = true, false, false
	f := &t.facts
	f.reset(t.source)
	t.readMap(span.Attributes(), 0, 0)
	if !f.resolveMethod() {
		return nil, visit.SkipNotHTTP
	}
	t.readMCP(span)
	start, end := int64(span.StartTimestamp()), int64(span.EndTimestamp())
	took := visit.UnknownDuration
	switch {
	case start < value.Earliest:
		start = end
	case end >= start:
		took = time.Duration(end - start)
	}
	return t.finish(start, took)
}

// LogRecord translates a log record. The visit is valid until the next call.
func (t *Translator) LogRecord(record plog.LogRecord) (*visit.Visit, visit.SkipReason) {
	if t.excluded {
		return nil, visit.SkipService
	}
	t.ofSpan = false
	f := &t.facts
	f.reset(t.source)
	t.wrapper.seek()
	t.columns.enterRecord(record)
	t.readRecord(record)
	if t.wrapper.isKnown() && !f.isWhole() {
		t.readWrapped(record)
	}
	if isException(record.EventName()) || isException(f.text[visit.EventName]) {
		return nil, visit.SkipException
	}
	f.noteMessage(record.EventName())
	f.takeMessage()
	f.unescape()
	f.resolveBareHost()
	if !f.resolveMethod() || !f.isAnswered() || t.isForeign() {
		return nil, visit.SkipNotAccessLog
	}
	took, isGuess := f.resolveDuration()
	v, skip := t.finish(f.resolveStart(record, took, isGuess), took)
	if skip == visit.SkipNoPath && !f.has(visit.RequestLine) && f.text[visit.Target] != "*" {
		skip = visit.SkipNotAccessLog
	}
	return v, skip
}

// readRecord stores what attributes and body of a log record say.
func (t *Translator) readRecord(record plog.LogRecord) {
	first := 0
	if t.wrapper.isRead {
		first = len(t.keys.order) // the keys that are remembered for their places mean something else
	}
	t.readMap(record.Attributes(), first, 0)
	t.readBody(record.Body(), first+record.Attributes().Len())
}

// isForeign says whether a log record describes something else than the request of a
// visitor: a call that the service made itself, as the name of its logger says, or an
// event of another kind that has a request's attributes.
func (t *Translator) isForeign() bool {
	if t.scope != "" {
		t.scope, t.outgoing = "", mapping.IsOutgoing(t.scope)
	}
	f := &t.facts
	return t.outgoing || f.has(visit.Outgoing) && f.isOutgoing() ||
		f.has(visit.OtherKind) && f.isOtherKind() || mapping.Sources[f.source].NoVisits || mapping.IsOfSending(f.message()) || mapping.IsOfSending(f.text[visit.EventName]) || f.isCall()
}

// isException recognises the events with which the HTTP semantic conventions
// describe an exception of a request. The request has a span or an event of its own.
func isException(event string) bool {
	switch event {
	case "http.server.request.exception", "http.client.request.exception", "exception":
		return true
	}
	return false
}

// maxAhead is how far ahead of the payload's arrival a time may be. A later one is a
// fault of the producer's clock.
const maxAhead = 24 * time.Hour

// finish makes the visit of the facts, unless it does not count.
func (t *Translator) finish(start int64, took time.Duration) (*visit.Visit, visit.SkipReason) {
	f, v := &t.facts, &t.visit
	v.Method = f.text[visit.Method]
	v.Status = int(f.number[visit.Status])
	f.forwarded = t.rules.trust.ofSite(f, t.ofSpan)
	if !f.resolveTarget(v, t.rules.privacy.Secrets, &t.rules.unused) {
		return nil, visit.SkipNoPath
	}
	if !t.rules.filters.Host(v) {
		if v.Served == "" {
			t.notices |= HostUnknown
		}
		return nil, visit.SkipHost
	}
	f.decode(v)
	f.nameHost(v)
	if reason := t.rules.filters.Visit(v); reason != visit.NotSkipped {
		return nil, reason
	}
	if t.rules.privacy.Excludes(v) && !t.mayBeCompleted(v) {
		return nil, visit.SkipWho
	}
	v.Start, v.Duration = start, took
	if start < value.Earliest || start-t.received > int64(maxAhead) {
		v.Start = t.received
	}
	if v.Status == http.StatusSwitchingProtocols {
		v.Duration = visit.UnknownDuration // it is how long a WebSocket was open
	}
	v.ClientIP, v.IsPublic = t.clientIP()
	if t.rules.filters.IsOwnProbe(v) {
		return nil, visit.SkipHealthCheck
	}
	if t.rules.noticesHosts {
		t.noticeHost(v)
	}
	f.resolveMCP()
	t.rules.privacy.Apply(v)
	return v, visit.NotSkipped
}

// clientIP is the visitor's address. isPublic is true if it is known to be public.
func (t *Translator) clientIP() (ip string, isPublic bool) {
	if t.rules.trust == nil {
		best := t.facts.resolveClientIP()
		return best.ip, best.public
	}
	ip, withheld := t.rules.trust.resolve(&t.facts, t.ofSpan)
	if withheld {
		t.notices |= AddressWithheld
	}
	return ip, false
}

// Arrival is when the payload arrived, in Unix nanoseconds.
func (t *Translator) Arrival() int64 { return t.received }

// Notices are those of the payload so far.
func (t *Translator) Notices() Notices { return t.notices }

// End lets go of the payload's memory.
func (t *Translator) End() {
	clear(t.mcp)
	t.keys.forgetBorrowed()
	t.notices = 0
	t.text, t.scope, t.lines.Entry = "", "", accesslog.Entry{}
	t.columns.forget()
	t.wrapper.text = ""
	t.facts.forget()
	t.visit = visit.Visit{}
	t.visit.Borrow(&t.facts.text, &t.facts.present)
}
