// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package hops

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Settings are what a Tracker needs. All but Found are required.
type Settings struct {
	// Wait is how long a visit waits for the spans above its own.
	Wait time.Duration
	// MaxBytes bounds the memory: half of it is for ids, three eighths are for what
	// waits, and one for what inner hops know. Until Expired has let go what has no
	// room, up to twice as much waits.
	MaxBytes int
	// Tolerance is how far the clocks of two services may differ. A span may begin so
	// much before or after the time of the span that it names as its parent.
	Tolerance time.Duration
	// Seed is random and secret.
	Seed [4]uint64
	// Found is told of each visit that waits no longer because it is a hop. It must not call the tracker.
	Found func(visit string)
}

// Verdict says what becomes of a server span.
type Verdict uint8

// The verdicts.
const (
	Visit  Verdict = iota // nobody is above it
	Hop                   // a span above it serves
	Waits                 // not known yet
	NoRoom                // not known yet, but twice as much waits as may: the visit goes on at once
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
	recent  recent
	turned  time.Duration // when the last block was made
	renewed time.Duration // when inner forgot what was old

	completed atomic.Int64 // 1 + when a bare visit was, or would have been; 0: never
}

// New makes a tracker.
func New(s Settings) *Tracker {
	return &Tracker{settings: s, memory: newMemory(s.Wait, s.MaxBytes/2), waiting: newWaiting(), inner: newInner(s.MaxBytes / 16)}
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
	if !t.memory.isUnasked(now) {
		t.memory.young.touch(spans)
	}
	from := len(spans) - 1
	if hasParentsFirst(spans) {
		from = 0
	}
	for i := range spans {
		if s := &spans[max(from-i, i-from)]; s.Key != 0 && (s.Kind.serves() || !s.isRoot()) {
			t.note(now, s)
		}
	}
	if t.waiting.visits == 0 {
		return 0
	}
	for i := range spans {
		if spans[i].Key != 0 {
			hops += t.wake(now, spans[i].Key)
		}
	}
	return hops
}

// hasParentsFirst says whether parents come before their children. In most payloads they come
// after them, because they end later. The order in which spans are noted changes only how much
// memory they take.
func hasParentsFirst(spans []Span) bool {
	first := 0
	for i := 1; i < len(spans); i++ {
		if spans[i].Parent == spans[i-1].Key {
			first++
		} else if spans[i-1].Parent == spans[i].Key {
			first--
		}
	}
	return first > 0
}

// note remembers a span. Its parent anchors it, if that was noted shortly before.
func (t *Tracker) note(now time.Duration, s *Span) {
	f := factOf(s)
	if s.isRoot() {
		f.anchor()
	} else if above, ok := t.recent.find(s.Parent); ok && (s.Kind.serves() || isLink(f, above, s.Start, int64(t.settings.Tolerance))) {
		f.anchor()
	}
	if f.isAnchored() {
		t.recent.put(s.Key, f)
	}
	t.memory.put(now, s.Key, &f)
}

// wake searches on for those that await the span of a key, and returns how many are
// hops.
func (t *Tracker) wake(now time.Duration, key uint64) (hops int) {
	for w := t.waiting.take(key); w != nil; {
		next := w.left
		w.left, w.right = nil, nil
		isHop, after := t.search(&w.span, w.request.Peer, key, fact{word: w.below, parent: key})
		w.searched = after
		w.moves++
		switch {
		case isHop:
			w.awaits = 0
			t.give(now, w)
			t.waiting.remove(w)
			if t.settings.Found != nil {
				t.settings.Found(w.visit)
			}
			hops++
		case w.moves == maxSteps:
			w.awaits = 0
		default:
			t.waiting.await(w)
			if w.isCalled {
				t.give(now, w)
			}
		}
		w = next
	}
	return hops
}

// give hands over what a waiter knows of its request. Nobody waits for that twice.
func (t *Tracker) give(now time.Duration, w *waiter) {
	if t.inner.wants(w.request) {
		t.inner.give(&w.span, w.request, strings.Clone(w.visit[w.facts:]))
	}
	t.learn(now, w.request)
	w.facts = uint32(len(w.visit))
}

// learn notes if a bare visit came before this inner hop of its request: it does well to
// wait.
func (t *Tracker) learn(now time.Duration, r Request) {
	if !r.IsBare && t.inner.hasBare(r) {
		t.Completed(now)
	}
}

