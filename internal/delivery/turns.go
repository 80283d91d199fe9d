// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"slices"
	"time"
)

// takeTurn has a lane take turns.
func (d *dispatcher) takeTurn(l *lane) {
	if !l.hasTurn {
		l.hasTurn = true
		d.turns = append(d.turns, l)
	}
}

// next takes the body that is to be sent now, or nil.
func (d *dispatcher) next(now time.Time) *body {
	ofAPI := d.breaker.state(now)
	if ofAPI == circuitOpen || ofAPI == circuitHalfOpen && d.probe != nil {
		return nil
	}
	bytes, late := d.pace.bytes, d.late()
	isFull := len(d.underWay)-min(late, maxLate) >= d.pace.underWay
	if isFull && d.only == nil {
		return nil
	}
	if late > 0 {
		bytes = minBytes
	}
	if ofAPI == circuitHalfOpen {
		d.likeliestFirst(now)
	}
	for i := 0; i < len(d.turns); i++ {
		l := d.turns[i]
		if l.isEmpty() {
			l.hasTurn = false
			d.turns = slices.Delete(d.turns, i, i+1)
			i--
			continue
		}
		if b := d.nextOf(l, now, bytes, isFull, ofAPI == circuitHalfOpen); b != nil {
			d.turns = append(slices.Delete(d.turns, i, i+1), l)
			return b
		}
	}
	return nil
}

// nextOf takes the next body of a lane.
func (d *dispatcher) nextOf(l *lane, now time.Time, bytes int, isFull, probesAPI bool) (b *body) {
	switch {
	case l.breaker.state(now) == circuitOpen, l.isRemoved():
	case probesAPI:
		if b = l.nextProbe(now, false, d.pace.bytes); b != nil {
			d.probe, l.probe = b, b
		}
	case l.breaker.state(now) == circuitHalfOpen:
		if b = l.nextProbe(now, l.breaker.sendsWhole, d.pace.bytes); b != nil {
			l.probe = b
		}
	case !isFull && (len(d.turns) == 1 || l.underWay < max(d.pace.underWay/2, 1)):
		b = l.nextBody(now, bytes)
	}
	return b
}

// likeliestFirst has the site take the next turn of which a probe most likely tells how the
// API is: one that did not fail by itself before, and of these one with the fewest probes in
// vain.
func (d *dispatcher) likeliestFirst(now time.Time) {
	best := -1
	for i, l := range d.turns {
		if l.isEmpty() || l.isRemoved() || l.breaker.state(now) == circuitOpen {
			continue
		}
		if best < 0 || l.isLikelierThan(d.turns[best]) {
			best = i
		}
	}
	if best > 0 {
		l := d.turns[best]
		d.turns = slices.Insert(slices.Delete(d.turns, best, best+1), 0, l)
	}
}

func (l *lane) isLikelierThan(other *lane) bool {
	if isIll, isOtherIll := l.record.pausesInARow > 0, other.record.pausesInARow > 0; isIll != isOtherIll {
		return isOtherIll
	}
	return l.record.probesInVain < other.record.probesInVain
}
