// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"slices"
	"time"
)

// evidence counts a failure, and says what is known with it. A visit that is known to
// fail alone says nothing about the API, so it is not counted.
func (d *dispatcher) evidence(b *body, got answer) evidence {
	l := b.lane
	r, isAlone := &l.record, b.visits.Count == 1
	others, isQuiet := r.accepted > b.accepted, false
	if b.tries > 0 {
		isQuiet = !others && d.countsInQuiet(b, got.policy())
		others = others || isQuiet
	} else {
		l.countFailure(b)
	}
	wantsPause := !b.isSuspect && got.policy().pausesFirst && (got.retryAfter > 0 || !b.wasThrottled && !r.pausesInVain)
	now := time.Now()
	isLimit := got.policy().pausesFirst && l.learnThrottling(b, now)
	r.isTimed = got.retryAfter > 0
	r.isThrottled = got.policy().pausesFirst && (!r.isTimed || r.limit.isKnown(now))
	if r.isThrottled && !b.isSuspect && (!isAlone || b.origin != nil) {
		others = false // only what is accepted right afterwards is evidence
	}
	if isLimit {
		wantsPause = l.isControl(b)
	} else if wantsPause && !b.wasThrottled {
		others, b.accepted = false, r.accepted // only what is accepted after the pause is evidence
	}
	isHeldUp := d.isHeldUp(b)
	if isHeldUp {
		others, isQuiet, wantsPause = true, true, false
	}
	e := evidence{
		othersAccepted: others, isHeldUp: isHeldUp, inARow: r.inARow, singles: r.singles, isAlone: isAlone, tries: b.tries, isQuiet: isQuiet,
		triesInVain: r.triesInVain, isFlaky: time.Since(r.lastFluke) < flakyFor, failureRate: r.failureRate, freshRate: r.freshRate, wantsPause: wantsPause && (isLimit || !others), isLimit: isLimit, isLast: b.shipment.delivery.isLastTry(),
	}
	if others && isAlone {
		if e.tries++; e.tries > 1 { // the first one made it such a visit
			e.triesInVain++
		}
		if got.policy().isClear {
			e.clearTries = b.clearTries + 1
		}
	}
	return e
}

// quietTry is how long after the last one another try counts if nothing else is accepted, so that
// the tries take about four days: it may be the API that fails, over a long weekend.
func (p policy) quietTry() time.Duration { return 4 * 24 * time.Hour / time.Duration(p.tries) }

// countsInQuiet reports whether the failure of a visit that failed alone before counts
// though nothing was accepted since. It does if the API says that the visit is at fault, and
// took others in its place, or if the visit holds up others.
func (d *dispatcher) countsInQuiet(b *body, p policy) bool {
	of := b.shipment.delivery
	return !b.lane.breaker.tripped && !d.breaker.tripped && (p.isClear && b.lane.hasContrast(b, d.underWay) || d.hastens(of) && !d.mayBeOutage(b) || time.Since(b.countedAt) >= p.quietTry())
}

// randomFor is how long after a fluke an API may fail completely for the same cause.
const randomFor = 24 * time.Hour

// mayBeOutage reports whether a visit may hold up others because the API fails: the queue is full, and much
// is left of the visit's batch. The API has failed at random lately, or few others were accepted since.
func (d *dispatcher) mayBeOutage(b *body) bool {
	s := b.shipment
	if !s.isStuck || s.delivery.isHurried() || s.visits == 1 || s.isMostlyDelivered() {
		return false
	}
	return time.Since(b.lane.record.lastFluke) < randomFor || !b.lane.hasContrast(b, d.underWay)
}

// hasContrast reports whether the API has accepted as many bodies, since the one failed in
// which the visit first was, as there are visits that fail alone. Otherwise it may be the
// API that has begun to reject everything.
func (l *lane) hasContrast(b *body, underWay []*body) bool {
	alone := int64(1)
	for _, other := range slices.Concat(l.suspects, underWay) {
		if other != b && other.lane == l && other.tries > 0 {
			alone++
		}
	}
	return l.record.accepted-b.blamed >= alone
}

// isHeldUp reports whether nothing can end a pause any more, because the queue is full and all its
// consumers hold what is left of batches that were delivered. Then a failure is the visits'.
func (d *dispatcher) isHeldUp(b *body) bool {
	isPaused, of := b.lane.breaker.tripped || d.breaker.tripped, b.shipment.delivery
	if !isPaused || of.isLastTry() || !b.shipment.isStuck || !b.shipment.isMostlyDelivered() {
		return false
	}
	for _, l := range d.turns {
		if slices.ContainsFunc(l.waiting(), func(other *body) bool { return !other.shipment.isMostlyDelivered() }) {
			return false
		}
	}
	return d.holdsAll(of)
}

// hastens reports whether visits that fail alone cannot wait for others: the end is near,
// or they hold all consumers of the queue, so that none is left for fresh visits. What has not failed
// alone yet can still show that the API takes visits.
func (d *dispatcher) hastens(of *Delivery) bool {
	if of.isHurried() {
		return true
	}
	for _, l := range d.turns {
		if len(l.ready) > 0 || slices.ContainsFunc(l.suspects, func(b *body) bool { return b.tries == 0 }) {
			return false
		}
	}
	return d.holdsAll(of)
}

func (l *lane) countFailure(b *body) {
	r := &l.record
	r.inARow++
	r.failureRate += (1 - r.failureRate) / failureRateOver
	if !b.isSuspect {
		r.learnFresh(1)
	}
	if b.visits.Count == 1 && (!b.isSuspect || l.probe == b) {
		r.singles++
		l.countAsked(b)
	}
}

// countAsked counts the visit that was asked, as often as the body that it is of has different
// ones. A suspect's failure says little of the API.
func (l *lane) countAsked(b *body) {
	visits := 1
	if b.origin != nil {
		visits += b.origin.visits.Count
	}
	if since := l.record.accepted + 1; b.probed != since {
		b.probed, b.probes = since, 0
	}
	if b.probes++; b.probes <= visits && !b.isSuspect {
		l.record.asked++
	}
}
