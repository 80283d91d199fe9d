// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"math"
	"time"
)

// 429, and 503 with Retry-After, have two meanings. The API limits how many requests it gets: then a pause helps, and to
// split a body makes it worse. Or something before the API, such as a firewall, objects to what
// a body holds: then no pause helps.
//
// A body that is accepted as it was throttled proves the first. From then on one that is
// throttled stays whole as long as a limit explains it. Two things speak against that: a single
// visit is accepted right after the body was throttled, and the body is throttled though it is
// the first one after a pause.
//
// Before the proof a body that is throttled with Retry-After is split: the API has said when its limit
// ends, so that it is hardly the limit.

// throttling is what is known of a body that the API throttles.
type throttling struct {
	// isThrottled is set if it was throttled as it is, not as a part of a larger one.
	isThrottled bool
	// wasThrottled is set if there was a pause because of that, and throttles is how often
	// there was, also if the body was parked meanwhile.
	wasThrottled bool
	throttles    int
	// surprise is minus the logarithm of the chance that a limit throttles it so often.
	surprise float64
}

// limit is what is known of a limit of requests.
type limit struct {
	// provenAt is when the API last accepted a body that it had throttled.
	provenAt time.Time
	// firstInVain is the share of bodies that are throttled though they are the first ones
	// after a pause; smoothed.
	firstInVain float64
	// contrasts is the share of visits that are accepted right after others were throttled;
	// smoothed. refutedAt is when there were last too many of them for a limit.
	contrasts float64
	refutedAt time.Time
}

const (
	// limitedFor is how long an API is taken to limit requests after a proof.
	limitedFor = 10 * time.Minute
	// chanceOfContrast is the chance that a limit throttles a body, and not the visit right
	// after it. A limit of ten requests a second does so if an answer takes 20 ms.
	chanceOfContrast = 0.2
	// leastChanceOfLimit is the chance, at least, with which a limit explains what happened.
	leastChanceOfLimit = 1e-2
	// contrastsOver is over how many such visits their share is smoothed.
	contrastsOver = 16
)

// isKnown reports whether the API limits requests at present.
func (l *limit) isKnown(now time.Time) bool {
	isRecent := func(at time.Time) bool { return !at.IsZero() && now.Sub(at) < limitedFor }
	return isRecent(l.provenAt) && !isRecent(l.refutedAt)
}

// learn notes the answer to the first body after a pause, or to a single visit that was sent
// right after others were throttled.
func (l *limit) learn(isFirst, isControl bool, accepted float64, now time.Time) {
	switch {
	case isFirst:
		l.firstInVain += (1 - accepted - l.firstInVain) / failureRateOver
	case isControl:
		l.contrasts += (accepted - l.contrasts) / contrastsOver
	}
	if l.contrasts > chanceOfContrast {
		l.contrasts, l.refutedAt = 0, now
	}
}

// prove notes that the API has accepted a body that it had throttled.
func (l *limit) prove(now time.Time) {
	if !l.isKnown(now) {
		l.firstInVain = 1
	}
	l.provenAt = now
}

// isFirst reports whether a body is the first one after a pause, and isControl whether it is the
// single visit that is sent right after others were throttled.
func (l *lane) isFirst(b *body) bool   { return b == l.probe && l.breaker.sendsWhole }
func (l *lane) isControl(b *body) bool { return b == l.probe && l.breaker.asks }

// isLimit reports whether a limit is why the API has throttled a body. A visit that failed alone
// is tried by itself, whatever the reason.
func (l *lane) isLimit(b *body, now time.Time) bool {
	mayBe := b.visits.Count > 1 || b.tries == 0 && (!b.isSuspect || l.isControl(b))
	return mayBe && l.record.limit.isKnown(now) && b.surprise < -math.Log(leastChanceOfLimit)
}

// learnThrottling notes that the API has throttled a body, and reports whether a limit is why.
func (l *lane) learnThrottling(b *body, now time.Time) bool {
	b.isThrottled = true
	of := &l.record.limit
	if !of.isKnown(now) {
		return false
	}
	if l.isFirst(b) {
		b.surprise -= math.Log(max(of.firstInVain, chanceOfContrast))
	}
	of.learn(l.isFirst(b), l.isControl(b), 0, now)
	return l.isLimit(b, now)
}

// learnLimit notes what it says of a limit that the API has accepted a body.
func (l *lane) learnLimit(b *body, now time.Time) {
	of := &l.record.limit
	if b.isThrottled {
		of.prove(now)
	}
	if !of.isKnown(now) {
		return
	}
	of.learn(l.isFirst(b), l.isControl(b), 1, now)
	if l.isControl(b) {
		l.contrast()
	}
}

// contrast notes that a visit was accepted right after bodies were throttled.
func (l *lane) contrast() {
	for _, b := range l.waiting() {
		if b.isAsked && l.record.isThrottled {
			b.surprise -= math.Log(chanceOfContrast)
		}
	}
}

// endThrottling ends a pause after 429 without Retry-After, if nothing waits but visits that fail
// alone: no pause is for them, and none of them would end it.
func (l *lane) endThrottling() {
	if l.site == nil && l.record.isThrottled && !l.record.isTimed && !l.isEmpty() {
		l.breaker.close()
	}
}
