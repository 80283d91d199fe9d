// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/exporter"
)

// Pauses before the next attempt.
const (
	// slowRetry is for answers after which somebody must change something.
	slowRetry = time.Minute
	// throttleRetry is for a 429 that does not say how long to wait.
	throttleRetry = 10 * time.Second
)

// drainTime bounds how long delivery goes on after shutdown has begun. What is
// not sent by then stays in the persistent queue, if there is one.
const drainTime = 10 * time.Second

// errStopped ends requests and waits that drainTime cuts off.
var errStopped = errors.New("the exporter is shutting down")

// delivery takes batches out of the queue and brings them to the API.
type delivery struct {
	destination *destination
	counters    *counters
	settings    confighttp.ClientConfig
	telemetry   component.TelemetrySettings
	userAgent   string
	health      *health
	id          component.ID
	gates       *gates

	// From start on.
	gate   *gate
	client *client

	// maxBytes is the largest body worth trying. It falls when the API refuses a
	// smaller one than its documents allow.
	maxBytes atomic.Int64
	// strikes counts the single visits rejected since the API last accepted one.
	// At maxStrikes the fault is taken to be the exporter's or the API's, not
	// the visits'. It starts there: nothing has been accepted yet.
	strikes atomic.Int64

	// memory gets back the buffers of what was delivered.
	memory *memory

	// taken counts the bodies that the API has accepted.
	taken atomic.Int64

	// waiting counts the visits that the retry sender holds or has given up.
	// If they are not on a disk, they are lost when the exporter ends.
	waiting atomic.Int64
	held    held
	// retries, forEver and queued are what the configuration says of failures:
	// whether there are retries, whether these have no end, and whether the
	// pipeline has been told that all is well.
	retries, forEver, queued bool
	// storage is the extension that keeps the queue, or nil; disk is our client of it.
	storage *component.ID
	disk    *storageClient

	stopping context.Context // ends when delivery must
	stop     context.CancelCauseFunc
}

const maxStrikes = 3

func newDelivery(cfg *Config, d *destination, c *counters, gs *gates, set exporter.Settings) *delivery {
	stopping, stop := context.WithCancelCause(context.Background())
	dv := &delivery{
		destination: d,
		counters:    c,
		settings:    cfg.ClientConfig,
		telemetry:   set.TelemetrySettings,
		userAgent:   set.BuildInfo.Command + "/" + set.BuildInfo.Version + " " + set.ID.Type().String(),
		id:          set.ID,
		gates:       gs,
		memory:      newDiskMemory(&d.framing),
		health:      &health{logger: set.Logger},
		stopping:    stopping,
		stop:        stop,
	}
	dv.retries, dv.forEver = cfg.RetryConfig.Enabled, cfg.RetryConfig.MaxElapsedTime == 0
	if dv.queued = cfg.QueueConfig.HasValue(); dv.queued {
		dv.storage = cfg.QueueConfig.Get().StorageID
	}
	dv.maxBytes.Store(maxBodyBytes)
	dv.strikes.Store(maxStrikes)
	return dv
}

// startQueue starts the helper. A queue on disk gets its storage from us, and
// offer puts a batch into it.
func (d *delivery) startQueue(ctx context.Context, host component.Host, start func(context.Context, component.Host) error, offer func(context.Context, *batch) error) error {
	if d.disk == nil {
		return start(ctx, host)
	}
	if err := start(ctx, storageHost{Host: host, id: *d.storage, client: d.disk}); err != nil {
		return err
	}
	d.disk.started(ctx, offer)
	return nil
}

// start makes the client; authentication extensions do not exist before.
func (d *delivery) start(ctx context.Context, host component.Host) error {
	h, err := d.settings.ToClient(ctx, host.GetExtensions(), d.telemetry)
	if err != nil {
		return err
	}
	d.client = newClient(h, d.settings.Endpoint, d.userAgent, d.destination)
	d.gate = d.gates.acquire(d.id)
	d.health.start(host)
	d.counters.start(ctx)
	return d.counters.observe(d.gate)
}

// hurry gives requests and waits drainTime from now. It is called when shutdown
// begins, before the helper waits for them.
func (d *delivery) hurry() {
	d.health.stop()
	if d.disk != nil {
		d.disk.stop()
	}
	time.AfterFunc(drainTime, func() { d.stop(errStopped) })
}

// shutdown is called when the queue is empty or closed. What the retry sender
// was holding is tried once more, unless the API wants a pause.
func (d *delivery) shutdown(ctx context.Context) error {
	for _, b := range d.held.all() {
		if d.gate.isClosed() {
			break
		}
		_ = d.push(ctx, b) // what fails is counted below
	}
	d.stop(errStopped)
	if lost := d.waiting.Load(); lost > 0 && d.storage == nil {
		d.counters.dropped(ctx, dropGivenUp, int(lost))
		d.telemetry.Logger.Error("Dropping visits that could not be delivered before the end. Set sending_queue::storage to keep them over a restart.",
			zap.String("reason", dropReasons[dropGivenUp]), zap.Int64("visits", lost))
	}
	if d.client != nil {
		d.client.http.CloseIdleConnections()
		d.gates.release(d.id)
	}
	d.counters.builder.Shutdown()
	return nil
}

// push delivers one batch. An error is always worth a retry and carries what is
// left to send: what the API rejects for good is dropped and counted here.
func (d *delivery) push(ctx context.Context, r queueRequest) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.stopping, func() { cancel(context.Cause(d.stopping)) })() //nolint:contextcheck // d.stopping is not ctx's parent: it ends all attempts

	b := r.(*batch)
	b.take()
	if b.waiting {
		d.waiting.Add(int64(-b.count))
		d.held.remove(b)
	}
	if b.count == 0 {
		return nil
	}
	a := attempt{delivery: d, todo: []*batch{b}, rejected: b.rejected}
	err := context.Cause(d.stopping) //nolint:contextcheck // likewise
	if err == nil {                  // else it might arrive and yet be taken for lost
		err = a.run(ctx)
	}
	if err != nil {
		rest := a.unsent()
		d.account(ctx, rest)
		return &partError{error: err, unsent: rest}
	}
	return nil
}

// account keeps the books on what a failure leaves unsent. Without retries the
// helper drops it now, and without a queue the sender is told and has it still.
func (d *delivery) account(ctx context.Context, rest *batch) {
	switch {
	case d.storage != nil, !d.queued:
	case !d.retries:
		d.counters.dropped(ctx, dropGivenUp, rest.count)
	default:
		rest.waiting = true
		d.waiting.Add(int64(rest.count))
		if d.forEver {
			d.held.add(rest)
		}
	}
}

// held are the batches that the retry sender will come back with, as long as
// retries have no end.
type held struct {
	mu      sync.Mutex
	batches map[*batch]struct{}
}

func (h *held) add(b *batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.batches == nil {
		h.batches = make(map[*batch]struct{})
	}
	h.batches[b] = struct{}{}
}

func (h *held) remove(b *batch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.batches, b)
}

func (h *held) all() []*batch {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.batches))
}

// unreadable reports a batch of the queue that cannot be sent.
func (d *delivery) unreadable(err error, visits int) {
	d.counters.dropped(context.Background(), dropUnreadable, visits)
	d.telemetry.Logger.Error("Dropping a batch of the queue.", zap.Int("visits", visits), zap.Error(err))
}
