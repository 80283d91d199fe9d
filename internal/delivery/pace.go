// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"cmp"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// pace is how many requests may be under way, and how large their bodies may be. It
// grows while answers come quickly, or no later than if a request were alone, and shrinks
// when they come late or not at all: additive increase, multiplicative decrease. The
// dispatcher guards it.
type pace struct {
	timeout     time.Duration // of a request; 0 is none
	mostUnder   int           // num_consumers
	underWay    int           // how many requests may be under way
	bytes       int           // how large a body may be
	shrunk      time.Time     // when bytes last fell
	typicalTime time.Duration // how long an accepted request takes, smoothed
	aloneTime   time.Duration // the same of those that had no other beside them; 0 is not known
	rate        float64       // the most bytes a second that a request carried of late; 0 is not known
	largest     float64       // the most bytes that a body had of late
	round       round
	steadyUntil time.Time // until then, slow answers ask for no more requests
}

// round is as many answers as requests may be under way.
type round struct {
	answers int
	took    time.Duration // all of them
}

// The bounds of pace.
const (
	// minBytes is the smallest limit of a body that is learned. It has room for two
	// visits of the largest size.
	minBytes = 128 << 10
	// regrowAfter is how long a limit lasts that was learned: of a body's size, and of
	// requests that wait for each other.
	regrowAfter = 30 * time.Second
)

func newPace(timeout time.Duration, mostUnder int) pace {
	return pace{timeout: timeout, mostUnder: max(mostUnder, 1), underWay: 1, bytes: destination.MaxBodyBytes, typicalTime: 2 * time.Second}
}

// accepted learns from the answer to a body of this size. So many requests were under way with
// it, itself included.
func (p *pace) accepted(now time.Time, bytes int, took time.Duration, together int, isWanted bool) {
	p.typicalTime += (took - p.typicalTime) / 4
	rate := float64(bytes) / max(took, time.Millisecond).Seconds()
	p.rate = max(rate, p.rate+(rate-p.rate)/16)
	size := float64(bytes)
	p.largest = max(size, p.largest+(size-p.largest)/16)
	tellsOfLarge := size >= p.largest/2 // a small body is quick, whatever is beside it
	if together <= 1 && tellsOfLarge {
		p.aloneTime = (took + cmp.Or(p.aloneTime, took)) / 2
	}
	switch {
	case p.isQuick():
		if isWanted && !p.isCrowded(took) {
			p.underWay = min(p.underWay+1, p.mostUnder)
		}
		p.round = round{}
		if now.Sub(p.shrunk) >= regrowAfter {
			p.bytes = min(2*p.bytes, destination.MaxBodyBytes)
		}
	case took > p.timeout/2: // the next may come too late
		p.slowDown(now)
	case together >= p.underWay && tellsOfLarge:
		p.compare(now, took)
	}
}

// isQuick reports whether answers come so quickly that requests which wait for each other
// do no harm.
func (p *pace) isQuick() bool { return p.timeout == 0 || p.typicalTime <= p.timeout/16 }

// isCrowded reports whether a request took more than a second, and much longer than one that is
// alone.
func (p *pace) isCrowded(took time.Duration) bool {
	return took > time.Second && took > p.aloneTime*3/2
}

// compare finds out, while answers are slow, whether requests wait for each other. Then
// more of them only wait longer, and are under way for nothing when the line breaks.
func (p *pace) compare(now time.Time, took time.Duration) {
	p.round.answers++
	p.round.took += took
	if p.round.answers < p.underWay {
		return
	}
	each := p.round.took / time.Duration(p.round.answers)
	p.round = round{}
	switch {
	case p.underWay > 1 && each >= p.aloneTime*3/2:
		p.underWay--
		p.steadyUntil = now.Add(regrowAfter)
	case each <= p.aloneTime*5/4 && each <= p.timeout/4 && !now.Before(p.steadyUntil):
		p.underWay = min(p.underWay+1, p.mostUnder)
	}
}

// slowDown halves the requests under way, or the bodies if there is one only.
func (p *pace) slowDown(now time.Time) {
	p.round = round{}
	if p.underWay > 1 {
		p.underWay /= 2
		return
	}
	p.shrinkTo(now, p.bytes/2)
}

// timedOut learns from a request that got no answer. If it had the whole time, its body
// may be too large, and there may be too many requests. So there may be if it was cut off
// while answers are slow.
func (p *pace) timedOut(now time.Time, bytes int, hadTime bool) {
	if hadTime || !p.isQuick() {
		p.underWay = max(p.underWay/2, 1)
	}
	if hadTime && bytes > minBytes {
		p.shrinkTo(now, bytes/2)
	}
}

// shrinkTo lowers the limit of a body's size, and reports whether it did.
func (p *pace) shrinkTo(now time.Time, bytes int) bool {
	bytes = max(bytes, minBytes)
	if bytes >= p.bytes {
		return false
	}
	p.bytes, p.shrunk = bytes, now
	return true
}

// begin starts anew, with one request, after the API was at fault.
func (p *pace) begin() { p.underWay = 1 }

// lateAfter is how long a request with a body of this size may take before it is
// late: far longer than others take, and than its bytes need on a slow line. What needs more
// than half of the timeout for its bytes is late in any case.
func (p *pace) lateAfter(typicalTime time.Duration, bytes int) time.Duration {
	const slowest = 500_000 // bytes a second, unless the line is known to be slower
	rate := min(cmp.Or(p.rate, slowest), slowest)
	forBytes := time.Duration(float64(bytes) / rate * float64(time.Second))
	if p.timeout > 0 {
		forBytes = min(forBytes, max(p.timeout/2, time.Duration(bytes)*time.Second/slowest))
	}
	return 1500*time.Millisecond + 4*typicalTime + forBytes
}
