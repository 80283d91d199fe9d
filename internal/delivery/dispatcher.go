// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v7"

	"go.opentelemetry.io/collector/config/configretry"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// dispatcher decides which body is sent next, and when. There is one for each exporter
// of the configuration, because its deliveries for traces and for logs talk to the
// same API.
//
// Each site has a lane, and lanes take turns. What is a site's matter is decided in its
// lane: the visits at fault, a key that is refused, a limit of its requests. What is the
// API's is decided here: how many requests, how large, and whether it is reached at all.
type dispatcher struct {
	users int // the deliveries that share it; guarded by Dispatchers.mu

	mu       sync.Mutex // guards what follows, the lanes, the shipments and the bodies
	only     *lane      // the lane of an exporter of one site, else nil
	lanes    map[*destination.Site]*lane
	turns    []*lane // those in which something waits
	parking  []*lane // those of which something is parked
	underWay []*body
	wakeUp   *time.Timer // looks again when the first wait of a body or a pause is over
	wakeAt   time.Time   // when it does, or zero
	retry    configretry.BackOffConfig

	// For the API, if there are several sites.
	breaker breaker
	probe   *body
	backoff backoff.ExponentialBackOff
	inVain  []*lane // some of the sites that got no answer, or 5xx, since one last got anything else
	// acceptedAt is when it last accepted a body.
	acceptedAt time.Time

	pace       pace
	remembered remembered
}

// newDispatcher makes the dispatcher of an exporter with these settings.
func newDispatcher(set *Settings) *dispatcher {
	d := &dispatcher{pace: newPace(set.Client.Timeout, set.mostRequests()), retry: set.Retry, backoff: newBackOff(set.Retry), remembered: newRemembered()}
	if set.Parking == nil {
		d.only = d.newLane()
	} else {
		d.lanes = make(map[*destination.Site]*lane)
	}
	d.wakeUp = time.AfterFunc(time.Hour, d.dispatchAll)
	d.wakeUp.Stop()
	return d
}

func newBackOff(retry configretry.BackOffConfig) backoff.ExponentialBackOff {
	return backoff.ExponentialBackOff{
		InitialInterval: retry.InitialInterval, RandomizationFactor: retry.RandomizationFactor,
		Multiplier: retry.Multiplier, MaxInterval: retry.MaxInterval,
	}
}

func (d *dispatcher) newLane() *lane { return &lane{backoff: newBackOff(d.retry)} }

// laneOf is the lane of a body's site.
func (d *dispatcher) laneOf(b *body) *lane {
	if d.only != nil {
		return d.only
	}
	site := b.visits.Site()
	l, known := d.lanes[site]
	if !known {
		l = d.newLane()
		l.site = site
		d.lanes[site] = l
	}
	b.shipment.delivery.clientOf(l) // which is needed if the site is removed while this body is sent
	return l
}

// submit takes a shipment, in parts of one site each, and what of it is stuck.
func (d *dispatcher) submit(s *shipment, parts []*queue.Batch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, bodies := time.Now(), []*body(nil)
	for _, part := range parts {
		bodies = append(bodies, d.remembered.recall(s, part)...)
	}
	fresh := len(bodies)
	s.isRest = s.isRest || fresh > 0 && !slices.ContainsFunc(bodies, func(b *body) bool { return b.tries == 0 })
	for _, b := range s.stuck {
		d.remembered.forget(b)
		b.shipment, b.origin = s, nil
		bodies = append(bodies, b)
	}
	s.bodies = len(bodies)
	for i, b := range bodies {
		b.lane = d.laneOf(b)
		if b.isSuspect {
			b.lane.suspects = append(b.lane.suspects, b)
		} else {
			b.lane.ready = append(b.lane.ready, b)
			if i < fresh && !s.delivery.ending.hasBegun() {
				b.lane.breaker.endForFresh()
			}
		}
		d.takeTurn(b.lane)
		d.parkIfPaused(b.lane, now)
	}
	if d.only == nil {
		for i, b := range bodies { // what comes back of a site may be nothing but visits that fail alone
			if i == 0 || bodies[i-1].lane != b.lane {
				b.lane.tellsNothing()
			}
		}
	}
	d.endQuiet(s.delivery)
	d.leaveIfOutOfTime(s, now)
	d.withdrawEnding(now)
	d.dispatch(now)
	for _, b := range bodies {
		d.parkIfSilent(b.lane)
	}
}

// withdraw takes back the bodies of a shipment that wait. Those under way go on.
func (d *dispatcher) withdraw(s *shipment, cause error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.withdrawLocked(s, cause)
	d.dispatch(time.Now())
}

