// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"slices"
	"time"
)

// ruling is a verdict, with what carrying it out needs.
type ruling struct {
	verdict       verdict
	pause         time.Duration // of everything of a site, or of the API
	isOfAPI       bool          // the pause is
	isUntold      bool          // the log does not tell of the pause
	isFirst       bool          // of a pause: the log told of none before; of an acceptance: it did
	isFirstOfSite bool          // of an acceptance: likewise, of one of several sites
	tries         int           // how often the visit has failed alone
}

// judge decides what becomes of a body, and what is known from now on.
func (d *dispatcher) judge(b *body, got answer) ruling {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, l := time.Now(), b.lane
	isCurrent := b.pauses == d.pausesOf(l)
	if got.rule().outcome == delivered {
		ofAPI, ofSite := d.learnAcceptance(b, got, now, isCurrent)
		return ruling{verdict: accept, isFirst: ofAPI, isFirstOfSite: ofSite}
	}
	if b.shipment.ctx.Err() != nil && got.status == 0 { // it was stopped, which says nothing
		return ruling{verdict: pause}
	}
	d.learnFailure(b, got, now)
	if !isCurrent { // the API, or the site, is known to be at fault
		if got.rule().outcome == throttled {
			l.breaker.lengthen(now.Add(jitter(got.pause(l.record.pausesInARow))))
		}
		return ruling{verdict: pause}
	}
	b.blame(got.policy(), l.record.accepted)
	p, e := got.policy(), d.evidence(b, got)
	r := ruling{verdict: p.verdict(e), tries: e.tries}
	if e.isAlone && e.othersAccepted {
		b.tries, b.clearTries, b.countedAt = e.tries, e.clearTries, now
		l.record.learnTry(e, now)
	}
	if (r.verdict == ask || r.verdict == pause) && d.isOfAPI(got) {
		r.verdict = pause
		d.pauseAll(b, got, now, &r)
		return r
	}
	if r.verdict == ask && d.isOfSite(b, got) {
		r.verdict = pause
	}
	switch r.verdict {
	case ask:
		b.isAsked, b.askedAt, l.record.pausesInVain = true, l.record.accepted, b.wasThrottled || l.record.pausesInVain
		l.breaker.halfOpen(now)
	case pause:
		d.beginPause(b, got, e, now, &r)
	}
	return r
}

// beginPause stops everything of a site for a while.
func (d *dispatcher) beginPause(b *body, got answer, e evidence, now time.Time, r *ruling) {
	p, l := got.policy(), b.lane
	r.pause = l.pauseAfter(got, now)
	forgets := d.only == nil && l.record.pausesInARow > pausesAbove // what is parked comes back as if it were new
	sendsWhole := p.pausesFirst && (got.retryAfter == 0 && l.isLimit(b, now) || !forgets && !b.wasThrottled)
	l.breaker.open(now.Add(r.pause), !p.isAsked(got), sendsWhole)
	if !p.pausesFirst && l.record.asked < p.patience {
		l.breaker.freshFrom = now.Add(got.retryAfter)
	}
	if r.isUntold = l.isUntold(p); !r.isUntold {
		r.isFirst = l.breaker.tell()
	}
	if d.only != nil {
		d.pace.begin()
	} else {
		l.failed = l.site.Destination()
	}
	l.record.pausesInVain = false
	if e.wantsPause {
		b.wasThrottled = true
		b.throttles++
	}
	for _, waiting := range l.waiting() {
		waiting.isAsked = false
	}
	l.parked.isTried = false
}

// isUntold reports whether the log is not to tell of a pause yet: the API has taken visits, and
// may well take all but the few that were asked. It is told when it lasts.
func (l *lane) isUntold(p policy) bool {
	return p.needsHelp && !l.breaker.freshFrom.IsZero() && l.record.accepted > 0 && l.record.pausesInARow < 3
}

// isOfAPI reports whether a failure is not a matter of one site: as many sites as the status
// has patience got nothing else from the API, and no other site did meanwhile.
func (d *dispatcher) isOfAPI(got answer) bool {
	return d.only == nil && got.rule().outcome == unavailable && len(d.inVain) >= d.enoughSites(got.policy())
}

// enoughSites is how many sites must fail before the API is at fault: as many as can have a
// request under way at a time. If few of many sites are well, fewer fail together now and
// then.
func (d *dispatcher) enoughSites(p policy) int {
	return max(p.patience, min(d.pace.mostUnder, len(d.lanes)))
}

