// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/delivery"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// tracesExporter takes the spans of a pipeline.
type tracesExporter struct{ *signalExporter[ptrace.Traces] }

// ConsumeTraces queues the visits among the spans.
func (e *tracesExporter) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	return e.consume(ctx, td)
}

// logsExporter takes the log records of a pipeline.
type logsExporter struct{ *signalExporter[plog.Logs] }

// ConsumeLogs queues the visits among the log records.
func (e *logsExporter) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	return e.consume(ctx, ld)
}

// signalExporter takes payloads of type T. It stands before the helper, which has
// the queue: unlike the helper alone it changes no payload, and it queues nothing
// for a payload without visits.
type signalExporter[T any] struct {
	intake    *intake
	translate func(context.Context, T) *queue.Batch // the intake's, for T
	enqueue   func(context.Context, T) error        // the helper's, for T
	helper    component.Component
	storage   *queue.Storage // nil if the queue is not on disk
	delivery  *delivery.Delivery
}

// consume makes a batch of the payload's visits and gives it to the queue, from
// which the helper brings it to delivery.push. What is returned is what the
// pipeline learns of it.
func (e *signalExporter[T]) consume(ctx context.Context, payload T) error {
	b := e.translate(ctx, payload)
	if b == nil {
		return nil
	}
	return e.intake.settle(ctx, b, e.offer(ctx, b))
}

// offer puts a batch into the helper's queue. The helper's consumer takes payloads
// only, so the batch travels in the context, to requestFrom.
func (e *signalExporter[T]) offer(ctx context.Context, b *queue.Batch) error {
	var none T
	return e.enqueue(context.WithValue(ctx, batchKey{}, b), none)
}

// batchKey is the key of the batch in that context.
type batchKey struct{}

// requestFrom is what the helper calls to make a request of a payload.
func requestFrom[T any](ctx context.Context, _ T) (queue.Request, error) {
	return ctx.Value(batchKey{}).(*queue.Batch), nil
}

// Capabilities says that payloads are only read.
func (*signalExporter[T]) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// Start starts the queue, which starts delivery.
func (e *signalExporter[T]) Start(ctx context.Context, host component.Host) error {
	if err := e.helper.Start(ctx, e.storage.Host(host)); err != nil {
		return err
	}
	e.storage.Started(ctx, e.offer)
	return nil
}

// Shutdown empties the queue, for as long as delivery allows.
func (e *signalExporter[T]) Shutdown(ctx context.Context) error {
	e.delivery.BeginShutdown()
	e.storage.BeginShutdown()
	return e.helper.Shutdown(ctx)
}
