// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"slices"
	"time"
)

// ruling is a verdict, with what carrying it out needs.
type ruling struct {
	verdict verdict
	pause   time.Duration // of everything
	isFirst bool          // of a pause: nothing was paused before; of an acceptance: something was
	tries   int           // how often the visit has failed alone
}

// judge decides what becomes of a body, and what is known from now on.
func (d *dispatcher) judge(b *body, got answer) ruling {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	isCurrent := b.pauses == d.breaker.pauses
	if got.rule().outcome == delivered {
		return ruling{verdict: accept, isFirst: d.learnAcceptance(b, got, now, isCurrent)}
	}
	if b.shipment.ctx.Err() != nil && got.status == 0 { // it was stopped, which says nothing
		return ruling{verdict: pause}
	}
	d.learnFailure(b, got, now)
	if !isCurrent { // the API is known to be at fault
		if got.rule().outcome == throttled {
			d.breaker.lengthen(now.Add(jitter(got.pause(d.record.pausesInARow))))
		}
		return ruling{verdict: pause}
	}
	p, e := got.policy(), d.evidence(b, got)
	r := ruling{verdict: p.verdict(e), tries: e.tries}
	if !b.isBlamed {
		b.isBlamed, b.blamed = true, d.record.accepted
	}
	if e.isAlone && e.othersAccepted {
		b.tries, b.countedAt = e.tries, now
		if e.tries > 1 {
			d.record.triesInVain++
		}
	}
	switch r.verdict {
	case ask:
		b.isAsked, d.record.pausesInVain = true, b.wasThrottled || d.record.pausesInVain
		d.breaker.halfOpen(now)
	case pause:
		d.beginPause(b, got, e, now, &r)
	}
	return r
}

// beginPause stops everything for a while.
func (d *dispatcher) beginPause(b *body, got answer, e evidence, now time.Time, r *ruling) {
	p := got.policy()
	r.pause = d.pauseAfter(got)
	d.record.pausesInARow++
	sendsWhole := p.pausesFirst && !b.wasThrottled
	r.isFirst = d.breaker.open(now.Add(r.pause), !p.isAsked(got), sendsWhole)
	d.pace.begin()
	b.wasThrottled, d.record.pausesInVain = b.wasThrottled || e.wantsPause, false
	for _, waiting := range d.ready {
		waiting.isAsked = false
	}
}

// isAsked reports whether the API itself has asked for the pause.
func (p policy) isAsked(got answer) bool { return p.pause > 0 || got.retryAfter > 0 }

// pauseAfter is how long nothing is sent.
func (d *dispatcher) pauseAfter(got answer) time.Duration {
	if got.policy().pause == 0 {
		return max(d.backoff.NextBackOff(), got.retryAfter)
	}
	return jitter(got.pause(d.record.pausesInARow))
}

// learnAcceptance notes that the API has accepted a body, and reports whether that
// ends a pause. An acceptance from before the last pause is no evidence.
func (d *dispatcher) learnAcceptance(b *body, got answer, now time.Time, isCurrent bool) (endsPause bool) {
	d.pace.accepted(now, got.took)
	if !isCurrent {
		return false
	}
	d.record.accepted++
	d.record.inARow, d.record.singles, d.record.pausesInARow = 0, 0, 0
	if b.tries > 0 {
		d.record.triesInVain, d.record.lastFluke = 0, now
	} else {
		d.record.failureRate -= d.record.failureRate / failureRateOver
	}
	if b.wasThrottled {
		d.record.pausesInVain = false
	}
	d.backoff.Reset()
	endsPause = d.breaker.isPause
	d.breaker.close()
	d.cutOffLate(b.sentAt)
	return endsPause
}

// learnFailure notes what a failure says of the line, and of the size of bodies.
func (d *dispatcher) learnFailure(b *body, got answer, now time.Time) {
	switch {
	case got.isSilence() && b.tries == 0:
		d.pace.timedOut(now, b.visits.BytesSize(), got.isTimeout())
	case got.rule().outcome == tooLarge && b.visits.Count > 1:
		if d.pace.shrinkTo(now, b.visits.BytesSize()/2) {
			b.shipment.delivery.logShrinking(b.visits.BytesSize(), d.pace.bytes)
		}
	}
}

// evidence counts a failure, and says what is known with it. A visit that is known to
// fail alone says nothing about the API, so it is not counted.
func (d *dispatcher) evidence(b *body, got answer) evidence {
	r, isAlone := &d.record, b.visits.Count == 1
	others := r.accepted > b.accepted
	if b.tries > 0 {
		others = others || d.countsInQuiet(b, got.policy())
	} else {
		d.countFailure(b)
	}
	wantsPause := !b.isSuspect && got.policy().pausesFirst && (got.retryAfter > 0 || !b.wasThrottled && !r.pausesInVain)
	if wantsPause && !b.wasThrottled {
		others, b.accepted = false, r.accepted // only what is accepted after the pause is evidence
	}
	e := evidence{
		othersAccepted: others, inARow: r.inARow, singles: r.singles, isAlone: isAlone, tries: b.tries,
		triesInVain: r.triesInVain, isFlaky: time.Since(r.lastFluke) < flakyFor, failureRate: r.failureRate, wantsPause: wantsPause && !others, isLast: b.shipment.delivery.isLastTry(),
	}
	if others && isAlone {
		e.tries++
	}
	return e
}

