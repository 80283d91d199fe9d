// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"math/rand/v2"
	"time"
)

// breaker is a circuit breaker. It holds back everything while the API takes nothing.
// A closed breaker lets requests through. An open one lets none through for some
// time. After that it is half-open: one request at a time goes ahead as a probe,
// until one is accepted. The dispatcher guards it.
type breaker struct {
	tripped bool      // open or half-open
	until   time.Time // when an open breaker becomes half-open
	// isOwn is set if the exporter has chosen the pause, and not the API.
	isOwn bool
	// sendsWhole is set if a probe is a whole body. Otherwise it is one visit: little
	// is sent twice if its answer is lost, and it hardly holds the visit at fault.
	sendsWhole bool
	// asks is set if a single visit is sent right after a body has failed, without a pause.
	asks bool
	// isPause is set between the beginning of a pause and the next accepted body.
	isPause bool
	// isTold is set if the log has told of the pause.
	isTold bool
	// freshFrom is from when on a fresh visit ends the pause, because too few were asked to know
	// that the API is at fault. It is zero if enough were.
	freshFrom time.Time
	// cutShort is when a pause would have ended that a fresh visit has ended, or zero.
	cutShort time.Time
	// pauses counts the pauses. What a request says that began before the last one is
	// out of date.
	pauses int64
}

// circuitState is what a breaker does with requests.
type circuitState uint8

const (
	circuitClosed   circuitState = iota // lets all through
	circuitOpen                         // lets none through
	circuitHalfOpen                     // lets one through
)

// state depends on the clock alone: a pause ends even if nobody asks.
func (b *breaker) state(now time.Time) circuitState {
	switch {
	case !b.tripped:
		return circuitClosed
	case now.Before(b.until):
		return circuitOpen
	}
	return circuitHalfOpen
}

// halfOpen lets one probe through at once.
func (b *breaker) halfOpen(now time.Time) {
	b.tripped, b.until, b.sendsWhole, b.asks = true, now, false, true
}

// open begins a pause.
func (b *breaker) open(until time.Time, isOwn, sendsWhole bool) {
	b.tripped, b.until, b.isOwn, b.sendsWhole, b.asks, b.isPause = true, until, isOwn, sendsWhole, false, true
	b.freshFrom, b.cutShort = time.Time{}, time.Time{}
	b.pauses++
}

// tell notes that the log tells of the pause. It reports whether it did not before.
func (b *breaker) tell() (first bool) {
	first = !b.isTold
	b.isTold = true
	return first
}

// endForFresh ends a pause for a fresh visit, if that tells more.
func (b *breaker) endForFresh() {
	if !b.freshFrom.IsZero() && b.freshFrom.Before(b.until) {
		b.until, b.cutShort = b.freshFrom, b.until
	}
}

// lengthen makes a pause longer if the API asks for more in a late answer. No fresh visit ends it
// before.
func (b *breaker) lengthen(until time.Time) {
	if b.tripped && until.After(b.until) {
		b.until = until
	}
	if !b.freshFrom.IsZero() && until.After(b.freshFrom) {
		b.freshFrom = until
	}
}

// hurry ends a pause that the exporter has chosen, because the end has begun.
func (b *breaker) hurry(now time.Time) {
	if b.isOwn {
		b.until = now
	}
}

// close lets all requests through.
func (b *breaker) close() {
	b.tripped, b.isPause, b.isTold, b.cutShort = false, false, false, time.Time{}
}

// jitter adds a random time of up to a fifth, so that many Collectors do not come
// back together.
func jitter(d time.Duration) time.Duration {
	return d + rand.N(d/5+1) //nolint:gosec // spreads load, guards nothing
}
