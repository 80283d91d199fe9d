// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import "math"

// verdict is what becomes of a body, and of all others, after an answer.
type verdict uint8

const (
	accept   verdict = iota // the body is delivered
	split                   // the body is at fault: its parts are sent on their own
	again                   // the visit may be at fault: it waits by itself, and is tried again
	repeat                  // likewise, but it is tried again at once
	setAside                // the visit is at fault: it is dropped
	ask                     // nobody knows: a single visit is sent at once to find out
	pause                   // the API is at fault: everything is kept, and nothing is sent for a while
)

// evidence is what is known when a request has failed.
type evidence struct {
	// othersAccepted is set if the API has accepted other bodies since this one was
	// sent, or since it failed before.
	othersAccepted bool
	// isHeldUp is set if nothing else can be sent, so that nothing else can be accepted.
	isHeldUp bool
	// inARow is how many requests have failed since the API last accepted one.
	inARow int
	// singles is how many of these were for one visit, of which nothing was known.
	singles int
	// isAlone is set if the body is one visit.
	isAlone bool
	// tries is how often the visit has failed alone while others were accepted.
	tries int
	// clearTries is how many of the last ones were clear; see policy.
	clearTries int
	// isQuiet is set if the try counts though nothing else was accepted.
	isQuiet bool
	// triesInVain is how many tries of such visits have failed since one succeeded.
	triesInVain int
	// isFlaky is set if lately a visit was accepted that had failed alone before. Then
	// failures of other visits say nothing about this one.
	isFlaky bool
	// failureRate is the share of other requests that fail.
	failureRate float64
	// freshRate is the share of bodies that fail of which nothing was known.
	freshRate float64
	// wantsPause is set if the API asks for a pause that may help.
	wantsPause bool
	// isLimit is set if a limit of requests explains the failure.
	isLimit bool
	// isLast is set if there is no time for many more tries.
	isLast bool
}

// verdict decides what follows from a failure. It is the only place that does:
//
//	the API wants a pause                                     pause
//	a limit of requests explains it                           ask
//	others were accepted lately, and the body is many visits  split
//	... one visit                                             again
//	... one visit, which is to meet another server            repeat
//	... one visit that was tried enough                       setAside
//	nothing was accepted lately                               ask
//	... and single visits were not, either                    pause
//
// A visit that is known to fail alone says nothing about the API: it is tried again.
func (p policy) verdict(e evidence) verdict {
	isAtFault := e.othersAccepted && (e.inARow <= p.patience || e.tries > 1 || e.isHeldUp)
	switch {
	case e.wantsPause:
		return pause
	case e.isLimit:
		return ask
	case isAtFault && !e.isAlone:
		return split
	case isAtFault && p.triedEnough(e):
		return setAside
	case isAtFault && p.repeats(e):
		return repeat
	case isAtFault, e.tries > 0:
		return again
	case e.singles < p.patience:
		return ask
	}
	return pause
}

// repeats reports whether the next try of a visit comes right after this one. Some do if the API
// does not say that the visit is at fault, the last of the tries that all visits have among them:
// every second request may fail, at one of two servers that take turns, and always this visit's.
func (p policy) repeats(e evidence) bool {
	return !p.isClear && !e.isQuiet && (e.tries+1)%p.tries == 0
}

// triedEnough reports whether a visit has failed alone so often that it is at fault,
// and not the API by chance.
func (p policy) triedEnough(e evidence) bool {
	if e.isLast && e.tries > 1 {
		return true
	}
	if p.isClear {
		return e.clearTries >= p.tries
	}
	return e.tries >= p.tries && chance(e.freshRate, e.tries) < leastChanceAlone && chance(e.failureRate, e.inVain()) < leastChance
}

// leastChance is the chance that an innocent visit is dropped, at most, as far as the tries of
// all visits that fail alone tell, and leastChanceAlone as far as its own do.
const (
	leastChance      = 5e-10
	leastChanceAlone = 1e-2
)

// inVain is how many tries count after the first one, which made it such a visit. Among visits at
// fault the tries of an innocent one are lost, so that only its own count once there was one.
func (e evidence) inVain() int {
	own := e.tries - 1
	if e.isFlaky {
		return own
	}
	return max(own, e.triesInVain)
}

// chance is the chance that so many tries fail in a row, if the visits are innocent. No API is
// taken to be better than a failureRate of an eighth, because failures come together.
func chance(failureRate float64, tries int) float64 {
	return math.Pow(max(failureRate, 0.125), float64(tries))
}
