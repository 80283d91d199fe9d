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

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/selection"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// maxAhead is how far ahead of the payload's arrival a time may be. A later one is a
// fault of the producer's clock.
const maxAhead = 24 * time.Hour

// Translator turns spans and log records into visits. It reads no clock and no
// network: its result depends only on its input. It reuses its memory from one item
// to the next, so it serves one goroutine at a time.
type Translator struct {
	rules *rules

	received int64 // when the payload arrived, in Unix nanoseconds; replaces absent and impossible times
	hops     internalHops
	mcp      map[spanKey]pcommon.Map // by the HTTP span that the MCP span belongs to
	resource mapping.SourceID        // of the resource being read
	source   mapping.SourceID        // of the scope being read
	excluded bool                    // the service being read does not count
	ofSpan   bool                    // the item being read is a span
	withheld bool                    // of a visit of the payload the address is not known; see trust
	facts    facts
	visit    visit.Visit
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
	visits  Config
	keys    *ascii.Table[mapping.Mapping]
	filters *selection.Filter
	trust   *trust // nil: the built-in order
	privacy *privacy.Rules
	unused  visit.FieldSet // fields that make no difference to the destination
}

// NewRules takes a configuration that was validated, and the fields that its
// destination has no use for.
func NewRules(c Config, unused visit.FieldSet) *rules {
	r := &rules{visits: c, filters: selection.New(&c.Selection), trust: newTrust(&c.ClientIP), privacy: privacy.New(&c.Privacy, c.ClientIP.Mode), unused: unused}
	if r.privacy.Referred {
		r.unused = unused.Without(visit.SetOf(visit.Referer))
	}
	r.keys = ascii.NewTable(mapping.New(c.Attributes).WithHeaders(c.Privacy.Headers.Added()).Without(&r.unused))
	return r
}

// NewTranslator makes a translator of an exporter's rules. Times that name no zone are
// in the given one.
func NewTranslator(r *rules, zone *time.Location) *Translator {
	t := &Translator{rules: r, facts: facts{zone: zone}}
	t.visit.Borrow(&t.facts.text, &t.facts.present)
	return t
}

// Begin prepares for a payload that arrived at the given time.
func (t *Translator) Begin(received time.Time) {
	t.received = received.UnixNano()
	t.hops.forget()
	clear(t.mcp)
}

// EnterResource prepares for the items of one resource.
func (t *Translator) EnterResource(resource pcommon.Resource) {
	t.resource = mapping.OfResource(resource)
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
	if t.source = t.resource; t.source == 0 {
		t.source = mapping.OfScope(scope)
	}
}

// Arrival is when the payload arrived, in Unix nanoseconds.
func (t *Translator) Arrival() int64 { return t.received }

// AddressWithheld says whether a visit of the payload leaves without its address,
// because nobody that is trusted names it.
func (t *Translator) AddressWithheld() bool { return t.withheld }

// End lets go of the payload's memory.
func (t *Translator) End() {
	clear(t.mcp)
	t.forgetBorrowed()
	t.moved = 0
	t.withheld = false
	t.text = ""
	t.facts.forget()
	t.visit = visit.Visit{}
	t.visit.Borrow(&t.facts.text, &t.facts.present)
}

// Span translates one span. The visit is valid until the next call.
func (t *Translator) Span(span ptrace.Span) (*visit.Visit, visit.SkipReason) {
	if span.Kind() != ptrace.SpanKindServer {
		return nil, visit.SkipNotServer
	}
	if t.excluded {
		return nil, visit.SkipService
	}
	t.ofSpan = true
	f := &t.facts
	f.reset(t.source)
	t.readMap(span.Attributes(), 0, 0)
	if !f.resolveMethod() {
		return nil, visit.SkipNotHTTP
	}
	if t.hops.has(span) {
		return nil, visit.SkipInternalHop
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

// LogRecord translates one log record. The visit is valid until the next call.
func (t *Translator) LogRecord(record plog.LogRecord) (*visit.Visit, visit.SkipReason) {
	if t.excluded {
		return nil, visit.SkipService
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
		t.readText(f.text[visit.InnerText])
	}
	if isException(record.EventName()) || isException(f.text[visit.EventName]) {
		return nil, visit.SkipException
	}
	f.unescape()
	f.resolveBareHost()
	if !f.resolveMethod() || !f.isAnswered() {
		return nil, visit.SkipNotAccessLog
	}
	took := f.resolveDuration()
	v, skip := t.finish(f.resolveStart(record, took), took)
	if skip == visit.SkipNoPath && !f.has(visit.RequestLine) && f.text[visit.Target] != "*" {
		skip = visit.SkipNotAccessLog
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
func (t *Translator) finish(start int64, took time.Duration) (*visit.Visit, visit.SkipReason) {
	f, v := &t.facts, &t.visit
	v.Method = f.text[visit.Method]
	v.Status = int(f.number[visit.Status])
	if !f.resolveTarget(v, t.rules.privacy.Secrets, !t.rules.unused.Has(visit.Host)) {
		return nil, visit.SkipNoPath
	}
	f.decode(v)
	if reason := t.uncounted(v); reason != visit.NotSkipped {
		return nil, reason
	}
	v.Start, v.Duration = start, took
	if start < value.Earliest || start-t.received > int64(maxAhead) {
		v.Start = t.received
	}
	if v.Status == http.StatusSwitchingProtocols {
		v.Duration = visit.UnknownDuration // a WebSocket's life is no response time
	}
	v.ClientIP = t.clientIP()
	f.resolveMCP()
	t.rules.privacy.Apply(v)
	return v, visit.NotSkipped
}

// uncounted says why a visit does not count, if it does not.
func (t *Translator) uncounted(v *visit.Visit) visit.SkipReason {
	if reason := t.rules.filters.Visit(v); reason != visit.NotSkipped {
		return reason
	}
	if t.rules.privacy.Excludes(v) {
		return visit.SkipWho
	}
	return visit.NotSkipped
}

func (t *Translator) clientIP() string {
	if t.rules.trust == nil {
		return t.facts.resolveClientIP()
	}
	ip, withheld := t.rules.trust.resolve(&t.facts, t.ofSpan)
	t.withheld = t.withheld || withheld
	return ip
}
