// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
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
	desks        sync.Pool // of *desk
	drops        dropEpisode
	memory       *memory

	withheldWarning sync.Once
}

// desk is the memory that one payload is translated in.
type desk struct {
	*translator
	lines   []byte
	count   int
	cut     int64
	skipped [skipReasonCount]int64
}

func newIntake(cfg *Config, d *destination, c *counters, logger *zap.Logger) *intake {
	in := &intake{destination: d, counters: c, logger: logger, explainer: newExplainer(logger), backpressure: cfg.Backpressure, memory: newDiskMemory(&d.framing)}
	rules := newRules(cfg.Visits, d.unused)
	in.desks.New = func() any { return &desk{translator: newTranslator(rules)} }
	return in
}

// fromTraces is the batch of the payload's visits, or nil if it has none that are
// not in the queue already.
func (in *intake) fromTraces(ctx context.Context, td ptrace.Traces) *batch {
	d := in.desks.Get().(*desk)
	d.begin(time.Now())
	d.survey(td)
	for _, rs := range td.ResourceSpans().All() {
		d.enterResource(rs.Resource())
		for _, ss := range rs.ScopeSpans().All() {
			d.enterScope(ss.Scope())
			for _, span := range ss.Spans().All() {
				v, skip := d.span(span)
				if reason := d.add(in.destination, v, skip); in.explainer.wants(reason, d.received) {
					in.explainer.explain(reason, ss.Scope(), span.Attributes(), pcommon.NewValueEmpty(), &d.facts, &d.rules.unused)
				}
			}
		}
	}
	return in.finish(ctx, d)
}

// fromLogs does the same.
func (in *intake) fromLogs(ctx context.Context, ld plog.Logs) *batch {
	d := in.desks.Get().(*desk)
	d.begin(time.Now())
	for _, rl := range ld.ResourceLogs().All() {
		d.enterResource(rl.Resource())
		for _, sl := range rl.ScopeLogs().All() {
			d.enterScope(sl.Scope())
			for _, record := range sl.LogRecords().All() {
				v, skip := d.logRecord(record)
				if reason := d.add(in.destination, v, skip); in.explainer.wants(reason, d.received) {
					in.explainer.explain(reason, sl.Scope(), record.Attributes(), record.Body(), &d.facts, &d.rules.unused)
				}
			}
		}
	}
	return in.finish(ctx, d)
}

// add encodes a visit, or counts and returns why there is none.
func (d *desk) add(to *destination, v *visit, skip skipReason) skipReason {
	if skip == notSkipped {
		e := to.encode(d.lines, v)
		if skip = e.skip; skip == notSkipped {
			d.lines = append(e.bytes, to.framing.separator...)
			d.count++
			if e.cut {
				d.cut++
			}
			return notSkipped
		}
	}
	d.skipped[skip]++
	return skip
}

// finish makes the batch, counts what was skipped and clears the desk.
func (in *intake) finish(ctx context.Context, d *desk) *batch {
	var b *batch
	if d.count > 0 {
		b = in.memory.put(d.lines, d.count, d.received/int64(time.Millisecond))
	}
	for reason, items := range d.skipped {
		if items > 0 {
			in.counters.skipped(ctx, skipReason(reason), items)
		}
	}
	if d.cut > 0 {
		in.counters.truncated(ctx, d.cut)
	}
	if d.withheld {
		in.withheldWarning.Do(in.warnOfWithheldAddresses)
	}
	d.lines, d.count, d.cut, d.skipped = d.lines[:0], 0, 0, [skipReasonCount]int64{}
	d.end()
	in.desks.Put(d)
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

// tracesExporter puts the intake before the helper's queue. Unlike the helper
// alone it changes no payload and queues nothing for a payload without visits.
type tracesExporter struct {
	exporter.Traces
	in *intake
	*delivery
}

func (*tracesExporter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (e *tracesExporter) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	b := e.in.fromTraces(ctx, td)
	if b == nil {
		return nil
	}
	return e.in.settle(ctx, b, e.offer(ctx, b))
}

// offer puts a batch into the helper's queue.
func (e *tracesExporter) offer(ctx context.Context, b *batch) error {
	return e.Traces.ConsumeTraces(withBatch(ctx, b), ptrace.Traces{})
}

// Start starts the helper with a storage that bears a full disk.
func (e *tracesExporter) Start(ctx context.Context, host component.Host) error {
	return e.startQueue(ctx, host, e.Traces.Start, e.offer)
}

// Shutdown bounds how long the helper waits for requests under way.
func (e *tracesExporter) Shutdown(ctx context.Context) error {
	e.hurry()
	return e.Traces.Shutdown(ctx)
}

// logsExporter is tracesExporter's twin for logs.
type logsExporter struct {
	exporter.Logs
	in *intake
	*delivery
}

func (*logsExporter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (e *logsExporter) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	b := e.in.fromLogs(ctx, ld)
	if b == nil {
		return nil
	}
	return e.in.settle(ctx, b, e.offer(ctx, b))
}

// offer puts a batch into the helper's queue.
func (e *logsExporter) offer(ctx context.Context, b *batch) error {
	return e.Logs.ConsumeLogs(withBatch(ctx, b), plog.Logs{})
}

// Start starts the helper with a storage that bears a full disk.
func (e *logsExporter) Start(ctx context.Context, host component.Host) error {
	return e.startQueue(ctx, host, e.Logs.Start, e.offer)
}

// Shutdown bounds how long the helper waits for requests under way.
func (e *logsExporter) Shutdown(ctx context.Context) error {
	e.hurry()
	return e.Logs.Shutdown(ctx)
}

// batchKey is under which a batch travels through the helper's consumer, which
// takes telemetry only, to the function that makes its request.
type batchKey struct{}

func withBatch(ctx context.Context, b *batch) context.Context {
	return context.WithValue(ctx, batchKey{}, b)
}

func batchFrom(ctx context.Context) *batch {
	return ctx.Value(batchKey{}).(*batch)
}
