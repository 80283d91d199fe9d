// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v7"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// lane is what waits for one site, and what is known of it. An exporter of one site has one
// lane. The dispatcher guards it.
//
// Bodies wait in two lists: those that nothing is known against, and the suspects,
// which failed while others were accepted. The lists take turns, so that neither holds
// up the other, and in each the oldest goes first.
type lane struct {
	site     *destination.Site // nil if the exporter has one site
	ready    []*body
	suspects []*body
	underWay int
	isTurn   bool // of the suspects
	hasTurn  bool // the lane is in the dispatcher's turns
	probe    *body

	breaker breaker
	failed  *destination.Destination // how the site was configured when its pause began
	backoff backoff.ExponentialBackOff
	record  record
	parked  parked

	client atomic.Pointer[client] // see Delivery.clientOf
}

// record is what is remembered of a site's answers, as evidence.
type record struct {
	accepted     int64   // how many bodies the API has accepted
	inARow       int     // requests that have failed since
	singles      int     // of these, for one visit of which nothing was known
	asked        int     // of these, how many different ones
	pausesInARow int     // since
	probesInVain int     // of these, for all sites
	isSilent     bool    // one of them got no answer: the next one may hang as long
	triesInVain  int     // of visits that failed alone, since one of them succeeded; see knownFor
	failureRate  float64 // the share of requests that fail, tries of such visits aside; smoothed
	freshRate    float64 // the same of bodies that nothing was known against
	fresh        int     // how many of these there were
	// pausesInVain is set if a body has failed again after the pause that the API
	// asked for because of it. It may not be the number of requests to which the API
	// objects.
	pausesInVain bool
	isThrottled  bool // the last failure was for a limit, as far as the status says
	isTimed      bool // the API has said when it is to be asked again
	limit        limit
	// triedAt is when the last of triesInVain failed.
	triedAt time.Time
	// lastFluke is when a visit was last accepted that had failed alone before.
	lastFluke time.Time
	// lastAcceptedSent is when the last request began that was accepted.
	lastAcceptedSent time.Time
	// typicalTime is how long an accepted request takes, smoothed.
	typicalTime time.Duration
}

// flakyFor is how long an API is taken to fail at random after a fluke.
const flakyFor = 10 * time.Minute

// failureRateOver is over how many requests the rate of failures is smoothed.
const failureRateOver = 64

// learnFresh notes whether a body failed that nothing was known against. The first few weigh
// no more than if some had been accepted before.
func (r *record) learnFresh(failed float64) {
	const accepted = 8
	r.fresh = min(r.fresh+1, failureRateOver-accepted)
	r.freshRate += (failed - r.freshRate) / float64(r.fresh+accepted)
}

// knownFor is how long after the last of them tries in vain count for further visits. Later the API
// may have begun to fail at random.
const knownFor = time.Hour

// learnTry notes that a visit that fails alone was tried in vain.
func (r *record) learnTry(e evidence, now time.Time) {
	if r.triesInVain = e.triesInVain; e.tries == 1 && now.Sub(r.triedAt) > knownFor {
		r.triesInVain = 0
	}
	r.triedAt = now
}

// isEmpty reports whether nothing waits.
func (l *lane) isEmpty() bool { return len(l.ready)+len(l.suspects) == 0 }

// waiting are all bodies that wait.
func (l *lane) waiting() []*body { return slices.Concat(l.ready, l.suspects) }

// nextProbe takes what is to be sent to find out whether the API takes anything.
func (l *lane) nextProbe(now time.Time, sendsWhole bool, bytes int) *body {
	if l.probe != nil {
		return nil
	}
	i := l.unprobed()
	if i >= 0 && (!sendsWhole || !l.record.limit.isKnown(now)) {
		l.isTurn = false
	}
	if i >= 0 && !sendsWhole {
		b := l.ready[i]
		l.ready = slices.Insert(slices.Delete(l.ready, i, i+1), 0, b)
	}
	b, list := l.take(now)
	if b == nil {
		return nil
	}
	var rest *body
	if sendsWhole {
		b, rest = b.cut(bytes)
	} else {
		b, rest = b.cutOne(rand.N(b.visits.Count)) //nolint:gosec // chooses a place, guards nothing
	}
	putBack(list, rest)
	return b
}

// unprobed is the place of the youngest body of which no visit was probed since the API
// last accepted a body, or -1. The older ones may be the visits at fault that hold up all
// others.
func (l *lane) unprobed() int {
	for i, b := range slices.Backward(l.ready) {
		if b.probed != l.record.accepted+1 {
			return i
		}
	}
	return -1
}

// nextBody takes the body that is to be sent next.
func (l *lane) nextBody(now time.Time, bytes int) *body {
	b, list := l.take(now)
	if b == nil {
		return nil
	}
	b, rest := b.cut(bytes)
	putBack(list, rest)
	return b
}

// take takes the first body that may go, and says from which list.
func (l *lane) take(now time.Time) (*body, *[]*body) {
	lists := [...]*[]*body{&l.ready, &l.suspects}
	if l.isTurn {
		lists[0], lists[1] = lists[1], lists[0]
	}
	for _, list := range lists {
		i := slices.IndexFunc(*list, func(b *body) bool { return !b.nextAt(l.record.accepted).After(now) })
		if i < 0 {
			continue
		}
		b := (*list)[i]
		*list = slices.Delete(*list, i, i+1)
		l.isTurn = list == &l.ready
		isAnswered := b.isAsked && l.record.accepted > b.askedAt
		b.isAsked = b.isAsked && !isAnswered
		if isAnswered && b.visits.Count > 1 && !l.isLimit(b, now) {
			l.split(b)
			return l.take(now)
		}
		return b, list
	}
	return nil, nil
}

// putBack puts the rest of a body first.
func putBack(list *[]*body, rest *body) {
	if rest != nil {
		rest.shipment.bodies++
		*list = slices.Insert(*list, 0, rest)
	}
}

// split puts the parts of a body at the end of the suspects.
func (l *lane) split(b *body) {
	parts := b.split()
	b.shipment.bodies += len(parts) - 1
	l.suspects = append(l.suspects, parts...)
}

// suspect puts a visit that has failed alone at the end of the suspects, or before all others
// if it is to be repeated at once.
func (l *lane) suspect(b *body, v verdict) {
	at := len(l.suspects)
	if v == repeat {
		at, l.isTurn = 0, true
	}
	l.suspects = slices.Insert(l.suspects, at, b)
}

// keep puts a body back that is not at fault. A probe goes back to the body that it
// was cut off, if that still waits. After it another body is probed, if there is one:
// perhaps all visits of this one are at fault.
func (l *lane) keep(b *body, wasProbe bool) {
	list := &l.ready
	if b.isSuspect {
		list = &l.suspects
	}
	if wasProbe {
		b.probed = l.record.accepted + 1
	}
	if i := slices.Index(*list, b.origin); i >= 0 && b.origin.tries == 0 {
		b.origin.probed, b.origin.probes, b.origin.isThrottled = b.probed, b.probes, b.isThrottledWith
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

// nextChange is when the lane has to be looked at again though nothing has happened. It is
// zero if that is never.
func (l *lane) nextChange(now time.Time) (at time.Time) {
	if l.breaker.state(now) == circuitOpen {
		return l.breaker.until
	}
	for _, b := range l.suspects {
		if next := b.nextAt(l.record.accepted); next.After(now) && (at.IsZero() || next.Before(at)) {
			at = next
		}
	}
	return at
}
