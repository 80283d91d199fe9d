// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// drainTime bounds how long delivery goes on after shutdown has begun. What is
// not sent by then stays in the queue on disk, if there is one.
const drainTime = 10 * time.Second

// errStopped ends requests and waits that drainTime cuts off.
var errStopped = errors.New("the exporter is shutting down")

// maxConsecutiveRejections is the number of single visits, rejected one after
// another, at which the fault is taken to be the exporter's or the API's and not
// the visits'.
const maxConsecutiveRejections = 3

// Config is what delivery needs of an exporter's configuration.
type Config struct {
	Client confighttp.ClientConfig
	Retry  configretry.BackOffConfig
	Queue  configoptional.Optional[exporterhelper.QueueBatchConfig]
}

// keeper says who has the visits of a failed attempt.
type keeper uint8

const (
	keptBySender keeper = iota // without a queue, or if the sender waits for the result, it gets the error
	keptInMemory               // the pipeline was told that all is well
	keptOnDisk                 // likewise, and a shutdown loses nothing
)

// Delivery takes batches out of the queue and brings them to the API.
type Delivery struct {
	config      Config
	keeper      keeper
	destination *destination.Destination
	counters    *telemetry.Counters
	telemetry   component.TelemetrySettings
	logger      *zap.Logger
	userAgent   string
	health      *health
	id          component.ID
	breakers    *Breakers

	// From start on.
	breaker *breaker
	client  *client

	// maxBytes is the largest body worth trying. It falls when the API refuses a
	// smaller one than its documents allow.
	maxBytes atomic.Int64
	// consecutiveRejections counts the single visits rejected since the API last
	// accepted one. It starts at its maximum: nothing has been accepted yet.
	consecutiveRejections atomic.Int64
	// acceptedBodies counts the bodies that the API has accepted.
	acceptedBodies atomic.Int64

	// memory takes back the buffers of what was delivered.
	Memory *queue.Memory

	// pendingRetries are lost when the exporter ends: they are in memory alone.
	pendingRetries pendingRetries

	shutdownBegun atomic.Bool
	deadline      time.Time       // from then on; when cutOff ends
	cutOff        context.Context // ends when delivery must
	stop          context.CancelCauseFunc
}

func New(cfg Config, to *destination.Destination, c *telemetry.Counters, bs *Breakers, set exporter.Settings) *Delivery {
	cutOff, stop := context.WithCancelCause(context.Background())
	d := &Delivery{
		config:      cfg,
		keeper:      keeperOf(cfg.Queue),
		destination: to,
		counters:    c,
		telemetry:   set.TelemetrySettings,
		logger:      set.Logger,
		userAgent:   set.BuildInfo.Command + "/" + set.BuildInfo.Version + " " + set.ID.Type().String(),
		id:          set.ID,
		breakers:    bs,
		Memory:      queue.NewDiskMemory(&to.Framing),
		health:      &health{logger: set.Logger},
		cutOff:      cutOff,
		stop:        stop,
	}
	d.maxBytes.Store(destination.MaxBodyBytes)
	d.consecutiveRejections.Store(maxConsecutiveRejections)
	return d
}

func keeperOf(queue configoptional.Optional[exporterhelper.QueueBatchConfig]) keeper {
	switch {
	case !queue.HasValue(), queue.Get().WaitForResult:
		return keptBySender
	case queue.Get().StorageID == nil:
		return keptInMemory
	}
	return keptOnDisk
}

// RetryConfig is for the helper's retry sender. Unless the sender gets each
// error, delivery decides which failure is the last: it has to count the loss, and
// the helper tells nobody when it gives up. So the helper retries until it gets a
// permanent error.
func (d *Delivery) RetryConfig() configretry.BackOffConfig {
	retry := d.config.Retry
	if d.keeper != keptBySender {
		retry.MaxElapsedTime = 0
	}
	return retry
}

// Start makes the client; authentication extensions do not exist before.
func (d *Delivery) Start(ctx context.Context, host component.Host) error {
	h, err := d.config.Client.ToClient(ctx, host.GetExtensions(), d.telemetry)
	if err != nil {
		return err
	}
	d.client = newClient(h, d.config.Client.Endpoint, d.userAgent, d.destination)
	d.breaker = d.breakers.acquire(d.id)
	d.health.start(host)
	d.counters.Start(ctx)
	return d.counters.Observe(d.breaker.isPaused)
}

