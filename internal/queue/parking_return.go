// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Start lets what is parked return by way of offer, which puts a batch into the queue. It is
// called when the queue has started. Batches can be parked before.
func (l *Lot) Start(ctx context.Context, offer func(context.Context, *Batch) error) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	l.lookAtAll(ctx)
	l.returning.Go(func() { l.run(ctx, offer) })
}

// BeginShutdown is called before the queue is shut down. Nothing returns after it.
func (l *Lot) BeginShutdown() {
	if l == nil {
		return
	}
	l.mu.Lock()
	l.stop()
	l.mu.Unlock()
	l.returning.Wait()
}

// Rest hands out, ready for delivery, what is parked in memory, and what is parked there
// from now on: nobody else will have it. What is on a disk stays there. It is called after
// BeginShutdown.
func (l *Lot) Rest(ctx context.Context, last func(*Batch)) {
	if l == nil || l.shelf.isLasting() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = last
	for _, s := range l.sites {
		for ; s.first < s.next; l.popped(ctx, s, amount{}) {
			if b, err := l.shelf.at(ctx, s, s.first); err == nil && b != nil {
				b.Take()
				last(b)
			}
		}
	}
}

// run lets batches return until ctx ends.
func (l *Lot) run(ctx context.Context, offer func(context.Context, *Batch) error) {
	looks := time.NewTicker(lookPause)
	defer looks.Stop()
	var pause time.Duration
	for {
		s, b, err := l.claim(ctx)
		switch {
		case s != nil && b == nil: // it was lost or set aside
			continue
		case s != nil:
			if err = l.move(ctx, s, b, offer); err == nil {
				pause = 0
				continue
			}
		}
		var ready <-chan struct{} = l.wake
		var later <-chan time.Time
		if err != nil {
			pause = min(max(2*pause, minReturnPause), maxReturnPause)
			ready, later = nil, time.After(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-ready:
		case <-later:
		case <-looks.C:
			l.SitesChanged(ctx)
		}
	}
}

// claim takes the turn of the next site, and reads its oldest batch, which is nil if it was
// lost or set aside. There is no site if nothing may return.
func (l *Lot) claim(ctx context.Context) (*parkedSite, *Batch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer()
	for len(l.turns) > 0 {
		s := l.turns[0]
		if s.permit == mayStay || s.isEmpty() {
			l.endTurn(s, false)
			continue
		}
		b, err := l.shelf.at(ctx, s, s.first)
		if err != nil {
			l.endTurn(s, true)
			return nil, nil, err
		}
		if b == nil {
			l.popped(ctx, s, s.average())
		}
		s.isMoving = b != nil
		return s, b, nil
	}
	return nil, nil, nil
}

// endTurn takes the turn of the first site away, which may get another one. The caller holds
// the lock.
func (l *Lot) endTurn(s *parkedSite, again bool) {
	l.turns = slices.Delete(l.turns, 0, 1)
	if s.hasTurn = again; again {
		l.turns = append(l.turns, s)
	}
}

// popped takes the oldest batch of a site away, of this amount. The caller holds the lock.
func (l *Lot) popped(ctx context.Context, s *parkedSite, had amount) {
	s.first++
	l.uncount(s, had)
	l.shelf.removed(ctx, s, s.first-1)
}

// move offers the batch of a claim to the queue, once that has room. It fails if the queue
// does not take it.
func (l *Lot) move(ctx context.Context, s *parkedSite, b *Batch, offer func(context.Context, *Batch) error) error {
	had := amountOf(b)
	err := l.awaitRoom(ctx, s, b)
	if err == nil { // the batch is the queue's, and may be merged with others at once
		l.shelf.offered(b)
		if err = offer(ctx, b); err != nil {
			l.shelf.refused(b)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.isMoving = false
	if err == nil {
		l.popped(context.WithoutCancel(ctx), s, had)
		if s.permit == mayTryOne {
			s.permit = mayStay
		}
	}
	l.endTurn(s, s.permit != mayStay && !s.isEmpty())
	if errors.Is(err, errWithdrawn) {
		return nil
	}
	return err
}

// roomPause is how long a batch waits before it looks again for room in the queue.
const roomPause = 100 * time.Millisecond

// errWithdrawn says that a batch may not return any more.
var errWithdrawn = errors.New("the site is paused again")

// awaitRoom waits until the queue has room for a batch. It fails if the permit ends before.
func (l *Lot) awaitRoom(ctx context.Context, s *parkedSite, b *Batch) error {
	for !l.shelf.hasRoom(b) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(roomPause):
		}
		if !l.maySend(s) {
			return errWithdrawn
		}
	}
	return ctx.Err()
}

func (l *Lot) maySend(s *parkedSite) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answer()
	return s.permit != mayStay
}
