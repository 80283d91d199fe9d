// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
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

// Settings is what a delivery is made of.
type Settings struct {
	Client confighttp.ClientConfig
	Retry  configretry.BackOffConfig
	Queue  configoptional.Optional[exporterhelper.QueueBatchConfig]

	Destination *destination.Destination
	Memory      *queue.Memory // gets the buffers of delivered batches back
	Counters    *telemetry.Counters
	Breakers    *Breakers
	Exporter    exporter.Settings
}

// Delivery takes batches out of the queue and brings them to the API.
type Delivery struct {
	settings    Settings
	keeper      keeper
	destination *destination.Destination
	counters    *telemetry.Counters
	logger      *zap.Logger
	health      *health

	// From Start on.
	breaker *breaker
	client  *client

	// maxBytes is the size of the largest body worth trying. It falls when the API
	// says that a smaller body than documented is too large.
	maxBytes atomic.Int64
	// consecutiveRejections counts the single visits that were rejected since the
	// API last accepted a body. It starts at its maximum, because the API has not
	// accepted anything yet.
	consecutiveRejections atomic.Int64
	// acceptedBodies counts the bodies that the API has accepted.
	acceptedBodies atomic.Int64

	// pendingRetries are the failed batches of a queue in memory. Shutdown tries
	// them once more.
	pendingRetries pendingRetries

	ending *ending
	cutOff context.Context // ends when no request may go on
	stop   context.CancelCauseFunc
}

// New makes the delivery of one exporter. Start must be called before Push.
func New(set Settings) *Delivery {
	cutOff, stop := context.WithCancelCause(context.Background())
	d := &Delivery{
		settings:    set,
		keeper:      keeperOf(set.Queue),
		destination: set.Destination,
		counters:    set.Counters,
		logger:      set.Exporter.Logger,
		health:      &health{logger: set.Exporter.Logger},
		ending:      newEnding(),
		cutOff:      cutOff,
		stop:        stop,
	}
	d.maxBytes.Store(destination.MaxBodyBytes)
	d.consecutiveRejections.Store(maxConsecutiveRejections)
	return d
}

// keeper says who has the visits of a failed attempt.
type keeper uint8

const (
	keptBySender keeper = iota // who gets the error: there is no queue, or the sender waits for the result
	keptInMemory               // the pipeline was told that all is well
	keptOnDisk                 // likewise, and a shutdown loses nothing
)

func keeperOf(queue configoptional.Optional[exporterhelper.QueueBatchConfig]) keeper {
	switch {
	case !queue.HasValue(), queue.Get().WaitForResult:
		return keptBySender
	case queue.Get().StorageID == nil:
		return keptInMemory
	}
	return keptOnDisk
}

// Start makes the client, because authentication extensions do not exist earlier.
func (d *Delivery) Start(ctx context.Context, host component.Host) error {
	set := d.settings.Exporter
	h, err := d.settings.Client.ToClient(ctx, host.GetExtensions(), set.TelemetrySettings)
	if err != nil {
		return err
	}
	userAgent := set.BuildInfo.Command + "/" + set.BuildInfo.Version + " " + set.ID.Type().String()
	d.client = newClient(h, d.settings.Client.Endpoint, userAgent, d.destination)
	d.breaker = d.settings.Breakers.acquire(set.ID)
	d.health.start(host)
	d.counters.Start(ctx)
	return d.counters.Observe(d.breaker.isPaused)
}

// Push delivers one request of the helper. What the API does not take is dropped
// and counted here. After an error that is not permanent, the request's OnError
// returns what is left to send.
func (d *Delivery) Push(ctx context.Context, r queue.Request) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.cutOff, func() { cancel(context.Cause(d.cutOff)) })() //nolint:contextcheck // d.cutOff is not ctx's parent: it ends all attempts

	u := d.dequeue(r)
	if u.visits.Count == 0 {
		return nil
	}
	a := attempt{delivery: d, todo: []*queue.Batch{u.visits}, rejection: u.rejection}
	err := context.Cause(d.cutOff) //nolint:contextcheck // likewise
	if err == nil {                // else visits might arrive and be counted as lost
		err = a.run(ctx)
	}
	if err == nil {
		return nil
	}
	return d.fail(ctx, &unsent{visits: a.remaining(), begun: u.begun, rejection: a.rejection}, err)
}

// dequeue returns the visits of a request, ready to be sent. The request is a batch
// of the queue, or what the retry sender comes back with.
func (d *Delivery) dequeue(r queue.Request) *unsent {
	if u, again := r.(*unsent); again {
		d.pendingRetries.remove(u)
		return u
	}
	b := r.(*queue.Batch)
	b.Take()
	return &unsent{visits: b, begun: time.Now()}
}

// fail decides whether the visits that a failure leaves are lost. The helper does
// what the returned error says: it drops them after a permanent error and retries
// after any other.
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
	retry := d.settings.Retry
	switch {
	case d.keeper == keptBySender:
		return "" // the helper and the sender decide
	case d.keeper == keptOnDisk && d.ending.hasBegun():
		return "" // the helper leaves it on the disk, for the next start
	case !retry.Enabled:
		return "retry_on_failure is off"
	case retry.MaxElapsedTime > 0 && time.Since(u.begun) >= retry.MaxElapsedTime:
		return fmt.Sprintf("retry_on_failure::max_elapsed_time of %s is over", retry.MaxElapsedTime)
	}
	return ""
}

// RetryConfig is for the helper's retry sender. The helper tells nobody when it
// gives up, but each loss is to be counted. So endOfRetries decides which failure is
// the last, and the helper retries until it gets a permanent error. Only a sender
// that gets each error is left to the helper.
func (d *Delivery) RetryConfig() configretry.BackOffConfig {
	retry := d.settings.Retry
	if d.keeper != keptBySender {
		retry.MaxElapsedTime = 0
	}
	return retry
}