// quietTry is how rarely a try counts if nothing else is accepted: it may be the API
// that fails, for a weekend.
const quietTry = 6 * time.Hour

// countsInQuiet reports whether the failure of a visit that failed alone before counts
// though nothing was accepted since. It does if the API says that the visit is at fault, and
// took others in its place, or if the visit holds up others.
func (d *dispatcher) countsInQuiet(b *body, p policy) bool {
	of := b.shipment.delivery
	return !d.breaker.tripped && (p.isClear && d.hasContrast(b) || d.hastens(of) || time.Since(b.countedAt) >= quietTry)
}

// hasContrast reports whether the API has accepted as many bodies, since the one failed in
// which the visit first was, as there are visits that fail alone. Otherwise it may be the
// API that has begun to reject everything.
func (d *dispatcher) hasContrast(b *body) bool {
	alone := int64(1)
	for _, other := range slices.Concat(d.suspects, d.underWay) {
		if other != b && other.tries > 0 {
			alone++
		}
	}
	return d.record.accepted-b.blamed >= alone
}

// hastens reports whether visits that fail alone cannot wait for others: the end is near,
// or they hold all consumers of the queue, so that none is left for fresh visits.
func (d *dispatcher) hastens(of *Delivery) bool {
	if of.isLastTry() || of.keeper == keptBySender { // who waits
		return true
	}
	return len(d.ready) == 0 && d.holdsAll(of)
}

func (d *dispatcher) countFailure(b *body) {
	r := &d.record
	r.inARow++
	r.failureRate += (1 - r.failureRate) / failureRateOver
	if b.visits.Count == 1 && (!b.isSuspect || d.probe == b) {
		r.singles++
	}
}

// place puts a body, or its parts, where the ruling says.
func (d *dispatcher) place(b *body, got answer, r ruling) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, s := time.Now(), b.shipment
	d.underWay = slices.DeleteFunc(d.underWay, func(other *body) bool { return other == b })
	wasProbe := d.probe == b
	if wasProbe {
		d.probe = nil
	}
	switch {
	case r.verdict == accept, r.verdict == setAside:
		s.finish()
	case s.withdrawn != nil:
		d.leave(b)
	case s.ctx.Err() != nil:
		d.withdrawLocked(s, context.Cause(s.ctx))
		d.leave(b)
	default:
		s.failure = s.delivery.client.describe(got)
		d.placeFailed(b, got, r, now, wasProbe)
	}
	if r.verdict == pause || r.verdict == ask {
		isRetry := r.verdict == pause || !got.policy().isClear // to split a body is none
		if isRetry && !s.delivery.settings.Retry.Enabled {
			d.withdrawLocked(s, errNoRetries)
		}
		d.withdrawEnding(now)
	}
	if r.verdict == pause && wasProbe {
		d.yield(b.shipment)
	}
	d.dispatch(now)
}

// sharesOfSilence is into how many parts a body is split that gets no answer, because
// each request takes long then. Others are halved.
const sharesOfSilence = 8

func (d *dispatcher) placeFailed(b *body, got answer, r ruling, now time.Time, wasProbe bool) {
	switch r.verdict {
	case split:
		if got.isSilence() {
			b.shares = sharesOfSilence
		}
		b.readyAt = now.Add(got.retryAfter)
		d.split(b)
	case again:
		b.isSuspect = true
		d.waitAlone(b, now, got.retryAfter)
		if b.shipment.delivery.leavesOnDisk() {
			d.leave(b)
			return
		}
		d.suspects = append(d.suspects, b)
	default:
		if got.isSilence() {
			b.shares = sharesOfSilence
		}
		d.keep(b, wasProbe)
	}
}

// split puts the parts of a body at the end of the suspects.
func (d *dispatcher) split(b *body) {
	parts := b.split()
	b.shipment.bodies += len(parts) - 1
	d.suspects = append(d.suspects, parts...)
}

// waitAlone has a visit that has failed alone wait, longer each time: for five seconds at
// most, and until another body is accepted, from which something can be learned. For
// that it waits a minute at most.
func (d *dispatcher) waitAlone(b *body, now time.Time, retryAfter time.Duration) {
	longer := time.Second << min(b.waits, 10)
	b.waits++
	b.readyAt = now.Add(max(min(longer, 5*time.Second), retryAfter))
	b.quietAt = b.readyAt
	if !d.hastens(b.shipment.delivery) {
		b.quietAt = now.Add(max(min(10*longer, time.Minute), retryAfter))
	}
	b.accepted = d.record.accepted
}

// keep puts a body back that is not at fault. A probe goes back to the body that it
// was cut off, if that still waits. After it another body is probed, if there is one:
// perhaps all visits of this one are at fault.
func (d *dispatcher) keep(b *body, wasProbe bool) {
	list := &d.ready
	if b.isSuspect {
		list = &d.suspects
	}
	if wasProbe {
		b.probed = d.record.accepted + 1
	}
	if i := slices.Index(*list, b.origin); i >= 0 {
		b.origin.probed = b.probed
		b.origin.visits.Merge(b.visits)
		b.shipment.finish()
		b = b.origin
		*list = slices.Delete(*list, i, i+1)
	}
	b.origin = nil
	at := 0
	if wasProbe {
		at = len(*list)
	}
	*list = slices.Insert(*list, at, b)
}
