// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/accesslog"
	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/arrivals"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
	"github.com/agentvisits/agentvisitsexporter/internal/waiting"
)

// intake turns payloads into batches, so that the queue holds visits instead of
// telemetry.
type intake struct {
	sites     *sites.Registry
	strays    *sites.Strays // nil: nobody asks for them
	memory    *queue.Memory
	counters  *telemetry.Counters
	visitors  *telemetry.Visitors
	logger    *zap.Logger
	explainer *translate.Explainer
	waiting   *waiting.Room // nil: no visit waits
	arrivals  *arrivals.Log
	wall      func() time.Time // says when a payload arrived; no pause and no wait depends on it
	scratches sync.Pool        // of *scratch

	warnings translate.Warnings
}

// newIntake makes the intake of an exporter. to is what its sites have in common.
func newIntake(cfg *Config, to *destination.Destination, of *sites.Registry, memory *queue.Memory, counters *telemetry.Counters, logger *zap.Logger) *intake {
	known := agents.With(cfg.Visits.Privacy.Agents...)
	in := &intake{
		sites: of, memory: memory, counters: counters, visitors: counters.Visitors(known), logger: logger,
		explainer: translate.NewExplainer(logger), arrivals: arrivals.NewLog(logger), wall: time.Now,
	}
	if in.explainer != nil {
		in.strays = &sites.Strays{}
	}
	rules, headers := translate.NewRules(cfg.Visits, to.Unused), accesslog.NewHeaders()
	in.scratches.New = func() any {
		s := &scratch{intake: in, separator: to.Framing.Separator, translator: translate.NewTranslator(rules, time.Local).Share(headers).KeepBare(), tally: agents.NewTally(known)}
		if of.Only() == nil {
			s.skippedOf = map[*destination.Site]int{}
		}
		return s
	}
	return in
}

// fromTraces makes a batch of the visits among the payload's spans. It returns nil
// if there are none, or if they joined a batch that is in the queue already. Some may
// wait instead. What was counted is for count or forget.
func (in *intake) fromTraces(ctx context.Context, td ptrace.Traces) (*queue.Batch, waiting.Held, *scratch) {
	s := in.scratches.Get().(*scratch)
	s.translator.Begin(in.wall())
	s.translator.IndexSpans(td)
	if in.waiting.Notes() {
		in.waiting.Note(ctx, &s.waiting, s.translator, td)
	}
	if s.waiting.InnerFirst() {
		in.addSpans(s, td, true, false) // inner hops complete the visits of roots
		in.addSpans(s, td, false, true)
	} else {
		in.addSpans(s, td, true, true)
	}
	waits := in.waiting.Keep(ctx, &s.waiting, s)
	return in.finish(s), waits, s
}

// addSpans adds the visits of a payload's spans: of server spans that name a parent, of all
// others, or of both.
func (in *intake) addSpans(s *scratch, td ptrace.Traces, called, others bool) {
	t, at := s.translator, -1
	for _, rs := range td.ResourceSpans().All() {
		t.EnterResource(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			t.EnterScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				at++
				isCalled := span.Kind() == ptrace.SpanKindServer && !span.ParentSpanID().IsEmpty()
				if isCalled && !called || !isCalled && !others {
					continue
				}
				before := t.Notices()
				v, reason := t.Span(span)
				switch {
				case !in.waiting.Notes():
				case reason == visit.NotSkipped:
					switch in.waiting.Judge(&s.waiting, span, at, v, before) {
					case hops.Waits:
						continue
					case hops.Hop:
						reason = visit.SkipInternalHop
					}
				case reason == visit.SkipHost && isCalled:
					in.waiting.Offer(&s.waiting, span, at)
				}
				if reason == visit.NotSkipped && t.IsBare() && t.Excludes(v) {
					reason = visit.SkipWho
				}
				reason = s.add(v, reason)
				if in.explainer.Wants(reason, t.Arrival()) {
					in.explainer.Explain(reason, ss.Scope(), span.Attributes(), pcommon.NewValueEmpty(), t, in.strays.Explain(reason)...)
				}
			}
		}
	}
}

// fromLogs makes a batch of the visits among the payload's log records. It returns
// nil in the same cases as fromTraces. None of them waits.
func (in *intake) fromLogs(_ context.Context, ld plog.Logs) (*queue.Batch, waiting.Held, *scratch) {
	s := in.scratches.Get().(*scratch)
	t := s.translator
	t.Begin(in.wall())
	for _, rl := range ld.ResourceLogs().All() {
		t.EnterResource(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			t.EnterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				reason := s.add(t.LogRecord(record))
				if in.explainer.Wants(reason, t.Arrival()) {
					in.explainer.Explain(reason, sl.Scope(), record.Attributes(), record.Body(), t, in.strays.Explain(reason)...)
				}
			}
		}
	}
	return in.finish(s), waiting.Held{}, s
}

