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

// breaker is a circuit breaker. It holds back all consumers of a destination while
// the API wants no requests. The queue's consumers do not know of each other, so
// without it each would find out by a request of its own.
//
// A closed breaker lets every request through. trip opens it for some time, in which
// nothing goes through. After that it is half-open: one request goes ahead as a
// probe, and the others wait for its answer.
type breaker struct {
	users int // the deliveries that share it; guarded by Breakers.mu

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

// state depends on the clock alone: a pause ends even if nobody asks.
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

// await returns when a request may be made, or when ctx ends. Once the end has begun,
// it fails at once if the pause outlasts it. It reports whether the request is a
// probe; if so, one of trip, reset and abandon must follow. The
// wait is here and not in the retry sender, which would let each consumer come back
// at a time of its own, up to max_interval after the pause.
func (b *breaker) await(ctx context.Context, end *ending) (probe bool, err error) {
	begun := end.begun
	for {
		probe, changed, pause := b.admit(time.Now())
		if changed == nil {
			return probe, nil
		}
		if begun == nil && b.isOpenAt(end.deadline) {
			return false, errStopped
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-begun:
			begun = nil
		case <-changed:
		case <-pause:
		}
	}
}

// admit lets the caller through if changed is nil. Otherwise it returns what the
// caller has to wait for: a change of the breaker, or the end of the pause if there
// is one.
func (b *breaker) admit(now time.Time) (probe bool, changed <-chan struct{}, pause <-chan time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch state := b.state(now); {
	case state == circuitClosed:
		return false, nil, nil
	case state == circuitOpen:
		return false, b.changed, time.After(b.until.Sub(now))
	case b.probing:
		return false, b.changed, nil
	}
	b.probing = true
	return true, nil, nil
}

// trip opens the breaker for the given time and up to a fifth more, so that many
// Collectors do not come back together. The answer to a probe decides how long. The
// answer to a request that began before the pause can make it longer, never shorter.
// trip reports whether the breaker was closed.
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

// reset closes the breaker after a probe has succeeded. It is for probes alone: that
// a request succeeds which began before the pause says nothing.
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

// isPaused reports whether requests are held back, by a pause or until a probe is
// answered.
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

// wakeAll lets those who wait look again. The caller holds the lock.
func (b *breaker) wakeAll() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// jitter adds a random time of up to a fifth.
func jitter(d time.Duration) time.Duration {
	return d + rand.N(d/5+1) //nolint:gosec // spreads load, guards nothing
}

// Breakers has one breaker for each exporter of the configuration. An exporter has
// a delivery for traces and one for logs, which talk to the same API.
type Breakers struct {
	mu   sync.Mutex
	byID map[component.ID]*breaker
}

// NewBreakers makes the breakers of all exporters of a factory.
func NewBreakers() *Breakers { return &Breakers{byID: make(map[component.ID]*breaker)} }

// acquire returns the exporter's breaker. Each acquire needs a release.
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

// release forgets a breaker that nobody uses any more, so that an exporter with a
// new configuration starts with a closed one.
func (bs *Breakers) release(id component.ID) {
	bs.mu.Lock()
	defer bs.mu.Unlock()
	if b, known := bs.byID[id]; known {
		if b.users--; b.users == 0 {
			delete(bs.byID, id)
		}
	}
}