func (d *dispatcher) withdrawLocked(s *shipment, cause error) {
	if s.withdrawn != nil {
		return
	}
	s.withdrawn = cause
	for _, l := range d.turns {
		d.takeBack(l, s)
	}
}

// withdrawFrom takes back the bodies of a shipment that are of a lane's site. Those of other
// sites go on.
func (d *dispatcher) withdrawFrom(l *lane, s *shipment, cause error) {
	if d.only != nil {
		d.withdrawLocked(s, cause)
		return
	}
	if !slices.Contains(s.withdrawnFrom, l) {
		s.withdrawnFrom, s.cause = append(s.withdrawnFrom, l), cause
	}
	d.takeBack(l, s)
}

// takeBack takes the bodies of a shipment out of a lane.
func (d *dispatcher) takeBack(l *lane, s *shipment) {
	leave := func(b *body) bool {
		if b.shipment != s {
			return false
		}
		d.leave(b)
		return true
	}
	l.ready = slices.DeleteFunc(l.ready, leave)
	l.suspects = slices.DeleteFunc(l.suspects, leave)
}

// leave gives a body back to its shipment.
func (d *dispatcher) leave(b *body) {
	if s := b.shipment; errors.Is(s.withdrawn, errYields) {
		s.yields = append(s.yields, b)
	} else {
		s.left = append(s.left, b.visits)
	}
	b.lane.parked.isTried = false
	b.shipment.finish()
}

func (d *dispatcher) dispatchAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dispatch(time.Now())
}

// dispatch sends what may be sent now. Whoever has changed something calls it.
func (d *dispatcher) dispatch(now time.Time) {
	d.sendAll(now)
	d.wakeAt = time.Time{}
	d.wakeFor(d.turns, now)
}

// dispatchAfter does the same after a change of one lane. It does not look at the others,
// which can be thousands: the wake-up that they need is set already.
func (d *dispatcher) dispatchAfter(l *lane, now time.Time) {
	d.sendAll(now)
	d.wakeFor([]*lane{l}, now)
}

func (d *dispatcher) sendAll(now time.Time) {
	for b := d.next(now); b != nil; b = d.next(now) {
		d.send(b, now)
	}
	d.tryParked(now)
}

// wakeFor sets the wake-up earlier, if the lanes need that. One that is too early does no
// harm.
func (d *dispatcher) wakeFor(lanes []*lane, now time.Time) {
	at := d.nextChange(lanes, now)
	if !at.IsZero() && (d.wakeAt.IsZero() || at.Before(d.wakeAt)) {
		d.wakeAt = at
		d.wakeUp.Reset(at.Sub(now))
	}
}

// nextChange is when dispatch has to look again though nothing has happened, as far as the
// API, what is parked and these lanes are concerned.
func (d *dispatcher) nextChange(lanes []*lane, now time.Time) (at time.Time) {
	if d.breaker.state(now) == circuitOpen && len(d.turns) > 0 {
		at = d.breaker.until
	}
	earliest := func(next time.Time) {
		if next.After(now) && (at.IsZero() || next.Before(at)) {
			at = next
		}
	}
	for _, l := range d.parking {
		earliest(l.breaker.until)
	}
	for _, l := range lanes {
		if !l.isEmpty() {
			earliest(l.nextChange(now))
		}
	}
	return at
}

// send makes the request of a body.
func (d *dispatcher) send(b *body, now time.Time) {
	ctx, cancel := context.WithCancelCause(b.shipment.ctx)
	b.sentAt, b.pauses, b.isLate, b.cancel = now, d.pausesOf(b.lane), false, cancel
	if !b.isObserved {
		b.isObserved, b.accepted = true, b.lane.record.accepted
	}
	b.lane.underWay++
	d.underWay = append(d.underWay, b)
	b.together = len(d.underWay)
	go d.run(ctx, b, now, d.pace.lateAfter(d.pace.typicalTime, b.visits.BytesSize()))
}

// pausesOf counts the pauses that a lane has seen. What a request says that began before
// the last one is out of date.
func (d *dispatcher) pausesOf(l *lane) int64 { return d.breaker.pauses + l.breaker.pauses }

// run makes the request and does what its answer asks for.
func (d *dispatcher) run(ctx context.Context, b *body, sentAt time.Time, lateAfter time.Duration) {
	late := time.AfterFunc(lateAfter, func() { d.becomeLate(b, sentAt) })
	got := b.shipment.delivery.post(ctx, b)
	late.Stop()
	b.cancel(nil)
	ruling := d.judge(b, got)
	b.shipment.delivery.carryOut(b, got, ruling)
	d.place(b, got, ruling)
}
