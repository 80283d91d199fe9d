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
)

// intake stands before the queue: it turns payloads into batches, so that the
// queue holds visits instead of telemetry.
type intake struct {
	destination  *destination
	counters     *counters
	logger       *zap.Logger
	explainer    *explainer
	backpressure bool
	scratches    sync.Pool // of *scratch
	drops        dropEpisode
	memory       *memory

	withheldWarning sync.Once
}

// scratch is the memory that one payload is translated in.
type scratch struct {
	translator *translator
	lines      []byte
	count      int
	cut        int64
	skipped    [skipReasonCount]int64
}

func newIntake(cfg *Config, d *destination, c *counters, logger *zap.Logger) *intake {
	in := &intake{destination: d, counters: c, logger: logger, explainer: newExplainer(logger), backpressure: cfg.Backpressure, memory: newDiskMemory(&d.framing)}
	rules := newRules(cfg.Visits, d.unused)
	in.scratches.New = func() any { return &scratch{translator: newTranslator(rules, time.Local)} }
	return in
}

// fromTraces is the batch of the visits among the payload's spans. It is nil if
// there are none, or if they joined a batch that is in the queue already.
func (in *intake) fromTraces(ctx context.Context, td ptrace.Traces) *batch {
	s := in.scratches.Get().(*scratch)
	t := s.translator
	t.begin(time.Now())
	t.survey(td)
	for _, rs := range td.ResourceSpans().All() {
		t.enterResource(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			t.enterScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				v, skip := t.span(span)
				if reason := s.add(in.destination, v, skip); in.explainer.wants(reason, t.arrival()) {
					in.explainer.explain(reason, ss.Scope(), span.Attributes(), pcommon.NewValueEmpty(), t)
				}
			}
		}
	}
	return in.finish(ctx, s)
}

// fromLogs is the batch of the visits among the payload's log records, or nil as
// in fromTraces.
func (in *intake) fromLogs(ctx context.Context, ld plog.Logs) *batch {
	s := in.scratches.Get().(*scratch)
	t := s.translator
	t.begin(time.Now())
	for _, rl := range ld.ResourceLogs().All() {
		t.enterResource(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			t.enterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				v, skip := t.logRecord(record)
				if reason := s.add(in.destination, v, skip); in.explainer.wants(reason, t.arrival()) {
					in.explainer.explain(reason, sl.Scope(), record.Attributes(), record.Body(), t)
				}
			}
		}
	}
	return in.finish(ctx, s)
}

// add encodes a visit, or counts and returns why there is none.
func (s *scratch) add(to *destination, v *visit, skip skipReason) skipReason {
	if skip == notSkipped {
		e := to.encode(s.lines, v)
		if skip = e.skip; skip == notSkipped {
			s.lines = append(e.bytes, to.framing.separator...)
			s.count++
			if e.cut {
				s.cut++
			}
			return notSkipped
		}
	}
	s.skipped[skip]++
	return skip
}

// finish makes the batch, counts what was skipped and clears the scratch.
func (in *intake) finish(ctx context.Context, s *scratch) *batch {
	var b *batch
	if s.count > 0 {
		b = in.memory.put(s.lines, s.count, s.translator.arrival()/int64(time.Millisecond))
	}
	for reason, items := range s.skipped {
		if items > 0 {
			in.counters.skipped(ctx, skipReason(reason), items)
		}
	}
	if s.cut > 0 {
		in.counters.truncated(ctx, s.cut)
	}
	if s.translator.addressWithheld() {
		in.withheldWarning.Do(in.warnOfWithheldAddresses)
	}
	s.lines, s.count, s.cut, s.skipped = s.lines[:0], 0, 0, [skipReasonCount]int64{}
	s.translator.end()
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
func (in *intake) settle(ctx context.Context, b *batch, err error) error {
	if err == nil {
		in.memory.queued(b)
		if lost := in.drops.queued(); lost > 0 {
			in.logger.Info("The queue takes visits again.", zap.Int("dropped_visits", lost))
		}
		return nil
	}
	in.memory.refused(b)
	if in.backpressure {
		return err
	}
	reason, remedy := dropNotQueued, "The queue or its storage fails: see the error, and that the disk has space and may be written to."
	if errors.Is(err, exporterhelper.ErrQueueIsFull) {
		reason, remedy = dropQueueFull, "The API is slow or down, or sending_queue::queue_size is too small. With backpressure, receivers would hold data back instead."
	}
	in.counters.dropped(ctx, reason, b.count)
	if in.drops.dropped(b.count) {
		in.logger.Warn("Dropping new visits until the queue takes them again. "+remedy, zap.String("reason", dropReasons[reason]), zap.Error(err))
	}
	return nil
}
