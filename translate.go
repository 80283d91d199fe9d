// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// intake stands before the queue: it turns payloads into batches, so that the
// queue holds visits instead of telemetry.
type intake struct {
	destination  *destination.Destination
	counters     *telemetry.Counters
	logger       *zap.Logger
	explainer    *translate.Explainer
	backpressure bool
	scratches    sync.Pool // of *scratch
	drops        queue.DropEpisode
	memory       *queue.Memory

	withheldWarning sync.Once
}

// scratch is the memory that one payload is translated in.
type scratch struct {
	translator *translate.Translator
	lines      []byte
	count      int
	cut        int64
	skipped    [visit.SkipReasonCount]int64
}

func newIntake(cfg *Config, d *destination.Destination, c *telemetry.Counters, logger *zap.Logger) *intake {
	in := &intake{destination: d, counters: c, logger: logger, explainer: translate.NewExplainer(logger), backpressure: cfg.Backpressure, memory: queue.NewDiskMemory(&d.Framing)}
	rules := translate.NewRules(cfg.Visits, d.Unused)
	in.scratches.New = func() any { return &scratch{translator: translate.NewTranslator(rules, time.Local)} }
	return in
}

// fromTraces is the batch of the visits among the payload's spans. It is nil if
// there are none, or if they joined a batch that is in the queue already.
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
				v, skip := t.Span(span)
				if reason := s.add(in.destination, v, skip); in.explainer.Wants(reason, t.Arrival()) {
					in.explainer.Explain(reason, ss.Scope(), span.Attributes(), pcommon.NewValueEmpty(), t)
				}
			}
		}
	}
	return in.finish(ctx, s)
}

// fromLogs is the batch of the visits among the payload's log records, or nil as
// in fromTraces.
func (in *intake) fromLogs(ctx context.Context, ld plog.Logs) *queue.Batch {
	s := in.scratches.Get().(*scratch)
	t := s.translator
	t.Begin(time.Now())
	for _, rl := range ld.ResourceLogs().All() {
		t.EnterResource(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			t.EnterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				v, skip := t.LogRecord(record)
				if reason := s.add(in.destination, v, skip); in.explainer.Wants(reason, t.Arrival()) {
					in.explainer.Explain(reason, sl.Scope(), record.Attributes(), record.Body(), t)
				}
			}
		}
	}
	return in.finish(ctx, s)
}

// add encodes a visit, or counts and returns why there is none.
func (s *scratch) add(to *destination.Destination, v *visit.Visit, skip visit.SkipReason) visit.SkipReason {
	if skip == visit.NotSkipped {
		e := to.Encode(s.lines, v)
		if skip = e.Skip; skip == visit.NotSkipped {
			s.lines = append(e.Bytes, to.Framing.Separator...)
			s.count++
			if e.Cut {
				s.cut++
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
	if s.count > 0 {
		b = in.memory.Put(s.lines, s.count, s.translator.Arrival()/int64(time.Millisecond))
	}
	for reason, items := range s.skipped {
		if items > 0 {
			in.counters.Skipped(ctx, visit.SkipReason(reason), items)
		}
	}
	if s.cut > 0 {
		in.counters.Truncated(ctx, s.cut)
	}
	if s.translator.AddressWithheld() {
		in.withheldWarning.Do(in.warnOfWithheldAddresses)
	}
	s.lines, s.count, s.cut, s.skipped = s.lines[:0], 0, 0, [visit.SkipReasonCount]int64{}
	s.translator.End()
	in.scratches.Put(s)
	return b
}

func (in *intake) warnOfWithheldAddresses() {
	in.logger.Warn("Visits leave without the visitor's address. visits::client_ip says whom to believe, and the telemetry lacks what that needs. " +
		"Capture x-forwarded-for, or the header that trusted_headers names, and in spans network.peer.address too; docs/headers.md says how.")
}

// settle decides what the pipeline learns of a batch that the queue did not
// take: with backpressure the error, else nothing, for a pipeline with other
// exporters must not suffer from this one.
func (in *intake) settle(ctx context.Context, b *queue.Batch, err error) error {
	if err == nil {
		in.memory.Queued(b)
		if lost := in.drops.Queued(); lost > 0 {
			in.logger.Info("The queue takes visits again.", zap.Int("dropped_visits", lost))
		}
		return nil
	}
	in.memory.Refused(b)
	if in.backpressure {
		return err
	}
	reason, remedy := telemetry.DropNotQueued, "The queue or its storage fails: see the error, and that the disk has space and may be written to."
	if errors.Is(err, exporterhelper.ErrQueueIsFull) {
		reason, remedy = telemetry.DropQueueFull, "The API is slow or down, or sending_queue::queue_size is too small. With backpressure, receivers would hold data back instead."
	}
	in.counters.Dropped(ctx, reason, b.Count)
	if in.drops.Dropped(b.Count) {
		in.logger.Warn("Dropping new visits until the queue takes them again. "+remedy, zap.String("reason", telemetry.DropReasons[reason]), zap.Error(err))
	}
	return nil
}