// speaksAgainstAPI reports whether a request in vain is new evidence that the API is at fault.
// That of a site is none that failed before by itself, or while the API answered for others.
func (d *dispatcher) speaksAgainstAPI(b *body) bool {
	return b.lane.record.pausesInARow == 0 && !d.acceptedAt.After(b.sentAt) && !slices.Contains(d.inVain, b.lane)
}

// isOfSite reports whether no single visit has to be sent to find out who is at fault: the API
// answers for other sites.
func (d *dispatcher) isOfSite(b *body, got answer) bool {
	return d.only == nil && got.rule().outcome == unavailable && d.acceptedAt.After(b.sentAt)
}

// pauseAll stops everything of all sites for a while.
func (d *dispatcher) pauseAll(b *body, got answer, now time.Time, r *ruling) {
	r.isOfAPI, r.pause = true, max(d.backoff.NextBackOff(), got.retryAfter)
	d.breaker.open(now.Add(r.pause), got.retryAfter == 0, false)
	r.isFirst = d.breaker.tell()
	b.lane.record.probesInVain++
	d.pace.begin()
}

// isAsked reports whether the API itself has asked for the pause.
func (p policy) isAsked(got answer) bool { return p.pause > 0 || got.retryAfter > 0 }

// pauseAfter is how long nothing is sent. A pause that was cut short goes on.
func (l *lane) pauseAfter(got answer, now time.Time) time.Duration {
	if left := l.breaker.cutShort.Sub(now); left > 0 {
		return max(left, got.retryAfter)
	}
	inVain := l.record.pausesInARow
	l.record.pausesInARow++
	if got.policy().pause == 0 {
		return max(l.backoff.NextBackOff(), got.retryAfter)
	}
	return jitter(got.pause(inVain))
}

// learnAcceptance notes that the API has accepted a body, and reports whether that
// ends a pause of the API, or of one of several sites. An acceptance from before the last
// pause is no evidence.
func (d *dispatcher) learnAcceptance(b *body, got answer, now time.Time, isCurrent bool) (ofAPI, ofSite bool) {
	l := b.lane
	if !d.isSlow(l, got.took) {
		d.pace.accepted(now, b.visits.BytesSize(), got.took, max(b.together, len(d.underWay)), len(d.turns) > 0)
	}
	d.acceptedAt = now
	if !isCurrent {
		return false, false
	}
	d.inVain = nil
	l.learnLimit(b, now)
	l.record.learnAcceptance(b, now)
	l.backoff.Reset()
	d.backoff.Reset()
	ofAPI, ofSite = d.breaker.isTold, l.breaker.isTold
	if d.only != nil {
		ofAPI, ofSite = ofSite, false
	}
	l.breaker.close()
	d.breaker.close()
	d.cutOffLate(l, b.sentAt)
	d.unpark(l)
	return ofAPI, ofSite
}

func (r *record) learnAcceptance(b *body, now time.Time) {
	r.accepted++
	r.inARow, r.singles, r.asked, r.pausesInARow, r.probesInVain, r.isSilent = 0, 0, 0, 0, 0, false
	if b.tries > 0 {
		r.triesInVain, r.lastFluke = 0, now
	} else {
		r.failureRate -= r.failureRate / failureRateOver
	}
	if !b.isSuspect {
		r.learnFresh(0)
	}
	if b.wasThrottled {
		r.pausesInVain = false
	}
}

// isSlow reports whether a site's answers take far longer than those for other sites. Then
// they say nothing of the API.
func (d *dispatcher) isSlow(l *lane, took time.Duration) bool {
	l.record.typicalTime += (took - l.record.typicalTime) / 4
	return d.only == nil && l.record.typicalTime > time.Second+4*d.pace.typicalTime
}

// learnFailure notes what a failure says of the line, and of the size of bodies.
func (d *dispatcher) learnFailure(b *body, got answer, now time.Time) {
	switch {
	case d.only != nil:
	case got.rule().outcome != unavailable:
		d.inVain = nil
		d.breaker.close()
	case d.speaksAgainstAPI(b) && len(d.inVain) < d.enoughSites(got.policy()):
		d.inVain = append(d.inVain, b.lane)
	}
	switch {
	case got.isSilence() && b.tries == 0:
		b.lane.record.isSilent = true
		if !d.isSlow(b.lane, got.took) {
			d.pace.timedOut(now, b.visits.BytesSize(), got.isTimeout())
		}
	case got.rule().outcome == tooLarge && b.visits.Count > 1:
		if d.pace.shrinkTo(now, b.visits.BytesSize()/2) {
			b.shipment.delivery.logShrinking(b.visits.BytesSize(), d.pace.bytes)
		}
	}
}
