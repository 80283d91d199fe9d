// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// pace is how many requests may be under way, and how large their bodies may be. It
// grows while answers come quickly and shrinks when they come late or not at all:
// additive increase, multiplicative decrease. The dispatcher guards it.
type pace struct {
	timeout     time.Duration // of a request; 0 is none
	mostUnder   int           // num_consumers
	underWay    int           // how many requests may be under way
	bytes       int           // how large a body may be
	shrunk      time.Time     // when bytes last fell
	typicalTime time.Duration // how long an accepted request takes, smoothed
	fastestTime time.Duration // the least of late
}

// The bounds of pace.
const (
	// minBytes is the smallest limit of a body that is learned. It has room for two
	// visits of the largest size.
	minBytes = 128 << 10
	// regrowAfter is how long a learned limit of a body's size lasts.
	regrowAfter = 30 * time.Second
)

func newPace(timeout time.Duration, mostUnder int) pace {
	return pace{timeout: timeout, mostUnder: max(mostUnder, 1), underWay: 1, bytes: destination.MaxBodyBytes, typicalTime: 2 * time.Second, fastestTime: time.Hour}
}

// accepted learns from an answer. Quick ones ask for more. One that comes after half
// of the timeout warns that the next may come too late.
func (p *pace) accepted(now time.Time, took time.Duration) {
	p.typicalTime += (took - p.typicalTime) / 4
	p.fastestTime = min(took, p.fastestTime+(p.typicalTime-p.fastestTime)/64)
	switch {
	case p.isQuick():
		p.underWay = min(p.underWay+1, p.mostUnder)
		if now.Sub(p.shrunk) >= regrowAfter {
			p.bytes = min(2*p.bytes, destination.MaxBodyBytes)
		}
	case took > p.timeout/2:
		p.slowDown(now)
	}
}

// isQuick reports whether answers come so quickly that more requests may be under
// way. If requests wait for each other somewhere, more of them only wait longer.
func (p *pace) isQuick() bool {
	return p.timeout == 0 || p.typicalTime <= p.timeout/16 || p.typicalTime <= p.timeout/8 && p.typicalTime <= 2*p.fastestTime
}

// slowDown halves the requests under way, or the bodies if there is one only.
func (p *pace) slowDown(now time.Time) {
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
// late: far longer than others take, and than its bytes need on a slow line.
func (p *pace) lateAfter(bytes int) time.Duration { return lateAfter(p.typicalTime, bytes) }

func lateAfter(typicalTime time.Duration, bytes int) time.Duration {
	const slowest = 500_000 // bytes a second
	return 1500*time.Millisecond + 4*typicalTime + time.Duration(bytes)*time.Second/slowest
}