// search says whether a serving span is above a server span. The search begins at the
// span with the key, which is above the span below.
func (t *Tracker) search(s *Span, p Peer, key uint64, below fact) (isHop bool, after searched) {
	c := search{memory: t.memory, tolerance: int64(t.settings.Tolerance), span: s, peer: p, steps: maxSteps}
	isHop = c.climb(key, below)
	return isHop, c.searched
}

// Hold says what becomes of a server span that was noted. If it waits, the tracker
// copies and keeps the visit, which to the tracker is just bytes. From facts on they are
// those with which it may complete another.
func (t *Tracker) Hold(now time.Duration, s *Span, r Request, visit []byte, facts int) Verdict {
	if s.isRoot() && (!r.IsBare || !t.HasCompleted(now) || t.settings.Wait <= 0) {
		return Visit
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.advance(now)
	if s.isRoot() {
		if t.inner.peek(s, r, int64(t.settings.Tolerance)) != "" {
			return Visit
		}
		t.inner.noteBare(r)
		return t.wait(now, s, r, searched{}, visit, len(visit))
	}
	t.memory.ask(now)
	isHop, after := t.search(s, r.Peer, s.Parent, fact{})
	if isHop || after.isCalled {
		if t.inner.wants(r) {
			t.inner.give(s, r, string(visit[facts:]))
		}
		t.learn(now, r)
		facts = len(visit)
	}
	switch {
	case isHop, after.isCalled && t.settings.Wait <= 0:
		return Hop
	case t.settings.Wait <= 0:
		return Visit
	}
	return t.wait(now, s, r, after, visit, facts)
}

// Offer copies and keeps facts that may complete the visit of a request, from a server span with a parent
// that is no visit, whatever is above it.
func (t *Tracker) Offer(now time.Duration, s *Span, r Request, facts []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.advance(now)
	if t.inner.wants(r) {
		t.inner.give(s, r, string(facts))
	}
	t.learn(now, r)
}

// wait copies and keeps a visit, if there is room.
func (t *Tracker) wait(now time.Duration, s *Span, r Request, after searched, visit []byte, facts int) Verdict {
	if t.waiting.bytes > 2*t.maxWaiting() {
		return NoRoom
	}
	t.waiting.add(&waiter{
		span: *s, request: r, searched: after, until: now + t.settings.Wait,
		visit: string(visit), facts: uint32(facts),
	})
	return Waits
}

// Inner returns the facts of an inner hop of the visit's request, or nothing. It has the
// same method and path. They are of use only if the hop came before.
func (t *Tracker) Inner(s *Span, r Request) string {
	if !r.IsBare && !t.HasInner() {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	facts := t.inner.take(s, r, int64(t.settings.Tolerance))
	if facts == "" && r.IsBare {
		t.inner.noteBare(r)
	}
	return facts
}

// InnerSoFar returns what Inner would, and leaves it for a visit that waits.
func (t *Tracker) InnerSoFar(s *Span, r Request) string {
	if !t.HasInner() {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inner.peek(s, r, int64(t.settings.Tolerance))
}

// HasInner says whether Inner may return facts. It costs less.
func (t *Tracker) HasInner() bool { return t.inner.isFilled.Load() }

// Completed notes that facts of an inner hop have completed a bare visit, or would have.
func (t *Tracker) Completed(now time.Duration) { t.completed.Store(int64(now) + 1) }

// HasCompleted says whether that was of late.
func (t *Tracker) HasCompleted(now time.Duration) bool {
	at := t.completed.Load()
	return at != 0 && int64(now)-at+1 < completedWaits*int64(t.settings.Wait)
}

// completedWaits is for how many waits bare visits wait after one was completed.
const completedWaits = 20

// advance forgets what is old, if it is time.
func (t *Tracker) advance(now time.Duration) {
	keep := t.memory.keep
	part := keep / parts
	passed := now - t.turned
	if passed < part {
		return
	}
	t.memory.turn(t.turned+part, now)
	t.turned = now - passed%part
	if t.waiting.gone > len(t.waiting.awaited)/4 {
		t.waiting.refresh()
	}
	if passed := now - t.renewed; passed >= keep {
		if t.inner.turn(); passed >= 2*keep {
			t.inner.turn()
		}
		t.renewed = now - passed%keep
	}
}
