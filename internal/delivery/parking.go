// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"slices"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// What waits for one of several sites holds a consumer of the queue, which others need. So it
// is parked if the site is paused for longer than parkAbove. After the pause one batch
// returns to the queue, and its answer says whether all may.

// The longest pause of a site for which its visits are not parked, and the most in a row.
const (
	parkAbove   = 5 * time.Second
	pausesAbove = 2
)

// parked is what a lane knows of visits that are parked. Each delivery has its own parking.
type parked struct {
	by []*Delivery
	// isTried is set if a batch was asked for since the last pause, and may come.
	isTried bool
}

// isRemoved reports whether the site is not in the configuration any more.
func (l *lane) isRemoved() bool { return l.site != nil && l.site.Destination() == nil }

// parkIfPaused takes all that waits for a site out of the lane, if the site is paused for
// long, or was removed.
func (d *dispatcher) parkIfPaused(l *lane, now time.Time) {
	isLong := l.breaker.until.Sub(now) > parkAbove || l.record.pausesInARow > pausesAbove || l.record.isSilent
	if l.breaker.state(now) == circuitOpen && isLong || l.isRemoved() {
		d.parkAll(l)
	}
}

// parkIfSilent takes what cannot be sent yet out of the lane, if a request of the site is
// late: it may be as long as the timeout until the site is paused.
func (d *dispatcher) parkIfSilent(l *lane) {
	if d.isSilent(l) {
		d.parkAll(l)
	}
}

// isSilent reports whether a request of a site is late.
func (d *dispatcher) isSilent(l *lane) bool {
	return slices.ContainsFunc(d.underWay, func(b *body) bool { return b.lane == l && b.isLate })
}

func (d *dispatcher) parkAll(l *lane) {
	if d.only != nil {
		return
	}
	stays := func(b *body) bool { return b.shipment.withdrawn != nil || b.shipment.delivery.ending.hasBegun() }
	leave := func(b *body) bool {
		if stays(b) {
			return false
		}
		d.remembered.note(b)
		b.shipment.parks = append(b.shipment.parks, b)
		b.shipment.finish()
		return true
	}
	l.ready = slices.DeleteFunc(l.ready, leave)
	l.suspects = slices.DeleteFunc(l.suspects, leave)
}

// park parks what a shipment has left for that. What cannot be parked now is left, after a
// while.
func (d *Delivery) park(ctx context.Context, s *shipment) (left []*queue.Batch) {
	for _, b := range s.parks {
		if d.settings.Parking.Park(context.WithoutCancel(ctx), b.visits) != nil {
			left = append(left, b.visits)
			continue
		}
		d.dispatcher.noteParked(b.lane, d)
	}
	if len(left) > 0 {
		select {
		case <-time.After(parkAbove):
		case <-ctx.Done():
		}
	}
	return left
}

// noteParked notes that visits of a site are parked. The pause may be over by now.
func (d *dispatcher) noteParked(l *lane, by *Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Contains(l.parked.by, by) {
		l.parked.by = append(l.parked.by, by)
	}
	l.parked.isTried = false
	if !l.breaker.tripped && !l.isRemoved() && !d.isSilent(l) {
		d.unpark(l)
		return
	}
	if !slices.Contains(d.parking, l) {
		d.parking = append(d.parking, l)
	}
	d.dispatch(time.Now())
}

// tellsNothing notes that nothing of what returned is left to tell how the site is, if that is
// so: visits that fail alone do not. Another batch is asked for then.
func (l *lane) tellsNothing() {
	if l.underWay == 0 && !slices.ContainsFunc(l.waiting(), func(b *body) bool { return b.tries == 0 }) {
		l.parked.isTried = false
		l.endThrottling()
	}
}

// unpark lets all return that is parked of a site.
func (d *dispatcher) unpark(l *lane) {
	for _, by := range l.parked.by {
		by.settings.Parking.Unpark(l.site)
	}
	l.parked = parked{}
	d.parking = slices.DeleteFunc(d.parking, func(other *lane) bool { return other == l })
}

// tryParked has a batch return of each site whose pause is over.
func (d *dispatcher) tryParked(now time.Time) {
	for _, l := range d.parking {
		if l.parked.isTried || l.isRemoved() || d.isSilent(l) || l.breaker.state(now) == circuitOpen {
			continue
		}
		l.parked.isTried = true
		for _, by := range l.parked.by {
			by.settings.Parking.TryOne(l.site)
		}
	}
}

// SitesChanged is called after sites were changed. The pause of one that is configured in
// another way is over.
func (d *Delivery) SitesChanged() {
	if d.dispatcher != nil {
		d.sites.forgetRemoved()
		d.dispatcher.sitesChanged(time.Now())
	}
}

func (d *dispatcher) sitesChanged(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.lanes {
		if to := l.site.Destination(); l.breaker.state(now) == circuitOpen && to != nil && to != l.failed {
			l.breaker.until = now
		}
		if l.isRemoved() {
			l.breaker.isTold = false // if it comes back as bad as before, people learn of it again
		}
		d.parkIfPaused(l, now)
	}
	d.withdrawEnding(now)
	d.dispatch(now)
}
