// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"cmp"
	"context"
	"errors"
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
	Dispatchers *Dispatchers
	Exporter    exporter.Settings
	// Parking keeps the visits of sites that are paused. It is nil if the exporter has one
	// site.
	Parking queue.Parking
	// Requeue puts visits at the end of the queue, also when the queue gives out none any
	// more. It does not wait for room. It is nil if there is no queue.
	Requeue func(context.Context, *queue.Batch) error
}

// Delivery takes batches out of the queue and brings them to the API.
type Delivery struct {
	settings    Settings
	keeper      keeper
	destination *destination.Destination
	counters    *telemetry.Counters
	logger      *zap.Logger
	health      *health
	sites       siteHealth
	dropLog     *dropLog

	// From Start on.
	dispatcher *dispatcher
	client     *client

	namedError atomic.Bool  // the log says that the API names an error in an answer of success
	givenUp    atomic.Int64 // visits lost at the end

	ending *ending
	cutOff context.Context // ends when no request may go on
	stop   context.CancelCauseFunc
}

// New makes the delivery of one exporter. Start must be called before Push.
func New(set Settings) *Delivery {
	cutOff, stop := context.WithCancelCause(context.Background())
	health := &health{logger: set.Exporter.Logger}
	return &Delivery{
		settings:    set,
		keeper:      keeperOf(set.Queue),
		destination: set.Destination,
		counters:    set.Counters,
		logger:      set.Exporter.Logger,
		health:      health,
		sites:       siteHealth{health: health},
		dropLog:     &dropLog{logger: set.Exporter.Logger},
		ending:      newEnding(),
		cutOff:      cutOff,
		stop:        stop,
	}
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
	d.dispatcher = d.settings.Dispatchers.acquire(set.ID, &d.settings)
	d.health.start(host)
	d.counters.Start(ctx)
	return d.counters.Observe(d.dispatcher.isPaused)
}

// The reasons why visits are not sent any more.
var (
	errNoRetries  = errors.New("retry_on_failure is off")
	errMaxElapsed = errors.New("retry_on_failure::max_elapsed_time is over")
)

// Push delivers one request of the helper. It returns when each visit is delivered, or
// dropped and counted, or when there is no more time. The helper does what the
// returned error says; only a sender that waits learns of it, and a queue on disk at
// the end.
func (d *Delivery) Push(ctx context.Context, r queue.Request) error {
	visits := r.(*queue.Batch)
	visits.Take()
	if visits.Count == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.cutOff, func() { cancel(context.Cause(d.cutOff)) })()
	end, stop := d.endOfRetries()
	defer stop()
	s := newShipment(ctx, d, visits.Count)
	if err := context.Cause(d.cutOff); err != nil {
		s.left, s.withdrawn = []*queue.Batch{visits}, err
		return d.settle(ctx, s)
	}
	s.isStuck = d.settings.Requeue == nil
	for parts := visits.BySite(); ; s = s.goesOn() {
		d.ship(s, parts, end)
		parts = d.park(ctx, s)
		if errors.Is(s.withdrawn, errYields) && d.requeue(ctx, s) {
			s.left, s.yields = nil, nil
		}
		if len(parts)+len(s.yields) == 0 || s.isOver() {
			s.left = append(s.left, parts...)
			return d.settle(ctx, s)
		}
	}
}

// ship returns when nothing of a shipment waits or is under way any more.
func (d *Delivery) ship(s *shipment, parts []*queue.Batch, end <-chan struct{}) {
	d.dispatcher.submit(s, parts)
	select {
	case <-s.done:
	case <-s.ctx.Done():
		d.dispatcher.withdraw(s, context.Cause(s.ctx))
	case <-end:
		d.dispatcher.withdraw(s, errMaxElapsed)
	}
	<-s.done
}

// endOfRetries is closed when a shipment that begins now is not to be sent any more.
func (d *Delivery) endOfRetries() (end <-chan struct{}, stop context.CancelFunc) {
	if limit := d.settings.Retry.MaxElapsedTime; d.settings.Retry.Enabled && limit > 0 {
		ctx, stop := context.WithTimeout(context.Background(), limit)
		return ctx.Done(), stop
	}
	return nil, func() {}
}

