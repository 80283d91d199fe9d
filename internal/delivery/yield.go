// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"errors"
	"time"
)

// errYields withdraws a shipment that goes back to the end of the queue.
var errYields = errors.New("others go first")

// yield sends a shipment back to the end of the queue, if its delivery's shipments hold all
// consumers of the queue: one of which a visit was probed in vain, or of which nothing is
// left but visits that fail alone. They may be nothing but visits at fault, and then only a
// fresh one can show that the API takes visits.
func (d *dispatcher) yield(s *shipment, wasProbed bool) {
	of := s.delivery
	if of.settings.Requeue == nil || of.keeper == keptBySender || of.ending.hasBegun() || s.withdrawnFrom != nil || !d.holdsAll(of) {
		return
	}
	alone := d.alone(s)
	if !wasProbed && len(alone) < s.bodies {
		return // others of it are still to be sent
	}
	for _, b := range alone {
		d.remembered.note(b)
	}
	d.withdrawLocked(s, errYields)
}

// alone are the visits of a shipment that wait because they fail alone.
func (d *dispatcher) alone(s *shipment) (bodies []*body) {
	for _, l := range d.turns {
		for _, b := range l.suspects {
			if b.shipment == s && b.tries > 0 {
				bodies = append(bodies, b)
			}
		}
	}
	return bodies
}

// endQuiet has visits that fail alone wait no longer for evidence if a delivery's shipments hold
// all consumers of the queue: when such a visit has failed again, its shipment goes back.
func (d *dispatcher) endQuiet(of *Delivery) {
	if !d.holdsAll(of) {
		return
	}
	for _, l := range d.turns {
		for _, b := range l.suspects {
			if b.shipment.delivery == of {
				b.quietAt = b.readyAt
			}
		}
	}
}

// holdsAll reports whether a delivery's shipments hold all consumers of the queue.
func (d *dispatcher) holdsAll(of *Delivery) bool {
	if !of.settings.Queue.HasValue() {
		return false
	}
	held := make(map[*shipment]bool)
	note := func(bodies []*body) {
		for _, b := range bodies {
			if b.shipment.delivery == of {
				held[b.shipment] = true
			}
		}
	}
	note(d.underWay)
	for _, l := range d.turns {
		note(l.ready)
		note(l.suspects)
	}
	return len(held) >= of.settings.Queue.Get().NumConsumers+extraConsumers
}

// requeueLimit bounds how long a consumer waits for the queue.
const requeueLimit = time.Second

// requeue puts what is left of a shipment at the end of the queue. It reports whether the
// queue has taken it.
func (d *Delivery) requeue(ctx context.Context, s *shipment) bool {
	if s.leftVisits() == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requeueLimit)
	defer cancel()
	return d.settings.Requeue(ctx, s.rest(&d.destination.Framing)) == nil
}
