// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translation

import (
	"encoding/json"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Translation is what a payload became.
type Translation struct {
	Visits      []fixture.Observed
	KnownAgents []json.RawMessage // the visits as encoded for each destination
	Scrunch     []json.RawMessage
	Skipped     map[string]int // items, by reason; those that one destination skips have its name before the reason
}

// Folder translates the input of a case in testdata/sources.
func Folder(t *testing.T, folder string) *Translation {
	t.Helper()
	return of(translate.Config{}, fixture.Arrival, fixture.ReadPayload(t, folder))
}

// Traces translates a payload of spans as the exporter does.
func Traces(cfg translate.Config, received time.Time, td ptrace.Traces) *Translation {
	return of(cfg, received, fixture.OfTraces(td))
}

// Logs translates a payload of log records as the exporter does.
func Logs(cfg translate.Config, received time.Time, ld plog.Logs) *Translation {
	return of(cfg, received, fixture.OfLogs(ld))
}

func of(cfg translate.Config, received time.Time, p fixture.Payload) *Translation {
	tr := &Translation{Skipped: map[string]int{}}
	Each(New(cfg), received, p, tr.add)
	return tr
}

// Span translates a server span of the service "shop". The attributes are added to
// those of fixture.OtelhttpSpan.
func Span(cfg translate.Config, attributes map[string]any) (fixture.Observed, visit.SkipReason) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	fixture.OtelhttpSpan().CopyTo(span)
	for key, v := range attributes {
		_ = span.Attributes().PutEmpty(key).FromRaw(v)
	}
	var only fixture.Observed
	var reason visit.SkipReason
	Each(New(cfg), fixture.Arrival, fixture.OfTraces(td), func(v *visit.Visit, skip visit.SkipReason) {
		if reason = skip; skip == visit.NotSkipped {
			only = Observe(v)
		}
	})
	return only, reason
}

// New is a translator for a destination that uses every field. It takes times
// without a zone for UTC, and is ready for a payload that arrives at
// fixture.Arrival.
func New(cfg translate.Config) *translate.Translator {
	t := translate.NewTranslator(translate.NewRules(cfg, visit.FieldSet{}), time.UTC)
	t.Begin(fixture.Arrival)
	return t
}

// Each translates a payload as the exporter does, and hands on what becomes of each
// item. No visit waits for spans of other payloads.
func Each(t *translate.Translator, received time.Time, p fixture.Payload, take func(*visit.Visit, visit.SkipReason)) {
	t.Begin(received)
	t.IndexSpans(p.Traces)
	tracker := hops.New(hops.Settings{MaxBytes: 1 << 20, Tolerance: time.Second, Seed: [4]uint64{1, 2, 3, 4}})
	var spans translate.HopSpans
	spans.Read(p.Traces, tracker, t)
	tracker.Note(0, spans.All)
	at := 0
	for _, rs := range p.Traces.ResourceSpans().All() {
		t.EnterResource(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			t.EnterScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				v, skip := t.Span(span)
				if skip == visit.NotSkipped && tracker.Hold(0, &spans.All[at], t.HopRequest(span, tracker, v), nil, 0) == hops.Hop {
					v, skip = nil, visit.SkipInternalHop
				}
				take(v, skip)
				at++
			}
		}
	}
	for _, rl := range p.Logs.ResourceLogs().All() {
		t.EnterResource(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			t.EnterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				take(t.LogRecord(record))
			}
		}
	}
	t.End()
}

// Observe copies a visit.
func Observe(v *visit.Visit) fixture.Observed {
	return fixture.Observed{
		Start: time.Unix(0, v.Start), Duration: v.Duration,
		Method: v.Method, Scheme: v.Scheme, Host: v.Host, Path: v.Path, Query: v.Query,
		Status: v.Status, ClientIP: v.ClientIP,
		UserAgent: v.Text[visit.UserAgent], Referer: v.Text[visit.Referer], ContentType: v.Text[visit.ResponseHeader("content-type")],
	}
}

// add encodes a visit for both destinations, or counts why there is none.
func (tr *Translation) add(v *visit.Visit, skip visit.SkipReason) {
	if skip != visit.NotSkipped {
		tr.Skipped[visit.SkipReasons[skip]]++
		return
	}
	tr.Visits = append(tr.Visits, Observe(v))
	tr.KnownAgents = tr.encode(tr.KnownAgents, EncodeForKnownAgents, v, "known_agents")
	tr.Scrunch = tr.encode(tr.Scrunch, EncodeForScrunch, v, "scrunch")
}

func (tr *Translation) encode(to []json.RawMessage, encode func([]byte, *visit.Visit) destination.Encoded, v *visit.Visit, name string) []json.RawMessage {
	e := encode(nil, v)
	if e.Skip != visit.NotSkipped {
		tr.Skipped[name+": "+visit.SkipReasons[e.Skip]]++
		return to
	}
	return append(to, e.Bytes)
}