// BeginShutdown gives requests and waits drainTime from now. It is called before
// the helper waits for them.
func (d *Delivery) BeginShutdown() {
	if d.shutdownBegun.Swap(true) {
		return
	}
	d.health.stop()
	d.deadline = time.Now().Add(drainTime)
	time.AfterFunc(drainTime, func() { d.stop(errStopped) })
}

// Shutdown is called when the queue is empty or closed. What waits for a retry
// is tried once more; what is left then is lost.
func (d *Delivery) Shutdown(ctx context.Context) error {
	d.BeginShutdown()
	d.retryPending(ctx)
	d.stop(errStopped)
	if lost := d.pendingRetries.count(); lost > 0 {
		d.counters.Dropped(ctx, telemetry.DropGivenUp, lost)
		d.logger.Error("Dropping visits that could not be delivered before the end. Set sending_queue::storage to keep them over a restart.",
			zap.String("reason", telemetry.DropReasons[telemetry.DropGivenUp]), zap.Int("visits", lost))
	}
	if d.client != nil {
		d.client.http.CloseIdleConnections()
		d.breakers.release(d.id)
	}
	d.counters.Shutdown()
	return nil
}

// retryPending waits for a pause to end, but not for one that lasts longer than
// the time that is left.
func (d *Delivery) retryPending(ctx context.Context) {
	for _, u := range d.pendingRetries.all() {
		if d.breaker.isOpenAt(d.deadline) {
			return
		}
		_ = d.Push(ctx, u) // what fails is pending again
	}
}

// Push delivers one batch. What the API rejects for good is dropped and counted
// here. An error that is not permanent carries what is left to send.
func (d *Delivery) Push(ctx context.Context, r queue.Request) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.cutOff, func() { cancel(context.Cause(d.cutOff)) })() //nolint:contextcheck // d.cutOff is not ctx's parent: it ends all attempts

	u := d.take(r)
	if u.visits.Count == 0 {
		return nil
	}
	a := attempt{delivery: d, todo: []*queue.Batch{u.visits}, rejection: u.rejection}
	err := context.Cause(d.cutOff) //nolint:contextcheck // likewise
	if err == nil {                // else it might arrive and yet be taken for lost
		err = a.run(ctx)
	}
	if err == nil {
		return nil
	}
	return d.fail(ctx, &unsent{visits: a.unsent(), begun: u.begun, rejection: a.rejection}, err)
}

// take makes a request ready to be sent: a batch of the queue, or what the retry
// sender comes back with.
func (d *Delivery) take(r queue.Request) *unsent {
	if u, again := r.(*unsent); again {
		d.pendingRetries.remove(u)
		return u
	}
	b := r.(*queue.Batch)
	b.Take()
	return &unsent{visits: b, begun: time.Now()}
}

// fail decides whether the visits that a failure leaves are lost, and returns the
// error that makes the helper do the same: after a permanent one it drops them.
func (d *Delivery) fail(ctx context.Context, u *unsent, err error) error {
	if end := d.endOfRetries(u); end != "" {
		d.counters.Dropped(ctx, telemetry.DropGivenUp, u.visits.Count)
		return consumererror.NewPermanent(fmt.Errorf("%s: %w", end, err))
	}
	if d.keeper == keptInMemory {
		d.pendingRetries.add(u)
	}
	return &unsentError{cause: err, unsent: u}
}

// endOfRetries says why a failed batch is not tried again, or "" if it is.
func (d *Delivery) endOfRetries(u *unsent) string {
	limit := d.config.Retry.MaxElapsedTime
	switch {
	case d.keeper == keptBySender:
		return "" // that is the helper's decision, and the sender's
	case d.keeper == keptOnDisk && d.shutdownBegun.Load():
		return "" // the helper leaves it on the disk, for the next start
	case !d.config.Retry.Enabled:
		return "retry_on_failure is off"
	case limit > 0 && time.Since(u.begun) >= limit:
		return fmt.Sprintf("retry_on_failure::max_elapsed_time of %s is over", limit)
	}
	return ""
}

// DropUnreadable counts visits of the queue that cannot be sent.
func (d *Delivery) DropUnreadable(err error, visits int) {
	d.counters.Dropped(context.Background(), telemetry.DropUnreadable, visits)
	d.logger.Error("Dropping a batch of the queue.", zap.Int("visits", visits), zap.Error(err))
}