// scratch is the memory in which one payload is translated, and its counts. It is a
// waiting.Bundle.
type scratch struct {
	intake     *intake
	separator  string // of visits
	translator *translate.Translator
	shares     queue.Shares // the encoded visits
	gatherer   queue.Gatherer
	truncated  int64
	tally      *agents.Tally // of the encoded visits
	skipped    [visit.SkipReasonCount]int64
	skippedOf  map[*destination.Site]int // visits that a site's API does not take; nil: there is one site

	waiting waiting.Payload
	waited  int64             // when the oldest of those that have waited came, in Unix milliseconds; 0: none has
	noticed translate.Notices // of those that have waited
}

// add encodes a visit for its site, or counts why it is not and returns the reason.
func (s *scratch) add(v *visit.Visit, skip visit.SkipReason) visit.SkipReason {
	if skip == visit.NotSkipped {
		if skip = s.encode(v); skip == visit.NotSkipped {
			return skip
		}
	}
	s.skipped[skip]++
	return skip
}

// encode adds a visit to those of its site, or says why it does not.
func (s *scratch) encode(v *visit.Visit) visit.SkipReason {
	site, to := s.intake.sites.Choose(v)
	if to == nil {
		s.intake.strays.Add(v.Served)
		return visit.SkipNoSite
	}
	e := to.Encode(s.shares.Buffer(), v)
	if e.Skip != visit.NotSkipped {
		if s.skippedOf != nil {
			s.skippedOf[site]++
		}
		return e.Skip
	}
	s.shares.Add(site, append(e.Bytes, s.separator...))
	h := privacy.HeadersOf(v)
	s.tally.Add(&h, v.Status)
	if e.Cut || v.Cut {
		s.truncated++
	}
	return visit.NotSkipped
}

// begin begins a batch of nothing but visits that have waited.
func (in *intake) begin() waiting.Bundle { return in.scratches.Get().(*scratch) }

// Add adds a visit that has waited.
func (s *scratch) Add(r waiting.Released) {
	reason := visit.NotSkipped
	s.noticed |= r.Notices
	if s.waited == 0 { // the oldest one comes first
		s.waited = r.Since
	}
	if r.WasBare && s.translator.Excludes(r.Visit) {
		reason = visit.SkipWho
	}
	if reason = s.add(r.Visit, reason); reason == visit.NotSkipped {
		return
	}
	if in := s.intake; in.explainer.Wants(reason, in.wall().UnixNano()) {
		in.explainer.ExplainWaited(reason, in.strays.Explain(reason)...)
	}
}

// Size is what the batch has so far.
func (s *scratch) Size() (visits, bytes int) { return s.shares.Visits(), s.shares.Size() }

// Batch makes the batch and counts, because whatever has waited is taken in the end. The scratch
// is somebody else's then.
func (s *scratch) Batch(ctx context.Context) *queue.Batch {
	b := s.intake.finish(s)
	s.intake.count(ctx, s)
	return b
}

// since is when the oldest visit came, in Unix milliseconds.
func (s *scratch) since() int64 {
	if s.waited != 0 {
		return s.waited
	}
	return s.translator.Arrival() / int64(time.Millisecond)
}

// notices are those of the payload.
func (s *scratch) notices() translate.Notices {
	notices := s.translator.Notices() | s.noticed
	if s.skipped[visit.SkipOtherSite] > 0 {
		notices |= translate.OtherSite
	}
	if s.skipped[visit.SkipNoSite] > 0 {
		notices = notices&^translate.NetworkHost | translate.NoSite // those that no site has are left out already
	}
	return notices
}

// finish makes the batch. What was counted stays in the scratch.
func (in *intake) finish(s *scratch) *queue.Batch {
	var b *queue.Batch
	visits := s.shares.Visits()
	if visits > 0 {
		b = in.memory.Put(s.gatherer.Gather(s.shares.All()), s.since())
	}
	in.arrivals.Count(visits+s.waiting.Visits(), &s.skipped)
	for _, warning := range in.warnings.Due(s.notices()) {
		in.logger.Warn(warning)
	}
	s.shares.Clear()
	s.translator.End()
	s.waited, s.noticed = 0, 0
	s.waiting.Forget()
	return b
}

// count counts what became of a payload, and clears the scratch.
func (in *intake) count(ctx context.Context, s *scratch) {
	s.tally.Take(in.visitors.Add)
	for reason, items := range s.skipped {
		if items > 0 {
			in.counters.Skipped(ctx, visit.SkipReason(reason), items)
		}
	}
	for site, visits := range s.skippedOf {
		in.counters.OfSite(ctx, site.Name(), telemetry.SiteSkipped, visits)
	}
	if s.truncated > 0 {
		in.counters.Truncated(ctx, s.truncated)
	}
	in.clear(s)
}

// forget counts nothing of a payload that is refused: whoever sent it may send it again.
func (in *intake) forget(s *scratch) {
	s.tally.Take(func(agents.Visitor, int, int64) {})
	in.clear(s)
}

func (in *intake) clear(s *scratch) {
	clear(s.skippedOf)
	s.truncated, s.skipped = 0, [visit.SkipReasonCount]int64{}
	in.scratches.Put(s)
}