// settle decides whether the visits that were not sent are lost.
func (d *Delivery) settle(ctx context.Context, s *shipment) error {
	left := s.leftVisits()
	if left == 0 {
		return nil
	}
	err := cmp.Or(s.reason(), errStopped)
	atTheEnd := d.ending.hasBegun()
	switch {
	case d.keeper == keptBySender:
		return err // who may try again
	case d.keeper == keptOnDisk && atTheEnd:
		return d.leaveOnDisk(ctx, s, err)
	}
	for _, visits := range s.left {
		for _, part := range visits.BySite() {
			d.countOfSite(ctx, part, telemetry.SiteDropped)
		}
	}
	if atTheEnd {
		d.givenUp.Add(int64(left))
	} else {
		d.dropLog.add("Dropping visits that could not be delivered.", telemetry.DropGivenUp, left, err)
	}
	d.counters.Dropped(ctx, telemetry.DropGivenUp, left)
	return consumererror.NewPermanent(err)
}

// GiveUp counts visits of paused sites that no disk keeps, at the end.
func (d *Delivery) GiveUp(visits *queue.Batch) {
	d.givenUp.Add(int64(visits.Count))
	d.counters.Dropped(context.Background(), telemetry.DropGivenUp, visits.Count)
	d.countOfSite(context.Background(), visits, telemetry.SiteDropped)
}

// leaveOnDisk leaves visits on the disk for the next start. The queue leaves a
// shipment whole if it gets an error. If a part was settled, the rest is put into the
// queue instead, so that the part is not sent again.
func (d *Delivery) leaveOnDisk(ctx context.Context, s *shipment, err error) error {
	if d.settings.Requeue == nil || s.leftVisits() == s.visits {
		return err
	}
	if !d.requeue(ctx, s) {
		return err
	}
	return nil
}

// post makes one request.
func (d *Delivery) post(ctx context.Context, b *body) answer {
	got := d.clientOf(b.lane).post(ctx, b.visits)
	d.counters.Requested(ctx, got.status, got.took, b.visits.BytesSize())
	return got
}

// clientOf is the client for a site, as that is configured now. One that has just been
// removed keeps its last client.
func (d *Delivery) clientOf(l *lane) *client {
	if l.site == nil {
		return d.client
	}
	last, to := l.client.Load(), l.site.Destination()
	if to == nil && last != nil || last != nil && last.destination == to {
		return last
	}
	if to == nil {
		return d.client // which has no key; nothing is sent with it
	}
	c := d.client.of(to)
	l.client.Store(c)
	return c
}

// extraConsumers is how many more consumers the helper's queue gets than
// num_consumers says. A consumer is held until its shipment is settled, and a shipment
// may have to wait for a visit at fault.
const extraConsumers = 8

// QueueConfig is for the helper's queue. num_consumers bounds the requests under way,
// which is the dispatcher's part.
func (d *Delivery) QueueConfig() configoptional.Optional[exporterhelper.QueueBatchConfig] {
	if !d.settings.Queue.HasValue() {
		return d.settings.Queue
	}
	q := *d.settings.Queue.Get()
	q.NumConsumers += extraConsumers
	return configoptional.Some(q)
}

// requestsWithoutQueue bounds the requests under way if there is no queue.
const requestsWithoutQueue = 10

// mostRequests is how many requests may be under way.
func (set *Settings) mostRequests() int {
	if !set.Queue.HasValue() {
		return requestsWithoutQueue
	}
	return set.Queue.Get().NumConsumers
}

// RetryConfig is for the helper's retry sender, which never retries: the dispatcher
// does. At the end the retry sender marks errors, so that the queue leaves the visits
// on disk. A sender that waits gets each error at once.
func (d *Delivery) RetryConfig() configretry.BackOffConfig {
	retry := d.settings.Retry
	retry.MaxElapsedTime = 0
	retry.Enabled = retry.Enabled || d.keeper == keptOnDisk // without it nothing marks errors at the end
	if d.keeper == keptBySender {
		retry.MaxElapsedTime = time.Nanosecond
	}
	return retry
}
