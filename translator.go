// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/http"
	"time"

	"github.com/go-faster/jx"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// maxAhead is how far ahead of the payload's arrival a time may be. A later one is a
// fault of the producer's clock.
const maxAhead = 24 * time.Hour

// translator turns spans and log records into visits. It reads no clock and no
// network: its result depends only on its input. It reuses its memory from one item
// to the next, so it serves one goroutine at a time.
type translator struct {
	rules *rules

	received int64 // when the payload arrived, in Unix nanoseconds; replaces absent and impossible times
	hops     internalHops
	mcp      map[spanKey]pcommon.Map // by the HTTP span that the MCP span belongs to
	resource sourceID                // of the resource being read
	source   sourceID                // of the scope being read
	excluded bool                    // the service being read does not count
	ofSpan   bool                    // the item being read is a span
	withheld bool                    // of a visit of the payload the address is not known; see trust
	facts    facts
	visit    visit
	prefix   []byte        // dotted path of the nested map being read
	order    [32]placedKey // the latest keys at the first places of items
	moved    int           // keys of the payload that stood elsewhere in the item before
	json     jx.Decoder
	body     []byte // of the log record, for json
	text     string // the same, as it came
}

// rules are what a configuration says about translation. All translators of an
// exporter share them, because they do not change.
type rules struct {
	visits  VisitsConfig
	keys    *table[mapping]
	filters *filters
	trust   *trust // nil: the built-in order
	privacy *privacy
	unused  fieldSet // fields that make no difference to the destination
}

// newRules takes a configuration that was validated, and the fields that its
// destination has no use for.
func newRules(c VisitsConfig, unused fieldSet) *rules {
	r := &rules{visits: c, filters: newFilters(&c.Selection), trust: newTrust(&c.ClientIP), privacy: newPrivacy(&c.Privacy, c.ClientIP.Mode), unused: unused}
	if r.privacy.referred {
		r.unused = unused.without(setOf(referer))
	}
	r.keys = newTable(newMappings(c.Attributes).withHeaders(c.Privacy.Headers.added()).without(&r.unused))
	return r
}

// newTranslator makes a translator of an exporter's rules. Times that name no zone are
// in the given one.
func newTranslator(r *rules, zone *time.Location) *translator {
	t := &translator{rules: r, facts: facts{zone: zone}}
	t.visit.borrow(&t.facts.text, &t.facts.present)
	return t
}

// begin prepares for a payload that arrived at the given time.
func (t *translator) begin(received time.Time) {
	t.received = received.UnixNano()
	t.hops.forget()
	clear(t.mcp)
}

// enterResource prepares for the items of one resource.
func (t *translator) enterResource(resource pcommon.Resource) {
	t.resource = sourceOfResource(resource)
	t.excluded = false
	if t.rules.filters.chooseByServices {
		name := ""
		if v, ok := resource.Attributes().Get("service.name"); ok {
			name = v.AsString()
		}
		t.excluded = !t.rules.filters.service(name)
	}
}

// enterScope prepares for the items of one scope of the resource.
func (t *translator) enterScope(scope pcommon.InstrumentationScope) {
	if t.source = t.resource; t.source == 0 {
		t.source = sourceOfScope(scope)
	}
}

// arrival is when the payload arrived, in Unix nanoseconds.
func (t *translator) arrival() int64 { return t.received }

// addressWithheld says whether a visit of the payload leaves without its address,
// because nobody that is trusted names it.
func (t *translator) addressWithheld() bool { return t.withheld }

// end lets go of the payload's memory.
func (t *translator) end() {
	clear(t.mcp)
	t.forgetBorrowed()
	t.moved = 0
	t.withheld = false
	t.text = ""
	t.facts.forget()
	t.visit = visit{}
	t.visit.borrow(&t.facts.text, &t.facts.present)
}

// span translates one span. The visit is valid until the next call.
func (t *translator) span(span ptrace.Span) (*visit, skipReason) {
	if span.Kind() != ptrace.SpanKindServer {
		return nil, skipNotServer
	}
	if t.excluded {
		return nil, skipService
	}
	t.ofSpan = true
	f := &t.facts
	f.reset(t.source)
	t.readMap(span.Attributes(), 0, 0)
	if !f.resolveMethod() {
		return nil, skipNotHTTP
	}
	if t.hops.has(span) {
		return nil, skipInternalHop
	}
	t.readMCP(span)
	start, end := int64(span.StartTimestamp()), int64(span.EndTimestamp())
	took := unknownDuration
	switch {
	case start < earliest:
		start = end
	case end >= start:
		took = time.Duration(end - start)
	}
	return t.finish(start, took)
}

// logRecord translates one log record. The visit is valid until the next call.
func (t *translator) logRecord(record plog.LogRecord) (*visit, skipReason) {
	if t.excluded {
		return nil, skipService
	}
	t.ofSpan = false
	f := &t.facts
	f.reset(t.source)
	attributes := record.Attributes()
	t.readMap(attributes, 0, 0)
	switch body := record.Body(); body.Type() {
	case pcommon.ValueTypeMap:
		t.readMap(body.Map(), attributes.Len(), 0)
	case pcommon.ValueTypeStr:
		if !f.hasRequest() {
			t.readText(body.Str())
		}
	case pcommon.ValueTypeBytes:
		if !f.hasRequest() {
			t.readText(string(body.Bytes().AsRaw()))
		}
	}
	if !f.hasRequest() {
		t.readText(f.text[innerText])
	}
	if isException(record.EventName()) || isException(f.text[eventName]) {
		return nil, skipException
	}
	f.unescape()
	f.resolveBareHost()
	if !f.resolveMethod() || !f.isAnswered() {
		return nil, skipNotAccessLog
	}
	took := f.resolveDuration()
	v, skip := t.finish(f.resolveStart(record, took), took)
	if skip == skipNoPath && !f.has(requestLine) && f.text[target] != "*" {
		skip = skipNotAccessLog
	}
	return v, skip
}

// isException recognises the events of the HTTP semantic conventions that describe
// an exception of a request, and not the request.
func isException(event string) bool {
	switch event {
	case "http.server.request.exception", "http.client.request.exception", "exception":
		return true
	}
	return false
}

// finish fills in the visit from the facts and decides whether it counts.
func (t *translator) finish(start int64, took time.Duration) (*visit, skipReason) {
	f, v := &t.facts, &t.visit
	v.method = f.text[method]
	v.status = int(f.number[status])
	if !f.resolveTarget(v, t.rules.privacy.secrets, !t.rules.unused.has(host)) {
		return nil, skipNoPath
	}
	f.decode(v)
	if reason := t.uncounted(v); reason != notSkipped {
		return nil, reason
	}
	v.start, v.duration = start, took
	if start < earliest || start-t.received > int64(maxAhead) {
		v.start = t.received
	}
	if v.status == http.StatusSwitchingProtocols {
		v.duration = unknownDuration // a WebSocket's life is no response time
	}
	v.clientIP = t.clientIP()
	f.resolveMCP()
	t.rules.privacy.apply(v, &f.text)
	return v, notSkipped
}

// uncounted says why a visit does not count, if it does not.
func (t *translator) uncounted(v *visit) skipReason {
	if reason := t.rules.filters.visit(v); reason != notSkipped {
		return reason
	}
	if t.rules.privacy.leavesOut(v) {
		return skipWho
	}
	return notSkipped
}

func (t *translator) clientIP() string {
	if t.rules.trust == nil {
		return t.facts.resolveClientIP()
	}
	ip, withheld := t.rules.trust.resolve(&t.facts, t.ofSpan)
	t.withheld = t.withheld || withheld
	return ip
}
