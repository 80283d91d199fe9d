// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import "time"

// Released is a visit that has waited.
type Released struct {
	Visit string
	// Inner are the facts of an inner hop of the same request, or nothing.
	Inner string
	// TooShort says that it waited for less than the wait, for lack of memory or
	// because the exporter shuts down.
	TooShort bool
	// IsRoot says that nobody is above its span: it waited for Inner only.
	IsRoot bool
}

// Expired yields the visits whose wait is over, in the order in which they came, and
// the oldest of those that have no room. It returns how many turned out to be hops at
// last. The caller owns what is yielded, and may call the tracker.
func (t *Tracker) Expired(now time.Duration, yield func(Released)) (hops int) {
	return t.release(now, t.maxWaiting(), yield)
}

// maxWaiting is how many bytes may wait.
func (t *Tracker) maxWaiting() int { return t.settings.MaxBytes / 8 * 3 }

// IsFull says whether so much waits that Expired would yield some early.
func (t *Tracker) IsFull() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.waiting.bytes > t.maxWaiting()
}

// Withdraw lets go of the visits that have come since a time and that are the caller's. It
// is for those of a payload that was refused, because it will come again.
func (t *Tracker) Withdraw(since time.Duration, is func(visit string) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for w := t.waiting.last; w != nil && w.until >= since+t.settings.Wait; {
		before := w.before
		if is(w.visit) {
			t.waiting.remove(w)
		}
		w = before
	}
}

// Drain yields all that waits.
func (t *Tracker) Drain(now time.Duration, yield func(Released)) (hops int) {
	return t.release(now, -1, yield)
}

// Next says how long the oldest visit has still to wait. ok is false if none waits.
func (t *Tracker) Next(now time.Duration) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting.first == nil {
		return 0, false
	}
	return max(t.waiting.first.until-now, 0), true
}

func (t *Tracker) release(now time.Duration, maxBytes int, yield func(Released)) (hops int) {
	for {
		r, isHop, ok := t.releaseFirst(now, maxBytes)
		switch {
		case !ok:
			return hops
		case isHop:
			hops++
		default:
			yield(r)
		}
	}
}

// releaseFirst takes out the first of those that wait, if its wait is over or if they
// take more than maxBytes. It searches again from the beginning, because several
// spans can have one id and come in any order; not if the parent never came.
func (t *Tracker) releaseFirst(now time.Duration, maxBytes int) (r Released, isHop, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.waiting.first
	if w == nil || now < w.until && t.waiting.bytes <= maxBytes {
		return r, false, false
	}
	t.waiting.remove(w)
	if isHop = w.isCalled; !isHop && w.awaits != w.span.Parent {
		var after searched
		isHop, after = t.search(&w.span, w.request.Peer, w.span.Parent, fact{})
		isHop = isHop || after.isCalled
	}
	if isHop {
		t.give(now, w)
		return r, true, true
	}
	inner := t.inner.take(&w.span, w.request, int64(t.settings.Tolerance))
	return Released{Visit: w.visit, Inner: inner, TooShort: now < w.until, IsRoot: w.span.isRoot()}, false, true
}

// Load is what a tracker holds.
type Load struct {
	Waiting      int // visits
	WaitingBytes int
	IDBytes      int
	Forgotten    int // how often ids were forgotten early, for lack of room, since the start
}

// Load returns what the tracker holds.
func (t *Tracker) Load() Load {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Load{t.waiting.visits, t.waiting.bytes, t.memory.load(), t.memory.forgotten}
}
