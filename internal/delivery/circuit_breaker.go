// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
)

// breaker is a circuit breaker: it holds all consumers of a destination back
// while the API wants none of them. The queue's consumers know nothing of each
// other, so each would find that out for itself, with a request.
//
// A closed breaker lets every request through. trip opens it for a time, in
// which nothing goes through. When the time is over it is half-open: one request
// goes ahead as a probe, the others wait for what it finds out.
type breaker struct {
	users int // deliveries that share it; guarded by breakers

	mu      sync.Mutex
	tripped bool          // open or half-open
	until   time.Time     // when an open breaker becomes half-open
	probing bool          // a probe is under way
	changed chan struct{} // closed at each change, so that those who wait look again
}

// circuitState is what a breaker does with requests.
type circuitState uint8

const (
	circuitClosed   circuitState = iota // lets all through
	circuitOpen                         // lets none through
	circuitHalfOpen                     // lets one through
)

func newBreaker() *breaker { return &breaker{changed: make(chan struct{})} }

// state depends on the clock alone: a pause is over even if nobody asks.
// The caller holds the lock.
func (b *breaker) state(now time.Time) circuitState {
	switch {
	case !b.tripped:
		return circuitClosed
	case now.Before(b.until):
		return circuitOpen
	}
	return circuitHalfOpen
}

// await returns when a request may be made, or when ctx ends. It reports whether
// the request is a probe; if so, one of trip, reset and abandon must follow. The
// wait is here and not in the retry sender, which would let each consumer come
// back at a time of its own, up to max_interval after the pause.
func (b *breaker) await(ctx context.Context) (probe bool, err error) {
	for {
		probe, wait, changed := b.admit(time.Now())
		if changed == nil {
			return probe, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return false, context.Cause(ctx)
		case <-changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// admit lets the caller through, with a nil channel, or says how long to wait
// and which channel tells of a change before that.
func (b *breaker) admit(now time.Time) (probe bool, wait time.Duration, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch state := b.state(now); {
	case state == circuitClosed:
		return false, 0, nil
	case state == circuitOpen:
		return false, b.until.Sub(now), b.changed
	case b.probing:
		return false, time.Hour, b.changed
	}
	b.probing = true
	return true, 0, nil
}

// trip opens the breaker for the given time and up to a fifth more, so that many
// Collectors do not come back together. The answer to a probe sets the time
// anew. The answer to a request that was under way before can make the pause
// longer, never shorter. trip reports whether the breaker was closed.
func (b *breaker) trip(probe bool, pause time.Duration) (wasClosed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	wasClosed = !b.tripped
	if until := time.Now().Add(jitter(pause)); probe || wasClosed || until.After(b.until) {
		b.until = until
	}
	b.tripped = true
	if probe {
		b.probing = false
	}
	b.wakeAll()
	return wasClosed
}

// reset closes the breaker after a probe's success. The success of a request
// that was under way when the breaker tripped says nothing.
func (b *breaker) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tripped, b.probing = false, false
	b.wakeAll()
}

// abandon ends a probe that found out nothing, so that the next one may go.
func (b *breaker) abandon() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probing = false
	b.wakeAll()
}

// isPaused reports whether requests are held back: by the API's wish, or until a
// probe is answered.
func (b *breaker) isPaused() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state(time.Now()) == circuitOpen || b.probing
}

// isOpenAt reports whether the present pause lasts until the given time.
func (b *breaker) isOpenAt(t time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state(t) == circuitOpen
}

// wakeAll tells those who wait to look again. The caller holds the lock.
func (b *breaker) wakeAll() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// jitter adds up to a fifth.
func jitter(d time.Duration) time.Duration {
	return d + rand.N(d/5+1) //nolint:gosec // spreads load, guards nothing
}

// Breakers has one breaker for each exporter of the configuration: its
// instances for traces and for logs talk to the same destination.
type Breakers struct {
	mu   sync.Mutex
	byID map[component.ID]*breaker
}

func NewBreakers() *Breakers { return &Breakers{byID: make(map[component.ID]*breaker)} }

// acquire returns the exporter's breaker, for use until release.
func (bs *Breakers) acquire(id component.ID) *breaker {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	b, known := bs.byID[id]
	if !known {
		b = newBreaker()
		bs.byID[id] = b
	}
	b.users++
	return b
}

// release forgets a breaker that nobody uses any more: an exporter with a new
// configuration starts with a closed one.
func (bs *Breakers) release(id component.ID) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if b, known := bs.byID[id]; known {
		if b.users--; b.users == 0 {
			delete(bs.byID, id)
		}
	}
}
