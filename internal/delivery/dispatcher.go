// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v7"

	"go.opentelemetry.io/collector/config/configretry"
)

// dispatcher decides which body is sent next, and when. There is one for each exporter
// of the configuration, because its deliveries for traces and for logs talk to the
// same API.
//
// Bodies wait in two lists: those that nothing is known against, and the suspects,
// which failed while others were accepted. The lists take turns, so that neither holds
// up the other, and in each the oldest goes first.
type dispatcher struct {
	users int // the deliveries that share it; guarded by Dispatchers.mu

	mu       sync.Mutex // guards what follows, the shipments and the bodies
	ready    []*body
	suspects []*body
	underWay []*body
	isTurn   bool // of the suspects
	probe    *body
	wakeUp   *time.Timer // looks again when the first body or a pause is over

	breaker breaker
	pace    pace
	backoff backoff.ExponentialBackOff
	record  record
}

// record is what the dispatcher remembers of answers, as evidence.
type record struct {
	accepted     int64   // how many bodies the API has accepted
	inARow       int     // requests that have failed since
	singles      int     // of these, for one visit of which nothing was known
	pausesInARow int     // since
	triesInVain  int     // of visits that failed alone, since one of them succeeded
	failureRate  float64 // the share of requests that fail, tries of such visits aside; smoothed
	// pausesInVain is set if a body has failed again after the pause that the API
	// asked for because of it. It may not be the number of requests to which the API
	// objects.
	pausesInVain bool
	// lastFluke is when a visit was last accepted that had failed alone before.
	lastFluke time.Time
	// lastAcceptedSent is when the last request began that was accepted.
	lastAcceptedSent time.Time
}

// flakyFor is how long an API is taken to fail at random after a fluke.
const flakyFor = 10 * time.Minute

// failureRateOver is over how many requests the rate of failures is smoothed.
const failureRateOver = 64

// newDispatcher makes the dispatcher of an exporter with these settings.
func newDispatcher(set *Settings) *dispatcher {
	d := &dispatcher{pace: newPace(set.Client.Timeout, set.mostRequests()), backoff: newBackOff(set.Retry)}
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

// submit takes a shipment.
func (d *dispatcher) submit(s *shipment, b *body) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.bodies = 1
	d.ready = append(d.ready, b)
	d.withdrawEnding(time.Now())
	d.dispatch(time.Now())
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
	leave := func(b *body) bool {
		if b.shipment != s {
			return false
		}
		d.leave(b)
		return true
	}
	d.ready = slices.DeleteFunc(d.ready, leave)
	d.suspects = slices.DeleteFunc(d.suspects, leave)
}

// leave gives a body back to its shipment.
func (d *dispatcher) leave(b *body) {
	b.shipment.left = append(b.shipment.left, b.visits)
	b.shipment.finish()
}

func (d *dispatcher) dispatchAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dispatch(time.Now())
}

// dispatch sends what may be sent now. Whoever has changed something calls it.
func (d *dispatcher) dispatch(now time.Time) {
	for b := d.next(now); b != nil; b = d.next(now) {
		d.send(b, now)
	}
	if wake := d.nextChange(now); !wake.IsZero() {
		d.wakeUp.Reset(wake.Sub(now))
	}
}

// next takes the body that is to be sent now, or nil.
func (d *dispatcher) next(now time.Time) *body {
	switch d.breaker.state(now) {
	case circuitOpen:
		return nil
	case circuitHalfOpen:
		return d.nextProbe(now)
	}
	bytes, late := d.pace.bytes, d.late()
	if len(d.underWay)-min(late, maxLate) >= d.pace.underWay {
		return nil
	}
	if late > 0 {
		bytes = minBytes
	}
	b, list := d.take(now)
	if b == nil {
		return nil
	}
	b, rest := b.cut(bytes)
	d.putBack(list, rest)
	return b
}

// nextProbe takes what is to be sent to find out whether the API takes anything.
func (d *dispatcher) nextProbe(now time.Time) *body {
	if d.probe != nil {
		return nil
	}
	d.isTurn = false
	if i := d.unprobed(); i >= 0 && !d.breaker.sendsWhole {
		b := d.ready[i]
		d.ready = slices.Insert(slices.Delete(d.ready, i, i+1), 0, b)
	}
	b, list := d.take(now)
	if b == nil {
		return nil
	}
	var rest *body
	if d.breaker.sendsWhole {
		b, rest = b.cut(d.pace.bytes)
	} else {
		b, rest = b.cutOne(rand.N(b.visits.Count)) //nolint:gosec // chooses a place, guards nothing
	}
	d.putBack(list, rest)
	d.probe = b
	return b
}

// unprobed is the place of the youngest body of which no visit was probed since the API
// last accepted a body, or -1. The older ones may be the visits at fault that hold up all
// others.
func (d *dispatcher) unprobed() int {
	for i, b := range slices.Backward(d.ready) {
		if b.probed != d.record.accepted+1 {
			return i
		}
	}
	return -1
}

// take takes the first body that may go, and says from which list.
func (d *dispatcher) take(now time.Time) (*body, *[]*body) {
	lists := [...]*[]*body{&d.ready, &d.suspects}
	if d.isTurn {
		lists[0], lists[1] = lists[1], lists[0]
	}
	for _, list := range lists {
		i := slices.IndexFunc(*list, func(b *body) bool { return !b.nextAt(d.record.accepted).After(now) })
		if i < 0 {
			continue
		}
		b := (*list)[i]
		*list = slices.Delete(*list, i, i+1)
		d.isTurn = list == &d.ready
		if b.isAsked && b.visits.Count > 1 && d.record.accepted > b.accepted {
			d.split(b)
			return d.take(now)
		}
		return b, list
	}
	return nil, nil
}

// putBack puts the rest of a body first.
func (d *dispatcher) putBack(list *[]*body, rest *body) {
	if rest != nil {
		rest.shipment.bodies++
		*list = slices.Insert(*list, 0, rest)
	}
}

// nextChange is when dispatch has to look again though nothing has happened.
func (d *dispatcher) nextChange(now time.Time) (at time.Time) {
	if len(d.ready)+len(d.suspects) == 0 {
		return at
	}
	if d.breaker.state(now) == circuitOpen {
		return d.breaker.until
	}
	for _, b := range d.suspects {
		if next := b.nextAt(d.record.accepted); next.After(now) && (at.IsZero() || next.Before(at)) {
			at = next
		}
	}
	return at
}

// send makes the request of a body.
func (d *dispatcher) send(b *body, now time.Time) {
	ctx, cancel := context.WithCancelCause(b.shipment.ctx)
	b.sentAt, b.pauses, b.isLate, b.cancel = now, d.breaker.pauses, false, cancel
	if !b.isObserved {
		b.isObserved, b.accepted = true, d.record.accepted
	}
	d.underWay = append(d.underWay, b)
	go d.run(ctx, b, now, d.pace.lateAfter(b.visits.BytesSize()))
}

// run makes the request and does what its answer asks for.
func (d *dispatcher) run(ctx context.Context, b *body, sentAt time.Time, lateAfter time.Duration) {
	late := time.AfterFunc(lateAfter, func() { d.becomeLate(b, sentAt) })
	got := b.shipment.delivery.post(ctx, b.visits)
	late.Stop()
	b.cancel(nil)
	ruling := d.judge(b, got)
	b.shipment.delivery.carryOut(b, got, ruling)
	d.place(b, got, ruling)
}
