// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// shipment is what the queue gives to Push at a time. It travels in one body or more.
// The dispatcher guards it until done is closed.
type shipment struct {
	delivery *Delivery
	ctx      context.Context // of its requests
	visits   int

	bodies        int            // that wait or are under way
	withdrawn     error          // why it is not to be sent any more, or nil
	withdrawnFrom []*lane        // of which sites nothing of it is to be sent any more
	cause         error          // why that is
	failure       error          // the last one, or nil
	left          []*queue.Batch // what was not sent when it was withdrawn
	yields        []*body        // likewise, to go back to the queue
	stuck         []*body        // for which the queue had no room, with what is known of them
	parks         []*body        // those of sites that are paused
	delivered     int            // how many visits were, also before it was stuck
	isStuck       bool           // the queue had no room for a part of it to go back
	isRest        bool           // it has gone back before: it is what was left of a shipment
	done          chan struct{}  // closed when no body is left
}

func newShipment(ctx context.Context, d *Delivery, visits int) *shipment {
	return &shipment{delivery: d, ctx: ctx, visits: visits, done: make(chan struct{})}
}

// goesOn is the shipment of what could not go elsewhere.
func (s *shipment) goesOn() *shipment {
	next := newShipment(s.ctx, s.delivery, s.visits)
	next.left, next.stuck, next.failure, next.delivered = s.left, s.yields, s.failure, s.delivered
	next.isStuck, next.isRest = s.isStuck || len(s.yields) > 0, s.isRest
	return next
}

// isMostlyDelivered reports whether nine of ten visits were delivered, or all but one, so that the others
// may well be at fault.
func (s *shipment) isMostlyDelivered() bool {
	return s.isRest || s.delivered > 0 && s.visits-s.delivered <= max(1, s.visits/10)
}

// reason says why visits are left.
func (s *shipment) reason() error {
	why := cmp.Or(s.withdrawn, s.cause)
	switch {
	case why == nil:
		return s.failure
	case s.failure == nil || errors.Is(s.failure, why):
		return why
	}
	return fmt.Errorf("%w: %w", why, s.failure)
}

// isOver reports whether what is left is not to be tried again.
func (s *shipment) isOver() bool {
	why := cmp.Or(s.withdrawn, s.cause)
	return why != nil && !errors.Is(why, errYields)
}

// isWithdrawn reports whether nothing of it is to be sent any more for a lane's site.
func (s *shipment) isWithdrawn(l *lane) bool {
	return s.withdrawn != nil || slices.Contains(s.withdrawnFrom, l)
}

// leftVisits is how many visits were not sent.
func (s *shipment) leftVisits() (count int) {
	for _, b := range s.left {
		count += b.Count
	}
	for _, b := range s.yields {
		count += b.visits.Count
	}
	return count
}

// rest makes one batch of the visits that were not sent.
func (s *shipment) rest(f *destination.Framing) *queue.Batch {
	rest := &queue.Batch{Framing: f}
	for _, b := range s.left {
		rest.Merge(b)
	}
	for _, b := range s.yields {
		rest.Merge(b.visits)
	}
	return rest
}

// finish is called when one of the bodies is delivered, dropped or left.
func (s *shipment) finish() {
	if s.bodies--; s.bodies == 0 {
		close(s.done)
	}
}

// body is visits of a shipment, of one site, that travel together, and what is known of them.
type body struct {
	shipment *shipment
	lane     *lane // of its site; from submit on
	visits   *queue.Batch

	suspicion

	// isAsked is set if it has failed and nobody knew why. If the API accepts anything
	// else before it is sent again, it is at fault.
	isAsked bool
	askedAt int64 // how many bodies the API had accepted then
	// probed is one more than how many bodies the API had accepted when a probe of this one
	// failed, and probes how often one did since.
	probed int64
	probes int
	// shares is into how many parts it is to be split; 0 is 2.
	shares int
	// origin is the body that this one was cut off, for a probe. isThrottledWith is set if
	// that was throttled with this one in it.
	origin          *body
	isThrottledWith bool

	// While it is under way.
	sentAt   time.Time
	together int   // how many requests were under way when it was sent, itself included
	pauses   int64 // before it was sent
	isLate   bool
	cancel   context.CancelCauseFunc
}

// suspicion is what speaks against a body, or the one that it was a part of.
type suspicion struct {
	// isSuspect is set if it has failed while others were accepted.
	isSuspect bool
	// tries is how often its only visit has failed alone while others were accepted.
	tries int
	// clearTries is how many of the last ones were answered by a status that says that the
	// visit is at fault.
	clearTries int
	// countedAt is when the last of them failed.
	countedAt time.Time
	// waits is how often it has waited by itself because of that, and quietWaits how often
	// since the API last accepted another one.
	waits, quietWaits int
	// accepted is how many bodies the API had accepted when this one began to be
	// observed: when it was sent, or when it last failed alone.
	accepted   int64
	isObserved bool
	// blamed is how many bodies the API had accepted when it failed for the first time, or with
	// a clear status after another one. wasClear is set if the last status was clear.
	blamed   int64
	isBlamed bool
	wasClear bool
	throttling
	// readyAt is when it may be sent again, and quietAt when even though nothing was
	// accepted since it failed.
	readyAt, quietAt time.Time
}

// blame notes that the body has failed when the API had accepted so many.
func (s *suspicion) blame(p policy, accepted int64) {
	if !s.isBlamed || p.isClear && !s.wasClear {
		s.isBlamed, s.blamed = true, accepted
	}
	s.wasClear = p.isClear
}

// nextAt is when the body may be sent if the API has accepted so many bodies.
func (b *body) nextAt(accepted int64) time.Time {
	if b.tries > 0 && accepted == b.accepted {
		return b.quietAt
	}
	return b.readyAt
}

// cut cuts off as much as fits into the given bytes. The rest is nil if all fits.
func (b *body) cut(bytes int) (head, rest *body) {
	visits, remainder := b.visits.CutBytes(bytes)
	if remainder == nil {
		return b, nil
	}
	head, rest = b.with(visits), b.with(remainder)
	head.isThrottled, rest.isThrottled = false, false
	return head, rest
}

// cutOne cuts off one visit, anywhere: if some visits are at fault, it is hardly one
// of them. The rest is nil if the body is one visit.
func (b *body) cutOne(at int) (one, rest *body) {
	if b.visits.Count == 1 {
		return b, nil
	}
	before, tail := (*queue.Batch)(nil), b.visits
	if at > 0 {
		before, tail = b.visits.CutCount(at)
	}
	visit, after := tail.CutCount(1)
	switch {
	case after == nil:
		after = before
	case before != nil:
		after.Merge(before)
	}
	one, rest = b.with(visit), b.with(after)
	one.isThrottledWith, rest.isThrottled = b.isThrottled, false
	one.origin, one.isAsked, one.throttling = rest, false, throttling{}
	return one, rest
}

// split makes bodies of equal shares. Each is a suspect.
func (b *body) split() []*body {
	var parts []*body
	shares := max(b.shares, 2)
	size := (b.visits.Count + shares - 1) / shares
	for rest := b.visits; rest != nil; {
		var part *queue.Batch
		part, rest = rest.CutCount(size)
		p := b.with(part)
		p.isSuspect, p.isAsked, p.throttling, p.shares = true, false, throttling{}, 0
		parts = append(parts, p)
	}
	return parts
}

// with makes a body of some of the visits, of which the same is known.
func (b *body) with(visits *queue.Batch) *body {
	part := *b
	part.visits, part.origin = visits, nil
	return &part
}
