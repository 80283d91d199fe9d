// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"errors"
	"slices"
	"time"
)

// errSilence ends a request that gets no answer while others do.
var errSilence = errors.New("no answer, while later requests were answered")

// maxLate is how many late requests do not count as under way. So others can go, and
// show whether the API is silent or only a body.
const maxLate = 3

// late is how many requests under way are late.
func (d *dispatcher) late() (count int) {
	for _, b := range d.underWay {
		if b.isLate {
			count++
		}
	}
	return count
}

// becomeLate is called when a request takes far longer than others. If the API has
// accepted a body of the same site that was sent later, the request is cut off. Otherwise
// others may go.
func (d *dispatcher) becomeLate(b *body, sentAt time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if b.sentAt != sentAt || !slices.Contains(d.underWay, b) { // it was answered meanwhile
		return
	}
	b.isLate = true
	now := time.Now()
	if b.lane.record.lastAcceptedSent.After(b.sentAt) && d.isLateForSite(b, now) {
		b.cancel(errSilence)
	}
	d.dispatch(now)
	d.parkIfSilent(b.lane)
}

// cutOffLate cuts off the late requests of a site that began before one that was accepted.
func (d *dispatcher) cutOffLate(l *lane, sentAt time.Time) {
	if sentAt.After(l.record.lastAcceptedSent) {
		l.record.lastAcceptedSent = sentAt
	}
	now := time.Now()
	for _, b := range d.underWay {
		if b.lane == l && b.isLate && b.sentAt.Before(sentAt) && d.isLateForSite(b, now) {
			b.cancel(errSilence)
		}
	}
}

// isLateForSite reports whether a late request takes far longer than others of the same site,
// whose answers may take longer than those of all others. Then the API may yet answer, and
// would get its visits twice.
func (d *dispatcher) isLateForSite(b *body, now time.Time) bool {
	return d.only != nil || now.Sub(b.sentAt) > d.pace.lateAfter(b.lane.record.typicalTime, b.visits.BytesSize())
}
