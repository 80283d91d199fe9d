// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"sync"
	"time"
)

// Settings are what a Tracker needs. All are required.
type Settings struct {
	// Wait is how long a visit waits for the spans above its own.
	Wait time.Duration
	// MaxBytes bounds the memory: half of it is for ids, and half for what waits.
	MaxBytes int
	// Tolerance is how far the clocks of two services may differ. A span may begin so
	// much before or after the time of the span that it names as its parent.
	Tolerance time.Duration
	// Seed is random and secret.
	Seed [4]uint64
}

// Verdict says what becomes of a server span.
type Verdict uint8

// The verdicts.
const (
	Visit Verdict = iota // nobody is above it
	Hop                  // a span above it serves
	Waits                // not known yet
)

// Tracker decides which server spans are visits. For each payload it is called in this
// order: Note with all spans; then for each server span that may be a visit Hold, and
// Inner if the verdict is Visit; then Expired. Payloads may come from several goroutines.
//
// Times of type time.Duration are of a monotonic clock, whose zero does not matter.
type Tracker struct {
	settings Settings

	mu      sync.Mutex
	memory  *memory
	waiting *waiting
	inner   *inner
	turned  time.Duration // when the newest generation began
}

// New makes a tracker.
func New(s Settings) *Tracker {
	return &Tracker{settings: s, memory: newMemory(s.MaxBytes / 2), waiting: newWaiting(), inner: newInner(s.MaxBytes / 8)}
}

// Note remembers the spans of a payload. A span without a key is ignored. It returns how
// many visits that waited are hops: Expired does not return these.
//
// Spans of a browser or of an app must not be noted. Their parents may be ours, but
// what they ask for is asked from outside.
func (t *Tracker) Note(now time.Duration, spans []Span) (hops int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.advance(now)
	for i := len(spans) - 1; i >= 0; i-- { // parents end last, and so come last
		if s := &spans[i]; s.Key != 0 && (s.Kind.serves() || !s.isRoot()) {
			t.note(s)
		}
	}
	if t.waiting.visits == 0 {
		return 0
	}
	for i := range spans {
		if spans[i].Key != 0 {
			hops += t.wake(spans[i].Key)
		}
	}
	return hops
}

// note remembers a span. What is known of its parent in this generation may anchor it.
func (t *Tracker) note(s *Span) {
	f := factOf(s)
	if s.isRoot() {
		f.anchor()
	}
	for found := t.memory.find(s.Parent, 1); f.parent != 0 && !f.isAnchored(); {
		above, ok := found.next()
		if !ok {
			break
		}
		if above.isAnchored() && (s.Kind.serves() || isLink(f, above, s.Start, int64(t.settings.Tolerance))) {
			f.anchor()
		}
	}
	t.memory.put(s.Key, &f)
}

// wake searches on for those that await the span of a key, and returns how many are
// hops.
func (t *Tracker) wake(key uint64) (hops int) {
	for w := t.waiting.take(key); w != nil; {
		left := w.left
		below, moves := w.below, w.moves+1
		w.left, w.right, w.searched = nil, nil, searched{}
		if t.isHop(w, key, below) {
			w.awaits = 0
			t.inner.give(&w.span, w.request, w.facts)
			t.waiting.remove(w)
			hops++
		} else if w.moves = moves; moves < maxSteps {
			t.waiting.await(w)
		} else {
			w.awaits = 0
		}
		w = left
	}
	return hops
}

// isHop says whether a serving span is above the waiter's, as far as that is known. The
// search begins at the span with the key, which is above the span below.
func (t *Tracker) isHop(w *waiter, key uint64, below fact) bool {
	c := search{memory: t.memory, tolerance: int64(t.settings.Tolerance), span: &w.span, peer: w.request.Peer, steps: maxSteps}
	is := c.climb(key, below)
	w.awaits, w.below = c.awaits, c.below
	return is
}

// Hold says what becomes of a server span that was noted. If it waits, the tracker
// copies and keeps the visit, and the facts with which it may complete another; to the
// tracker both are just bytes.
func (t *Tracker) Hold(now time.Duration, s *Span, r Request, visit, facts []byte) Verdict {
	if s.isRoot() {
		return Visit
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.advance(now)
	w := waiter{span: *s, request: r}
	if t.isHop(&w, s.Parent, fact{}) {
		t.inner.give(s, r, facts)
		return Hop
	}
	if t.settings.Wait <= 0 {
		return Visit
	}
	kept := append(append(make([]byte, 0, len(visit)+len(facts)), visit...), facts...)
	w.visit, w.facts = kept[:len(visit):len(visit)], kept[len(visit):]
	w.until = now + t.settings.Wait
	t.waiting.add(&w)
	return Waits
}

// Inner returns the facts of an inner hop of the visit's request, or nil. It has the
// same method and path. They are of use only if the hop came before.
func (t *Tracker) Inner(s *Span, r Request) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inner.take(s, r, int64(t.settings.Tolerance))
}

// advance begins another generation if it is time.
func (t *Tracker) advance(now time.Duration) {
	part := max(t.settings.Wait/parts, time.Second)
	for turns := 0; now-t.turned >= part; turns++ {
		if turns > parts {
			t.turned = now
			return
		}
		t.turned += part
		t.memory.turn()
		t.inner.turn()
		t.waiting.refresh()
	}
}
