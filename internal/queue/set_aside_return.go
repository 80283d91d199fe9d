// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

const (
	// The returner waits from minReturnPause to maxReturnPause after a failure.
	minReturnPause = time.Second
	maxReturnPause = time.Minute
	// returnPatience is how long nothing may return before the log says so.
	returnPatience = time.Minute
)

// returner puts what is set aside for this exporter back into the queue, the oldest
// first. New visits have precedence: it offers a batch only when the queue has ample
// room; see room. It cuts a batch that is too large for that. A batch, or the part
// that it offers, is deleted from its old place once it has a new one: if the process
// is killed in between, it is delivered twice.
type returner struct {
	*Storage
	offer func(context.Context, *Batch) error // puts a batch at the queue's end

	from     uint64 // batches with smaller numbers are too large for the queue
	tooLarge int    // visits in them
	visits   int    // returned
	pause    time.Duration
	patience *time.Timer
	warned   bool
}

// movingBatch is a batch that returns to the queue.
type movingBatch struct {
	number        uint64
	visits, bytes int
	head, rest    *Batch // what is offered, and what is not yet or nil
	overwritten   bool   // the queue has written to its place
}

func newReturner(s *Storage, offer func(context.Context, *Batch) error) *returner {
	return &returner{Storage: s, offer: offer}
}

// run returns batches until there are no more, or ctx ends.
func (r *returner) run(ctx context.Context) {
	r.patience = time.NewTimer(returnPatience)
	defer r.patience.Stop()
	for ctx.Err() == nil {
		m, found, err := r.oldest(ctx)
		switch {
		case err != nil:
			r.backOff(ctx, err)
		case !found:
			r.finish()
			return
		case m == nil: // its place was empty
		case r.room.sizeOf(m.head) > r.room.capacity:
			r.from, r.tooLarge = m.number+1, r.tooLarge+m.visits
		case r.awaitRoom(ctx, m.head) && r.claim(m):
			r.move(ctx, m)
		}
	}
}

// mayReturn says whether this exporter may be the one for an owner's batches. An older
// version that could not read them may have noted no identity.
func (s *Storage) mayReturn(o owner) bool {
	return s.settings.Encoding.sends(o) || o.Identity == "" && isReadable(o.Version)
}

// oldest reads the oldest batch that is set aside for this exporter. One that cannot
// be read is deleted.
func (r *returner) oldest(ctx context.Context) (m *movingBatch, found bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	number, found := r.index.first(r.mayReturn, r.from)
	if !found {
		return nil, false, nil
	}
	stored, err := r.client.Get(ctx, keyOf(number))
	if err != nil {
		return nil, true, err
	}
	if len(stored) > 0 {
		if owner, visits, ours := r.settings.Encoding.owner(stored); !ours {
			r.index.remove(number, 1, len(stored))
			r.index.add(owner, number, visits, len(stored))
			return nil, true, nil
		}
	}
	_, request, err := r.settings.Encoding.Unmarshal(stored)
	if err != nil {
		r.index.remove(number, 0, len(stored))
		r.remove(context.WithoutCancel(ctx), number)
		return nil, true, nil // Unmarshal has reported it
	}
	m = &movingBatch{number: number, visits: request.ItemsCount(), bytes: len(stored)}
	m.head, m.rest = r.room.cut(request.(*Batch))
	return m, true, nil
}

// awaitRoom waits until a batch may return. It reports false if ctx ends.
func (r *returner) awaitRoom(ctx context.Context, b *Batch) bool {
	for {
		r.mu.Lock()
		has := r.room.has(b)
		r.mu.Unlock()
		if has {
			return true
		}
		if !await(ctx, r, r.room.changed, nil) {
			return false
		}
	}
}

// claim keeps a batch from being dropped while it moves. It reports false if it was
// dropped before.
func (r *returner) claim(m *movingBatch) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if number, found := r.index.first(r.mayReturn, m.number); !found || number != m.number {
		return false
	}
	r.moving = m
	return true
}

// move offers a batch that is claimed.
func (r *returner) move(ctx context.Context, m *movingBatch) {
	defer r.unclaim()
	if err := r.offer(ctx, m.head); err != nil {
		r.refused(m)
		r.backOff(ctx, err)
		return
	}
	r.visits += m.head.Count
	r.pause = 0
	r.patience.Reset(returnPatience)
	for {
		err := r.moved(context.WithoutCancel(ctx), m)
		if err == nil || !r.backOff(ctx, err) {
			return
		}
	}
}

func (r *returner) unclaim() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moving = nil
}

// refused ends the claim to a batch that the queue did not take.
func (r *returner) refused(m *movingBatch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moving = nil
	if m.overwritten {
		r.countDropped(m.visits)
	}
}

// moved deletes what the queue has again from its old place. It fails if the rest
// cannot be written there.
func (r *returner) moved(ctx context.Context, m *movingBatch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case m.overwritten && m.rest != nil:
		r.countDropped(m.rest.Count)
		return nil
	case m.overwritten:
		return nil
	case m.rest == nil:
		r.index.remove(m.number, m.visits, m.bytes)
		r.remove(ctx, m.number)
		return nil
	}
	stored, err := r.settings.Encoding.Marshal(ctx, m.rest)
	if err != nil {
		return err
	}
	r.index.isolate(m.number, m.visits, m.bytes)
	m.visits, m.bytes = m.rest.Count, len(stored)
	r.index.resize(m.number, m.visits, m.bytes)
	return r.write(ctx, []*storage.Operation{storage.SetOperation(keyOf(m.number), stored)})
}

// backOff waits after a failure, longer each time. It reports false if ctx ends.
func (r *returner) backOff(ctx context.Context, err error) bool {
	r.pause = min(max(2*r.pause, minReturnPause), maxReturnPause)
	return await(ctx, r, time.After(r.pause), err)
}

// await waits for ready, and warns if nothing returns for long. It reports false if
// ctx ends.
func await[T any](ctx context.Context, r *returner, ready <-chan T, err error) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-ready:
			return true
		case <-r.patience.C:
			r.warn(err)
		}
	}
}
