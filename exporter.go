// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/delivery"
	"github.com/agentvisits/agentvisitsexporter/internal/fanout"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/sites"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/waiting"
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
	parking      *queue.Lot // nil if the exporter has one site
	counters     *telemetry.Counters
	logger       *zap.Logger
	backpressure bool
	drops        queue.DropEpisode
	waiting      *waiting.Room // nil if no visit of the signal waits
	sites        *sites.Registry
	member       *fanout.Member
}

// consume makes a batch of the payload's visits and offers it to the queue, from
// which the helper brings it to Delivery.Push. It returns what the pipeline is to
// know.
func (e *signalExporter[T, E]) consume(ctx context.Context, payload T) error {
	if err := e.waiting.Blocked(); err != nil {
		e.intake.arrivals.CountRefused()
		return err
	}
	if e.member.Looks() {
		e.lookForOthers(payload)
	}
	b, waits, counts := e.signal.translate(e.intake, ctx, payload)
	if b != nil {
		if err := e.enqueue(ctx, b); err != nil {
			e.waiting.Withdraw(ctx, waits)
			e.intake.forget(counts)
			return err
		}
	}
	e.intake.count(ctx, counts)
	if !waits.IsEmpty() {
		e.waiting.Holding(ctx)
	}
	return nil
}

// enqueue offers a batch to the queue, and returns what the pipeline is to know.
func (e *signalExporter[T, E]) enqueue(ctx context.Context, b *queue.Batch) error {
	err := e.storage.Stalled()
	if err == nil {
		err = e.offer(ctx, b)
		if err != nil && e.isLastOffer(ctx) {
			err = e.offerLast(ctx, b)
		}
	}
	return e.settle(ctx, b, err)
}

// lookForOthers warns if another exporter gets the same payloads, and one of the two makes
// the other wait.
func (e *signalExporter[T, E]) lookForOthers(payload T) {
	if other := e.member.Sees(payload); other != "" {
		e.logger.Warn("Two exporters share a receiver and hold each other back. While one API is down and its queue is full, the other one gets nothing, because of backpressure. "+
			"Give each exporter a receiver and a pipeline of its own; docs/access-logs.md shows how.", zap.String("other", other))
	}
}

// isLastOffer says whether nobody offers these visits again: the receiver has stopped
// waiting for room, because it ends. It does not apply to somebody who has sent them, who
// gets an error and sends them again.
func (e *signalExporter[T, E]) isLastOffer(ctx context.Context) bool {
	return e.storage != nil && ctx.Err() != nil && client.FromContext(ctx).Addr == nil
}

// lastOfferLimit bounds how long a shutdown waits for the queue.
const lastOfferLimit = time.Second

// offerLast puts a batch into a full queue on disk. A receiver of files has noted the lines
// as read, and would not read them again after a restart.
func (e *signalExporter[T, E]) offerLast(ctx context.Context, b *queue.Batch) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastOfferLimit)
	defer cancel()
	b.Weightless = true
	return e.offer(ctx, b)
}

// enqueueWaited is enqueue for visits that have waited. At the end the disk has them, so that
// what a full queue does not take then is for the next start.
func (e *signalExporter[T, E]) enqueueWaited(ctx context.Context, b *queue.Batch) error {
	if e.storage != nil && ctx.Err() != nil {
		return e.offerLast(ctx, b)
	}
	return e.enqueue(ctx, b)
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
	e.drop(ctx, b, err)
	return nil
}

// drop counts a batch that the queue did not take.
func (e *signalExporter[T, E]) drop(ctx context.Context, b *queue.Batch, err error) {
	reason, remedy := telemetry.DropNotQueued, "The queue's storage fails: see the error, and check that the disk has space and can be written to."
	if e.storage == nil || errors.Is(err, exporterhelper.ErrQueueIsFull) { // in memory nothing else fails
		reason, remedy = telemetry.DropQueueFull, "The API is slow or down, or sending_queue::queue_size is too small."
		if !e.backpressure {
			remedy += " With backpressure, receivers would hold data back instead."
		}
	}
	e.counters.Dropped(ctx, reason, b.Count)
	for _, part := range b.BySite() {
		if site := part.Site(); site != nil {
			e.counters.OfSite(ctx, site.Name(), telemetry.SiteDropped, part.Count)
		}
	}
	if e.drops.Dropped(b.Count) {
		e.logger.Warn("Dropping new visits until the queue takes them again. "+remedy, zap.String("reason", telemetry.DropReasons[reason]), zap.Error(err))
	}
}

// Capabilities says that payloads are only read.
func (*signalExporter[T, E]) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// Start starts the queue, which starts delivery.
func (e *signalExporter[T, E]) Start(ctx context.Context, host component.Host) error {
	if err := e.helper.Start(ctx, e.storage.Host(host)); err != nil {
		return err
	}
	e.storage.Started(ctx, e.offer)
	if e.parking != nil {
		e.sites.OnChange(e.sitesChanged) // before the parking looks at them for the first time
		e.parking.Start(ctx, e.offer)
		if err := e.counters.ObserveParked(e.parking.Visits); err != nil {
			return err
		}
	}
	e.sites.Start()
	if err := e.waiting.Start(ctx); err != nil {
		return err
	}
	if err := e.intake.visitors.Start(); err != nil {
		return err
	}
	e.intake.arrivals.Start()
	return nil
}

// sitesChanged is called when sites were added, changed or removed, maybe while the other
// signal's exporter starts.
func (e *signalExporter[T, E]) sitesChanged() {
	e.parking.SitesChanged(context.Background())
	e.delivery.SitesChanged()
}

// Shutdown empties the queue, for as long as delivery may go on.
func (e *signalExporter[T, E]) Shutdown(ctx context.Context) error {
	defer e.sites.Shutdown()
	e.intake.arrivals.Stop()
	e.member.Leave()
	e.delivery.BeginShutdown()
	e.storage.BeginShutdown()
	e.parking.BeginShutdown()
	e.parking.Rest(ctx, e.delivery.GiveUp)
	e.waiting.Shutdown(ctx, func(b *queue.Batch) { e.drop(ctx, b, exporterhelper.ErrQueueIsFull) })
	return e.helper.Shutdown(ctx)
}
