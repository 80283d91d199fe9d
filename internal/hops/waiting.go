// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import "time"

// waiter is a visit that waits for the spans above its own.
type waiter struct {
	span    Span
	request Request
	until   time.Duration // when the wait is over
	visit   string
	facts   uint32 // where in visit the facts begin that may complete another one
	moves   uint8  // how often its search came further
	searched

	before, after *waiter // in the order of their coming
	left, right   *waiter // that await the same span
}

// waiterBytes is what a waiter takes beside its visit: itself, and its place in the map.
const waiterBytes = 200

func (w *waiter) bytes() int { return waiterBytes + len(w.visit) }

// waiting are the visits that wait. All wait for the same time, so those that came first
// are done first.
type waiting struct {
	first, last *waiter
	visits      int
	bytes       int
	awaited     map[uint64]*waiter // the last one that awaits the span of a key
	filter      filter             // of these keys
	gone        int                // keys that the filter still has and nobody awaits
}

func newWaiting() *waiting {
	q := &waiting{awaited: map[uint64]*waiter{}}
	q.filter.reset(0)
	return q
}

func (q *waiting) add(w *waiter) {
	w.before = q.last
	if q.last != nil {
		q.last.after = w
	} else {
		q.first = w
	}
	q.last = w
	q.visits++
	q.bytes += w.bytes()
	q.await(w)
}

// await enters what a waiter awaits.
func (q *waiting) await(w *waiter) {
	if w.awaits == 0 {
		return
	}
	if w.left = q.awaited[w.awaits]; w.left != nil {
		w.left.right = w
	}
	q.awaited[w.awaits] = w
	if q.filter.add(w.awaits); len(q.awaited) > q.filter.size()/4 {
		q.refresh()
	}
}

func (q *waiting) remove(w *waiter) {
	if w.before != nil {
		w.before.after = w.after
	} else {
		q.first = w.after
	}
	if w.after != nil {
		w.after.before = w.before
	} else {
		q.last = w.before
	}
	q.visits--
	q.bytes -= w.bytes()
	switch {
	case w.awaits == 0:
	case w.right != nil:
		w.right.left = w.left
	case w.left != nil:
		q.awaited[w.awaits] = w.left
	default:
		delete(q.awaited, w.awaits)
		q.gone++
	}
	if w.left != nil {
		w.left.right = w.right
	}
	w.before, w.after, w.left, w.right = nil, nil, nil, nil
}

// take takes out those that await the span of a key. They are linked by left.
func (q *waiting) take(key uint64) *waiter {
	if !q.filter.mayHave(key) {
		return nil
	}
	w := q.awaited[key]
	if w != nil {
		delete(q.awaited, key)
		q.gone++
	}
	return w
}

// refresh makes the filter anew: what nobody awaits any more leaves it.
func (q *waiting) refresh() {
	q.gone = 0
	q.filter.reset(len(q.awaited))
	for key := range q.awaited {
		q.filter.add(key)
	}
}

// filter is a set of keys. While it has four bits or more for each, it affirms one in
// four of those that were not added, or fewer.
type filter struct {
	bits  []uint64
	shift int
}

// reset empties the filter and makes it fit for so many keys and as many again.
func (f *filter) reset(keys int) {
	size := 12
	for 1<<size < 8*keys {
		size++
	}
	if f.shift = 64 - size; len(f.bits) == 1<<size/64 {
		clear(f.bits)
		return
	}
	f.bits = make([]uint64, 1<<size/64)
}

// size is in bits.
func (f *filter) size() int { return 64 * len(f.bits) }

func (f *filter) add(key uint64) { f.bits[key>>f.shift/64] |= 1 << (key >> f.shift % 64) }

func (f *filter) mayHave(key uint64) bool {
	return f.bits[key>>f.shift/64]>>(key>>f.shift%64)&1 != 0
}
