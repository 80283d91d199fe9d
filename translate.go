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
	"github.com/agentvisits/agentvisitsexporter/internal/arrivals"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// intake turns payloads into batches, so that the queue holds visits instead of
// telemetry.
type intake struct {
	memory    *queue.Memory
	counters  *telemetry.Counters
	logger    *zap.Logger
	explainer *translate.Explainer
	arrivals  *arrivals.Log
	scratches sync.Pool // of *scratch

	withheldWarning sync.Once
}

func newIntake(cfg *Config, to *destination.Destination, memory *queue.Memory, counters *telemetry.Counters, logger *zap.Logger) *intake {
	in := &intake{memory: memory, counters: counters, logger: logger, explainer: translate.NewExplainer(logger), arrivals: arrivals.NewLog(logger)}
	rules, headers := translate.NewRules(cfg.Visits, to.Unused), accesslog.NewHeaders()
	in.scratches.New = func() any {
		return &scratch{destination: to, translator: translate.NewTranslator(rules, time.Local).Share(headers)}
	}
	return in
}

// fromTraces makes a batch of the visits among the payload's spans. It returns nil
// if there are none, or if they joined a batch that is in the queue already.
func (in *intake) fromTraces(ctx context.Context, td ptrace.Traces) *queue.Batch {
	s := in.scratches.Get().(*scratch)
	t := s.translator
	t.Begin(time.Now())
	t.IndexSpans(td)
	for _, rs := range td.ResourceSpans().All() {
		t.EnterResource(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			t.EnterScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				reason := s.add(t.Span(span))
				if in.explainer.Wants(reason, t.Arrival()) {
					in.explainer.Explain(reason, ss.Scope(), span.Attributes(), pcommon.NewValueEmpty(), t)
				}
			}
		}
	}
	return in.finish(ctx, s)
}

// fromLogs makes a batch of the visits among the payload's log records. It returns
// nil in the same cases as fromTraces.
func (in *intake) fromLogs(ctx context.Context, ld plog.Logs) *queue.Batch {
	s := in.scratches.Get().(*scratch)
	t := s.translator
	t.Begin(time.Now())
	for _, rl := range ld.ResourceLogs().All() {
		t.EnterResource(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			t.EnterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				reason := s.add(t.LogRecord(record))
				if in.explainer.Wants(reason, t.Arrival()) {
					in.explainer.Explain(reason, sl.Scope(), record.Attributes(), record.Body(), t)
				}
			}
		}
	}
	return in.finish(ctx, s)
}

// scratch is the memory in which one payload is translated.
type scratch struct {
	destination *destination.Destination
	translator  *translate.Translator
	lines       []byte // the encoded visits
	visits      int
	truncated   int64
	skipped     [visit.SkipReasonCount]int64
}

// add encodes a visit for the destination, or counts why there is none and returns
// the reason.
func (s *scratch) add(v *visit.Visit, skip visit.SkipReason) visit.SkipReason {
	if skip == visit.NotSkipped {
		e := s.destination.Encode(s.lines, v)
		if skip = e.Skip; skip == visit.NotSkipped {
			s.lines = append(e.Bytes, s.destination.Framing.Separator...)
			s.visits++
			if e.Cut {
				s.truncated++
			}
			return visit.NotSkipped
		}
	}
	s.skipped[skip]++
	return skip
}

// finish makes the batch, counts what was skipped and clears the scratch.
func (in *intake) finish(ctx context.Context, s *scratch) *queue.Batch {
	var b *queue.Batch
	if s.visits > 0 {
		b = in.memory.Put(s.lines, s.visits, s.translator.Arrival()/int64(time.Millisecond))
	}
	for reason, items := range s.skipped {
		if items > 0 {
			in.counters.Skipped(ctx, visit.SkipReason(reason), items)
		}
	}
	in.arrivals.Count(s.visits, &s.skipped)
	if s.truncated > 0 {
		in.counters.Truncated(ctx, s.truncated)
	}
	if s.translator.AddressWithheld() {
		in.withheldWarning.Do(in.warnOfWithheldAddresses)
	}
	s.lines, s.visits, s.truncated, s.skipped = s.lines[:0], 0, 0, [visit.SkipReasonCount]int64{}
	s.translator.End()
	in.scratches.Put(s)
	return b
}

func (in *intake) warnOfWithheldAddresses() {
	in.logger.Warn("Visits leave without the visitor's address. The telemetry lacks what visits::client_ip needs to trust one. " +
		"Capture x-forwarded-for, or the header that trusted_headers names, and in spans also network.peer.address; docs/headers.md says how.")
}
