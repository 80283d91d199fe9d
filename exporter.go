// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/delivery"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// tracesExporter takes the spans of a pipeline.
type tracesExporter struct {
	*signalExporter[ptrace.Traces, exporter.Traces]
}

// ConsumeTraces queues the visits among the spans.
func (e *tracesExporter) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	return e.consume(ctx, td)
}

// logsExporter takes the log records of a pipeline.
type logsExporter struct {
	*signalExporter[plog.Logs, exporter.Logs]
}

// ConsumeLogs queues the visits among the log records.
func (e *logsExporter) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	return e.consume(ctx, ld)
}

// signalExporter takes payloads of type T. It stands before the Collector's helper
// of type E, which has the queue. Unlike the helper alone it does not ask the
// pipeline for payloads that it may change, and it queues nothing for a payload
// without visits.
type signalExporter[T any, E component.Component] struct {
	signal       signal[T, E]
	intake       *intake
	helper       E
	memory       *queue.Memory
	storage      *queue.Storage // nil if the queue is not on disk
	delivery     *delivery.Delivery
	counters     *telemetry.Counters
	logger       *zap.Logger
	backpressure bool
	drops        queue.DropEpisode
}

// consume makes a batch of the payload's visits and offers it to the queue, from
// which the helper brings it to Delivery.Push. It returns what the pipeline is to
// know.
func (e *signalExporter[T, E]) consume(ctx context.Context, payload T) error {
	b := e.signal.translate(e.intake, ctx, payload)
	if b == nil {
		return nil
	}
	err := e.storage.Stalled()
	if err == nil {
		err = e.offer(ctx, b)
	}
	return e.settle(ctx, b, err)
}

// offer puts a batch into the helper's queue. The helper takes payloads only, so
// the batch travels in the context, to requestFrom.
func (e *signalExporter[T, E]) offer(ctx context.Context, b *queue.Batch) error {
	var none T
	return e.signal.enqueue(e.helper, context.WithValue(ctx, batchKey{}, b), none)
}

// batchKey is the key of the batch in that context.
type batchKey struct{}

// requestFrom is what the helper calls to make a request of a payload.
func requestFrom[T any](ctx context.Context, _ T) (queue.Request, error) {
	return ctx.Value(batchKey{}).(*queue.Batch), nil
}

// settle decides what the pipeline is told of a batch that the queue did not take:
// with backpressure the error; otherwise nothing, because the pipeline's other
// exporters must not suffer from this one.
func (e *signalExporter[T, E]) settle(ctx context.Context, b *queue.Batch, err error) error {
	if err == nil {
		e.memory.Queued(b)
		if lost := e.drops.Queued(); lost > 0 {
			e.logger.Info("The queue takes visits again.", zap.Int("dropped_visits", lost))
		}
		return nil
	}
	e.memory.Refused(b)
	if e.backpressure {
		return err
	}
	reason, remedy := telemetry.DropNotQueued, "The queue or its storage fails: see the error, and check that the disk has space and can be written to."
	if errors.Is(err, exporterhelper.ErrQueueIsFull) {
		reason, remedy = telemetry.DropQueueFull, "The API is slow or down, or sending_queue::queue_size is too small. With backpressure, receivers would hold data back instead."
	}
	e.counters.Dropped(ctx, reason, b.Count)
	if e.drops.Dropped(b.Count) {
		e.logger.Warn("Dropping new visits until the queue takes them again. "+remedy, zap.String("reason", telemetry.DropReasons[reason]), zap.Error(err))
	}
	return nil
}

// Capabilities says that payloads are only read.
func (*signalExporter[T, E]) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// Start starts the queue, which starts delivery.
func (e *signalExporter[T, E]) Start(ctx context.Context, host component.Host) error {
	if err := e.helper.Start(ctx, e.storage.Host(host)); err != nil {
		return err
	}
	e.storage.Started(ctx, e.offer)
	if err := e.intake.visitors.Start(); err != nil {
		return err
	}
	e.intake.arrivals.Start()
	return nil
}

// Shutdown empties the queue, for as long as delivery may go on.
func (e *signalExporter[T, E]) Shutdown(ctx context.Context) error {
	e.intake.arrivals.Stop()
	e.delivery.BeginShutdown()
	e.storage.BeginShutdown()
	return e.helper.Shutdown(ctx)
}
