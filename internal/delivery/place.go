// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"slices"
	"time"
)

// place puts a body, or its parts, where the ruling says.
func (d *dispatcher) place(b *body, got answer, r ruling) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, s, l := time.Now(), b.shipment, b.lane
	d.underWay = slices.DeleteFunc(d.underWay, func(other *body) bool { return other == b })
	l.underWay--
	wasProbe := l.probe == b
	if wasProbe {
		l.probe = nil
	}
	if d.probe == b {
		d.probe = nil
	}
	switch {
	case r.verdict == accept:
		s.delivered += b.visits.Count
		s.finish()
	case r.verdict == setAside:
		s.finish()
	case s.isWithdrawn(l):
		d.leave(b)
	case s.ctx.Err() != nil:
		d.withdrawLocked(s, context.Cause(s.ctx))
		d.leave(b)
	default:
		s.failure = s.delivery.clientOf(l).describe(got)
		d.placeFailed(b, got, r, now, wasProbe)
	}
	if r.verdict == pause || r.verdict == ask {
		isRetry := r.verdict == pause || !got.policy().isClear // to split a body is none
		if isRetry && !s.delivery.settings.Retry.Enabled {
			d.withdrawFrom(l, s, errNoRetries)
		}
	}
	if r.verdict == pause || r.verdict == ask || l.isRemoved() {
		d.withdrawEnding(now)
	}
	if r.verdict == again || r.verdict == pause && wasProbe && b.visits.Count == 1 {
		d.yield(s, r.verdict == pause)
	}
	d.parkIfPaused(l, now)
	l.tellsNothing()
	d.dispatchAfter(l, now)
	d.parkIfSilent(l)
}

// sharesOfSilence is into how many parts a body is split that gets no answer, because
// each request takes long then. Others are halved.
const sharesOfSilence = 8

func (d *dispatcher) placeFailed(b *body, got answer, r ruling, now time.Time, wasProbe bool) {
	l := b.lane
	d.takeTurn(l)
	switch r.verdict {
	case split:
		if got.isSilence() {
			b.shares = sharesOfSilence
		}
		b.readyAt = now.Add(got.retryAfter)
		l.split(b)
	case again, repeat:
		b.isSuspect, b.readyAt = true, now.Add(got.retryAfter)
		if r.verdict == again {
			d.waitAlone(b, now, got.retryAfter)
		}
		if b.shipment.delivery.leavesOnDisk() {
			d.leave(b)
			return
		}
		l.suspect(b, r.verdict)
	default:
		if got.isSilence() {
			b.shares = sharesOfSilence
		}
		l.keep(b, wasProbe)
	}
}

// apart is how far the tries of visits that fail alone are apart, on average. Many such visits
// may be a limit of requests, which more requests would only use up.
const apart = 100 * time.Millisecond

// mostQuiet is how long a visit waits that has failed alone while nothing else is accepted. With
// max_elapsed_time it is at most a share of that: the API may recover shortly before the end.
const (
	mostQuiet       = 10 * time.Minute
	leastQuietWaits = 15
)

// mostQuiet is how long a visit of the delivery waits so.
func (d *Delivery) mostQuiet() time.Duration {
	if limit := d.settings.Retry.MaxElapsedTime; limit > 0 {
		return min(mostQuiet, limit/leastQuietWaits)
	}
	return mostQuiet
}

// waitAlone has a visit that has failed alone wait, longer each time: for five seconds at
// most, unless many do, and until another body is accepted, from which something can be
// learned. For that it waits mostQuiet in the end, and not while others wait for a consumer.
func (d *dispatcher) waitAlone(b *body, now time.Time, retryAfter time.Duration) {
	accepted := b.lane.record.accepted
	if accepted > b.accepted {
		b.accepted, b.quietWaits = accepted, 0
	}
	longer, quiet := time.Second<<min(b.waits, 10), 10*time.Second<<min(b.quietWaits, 10)
	b.waits++
	b.quietWaits++
	most := max(5*time.Second, time.Duration(len(b.lane.suspects))*apart)
	b.readyAt = now.Add(max(min(longer, most), retryAfter))
	b.quietAt = b.readyAt
	if of := b.shipment.delivery; !of.isHurried() && !d.holdsAll(of) {
		b.quietAt = now.Add(max(min(quiet, of.mostQuiet()), b.readyAt.Sub(now)))
	}
}
