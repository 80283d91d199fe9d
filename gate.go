// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
)

// gate holds all consumers of a destination back while the API wants none of
// them. The queue's consumers know nothing of each other, so each would find
// out for itself, with a request.
//
// When the time is over, one consumer goes ahead as a probe. Its success opens
// the gate for all; its failure closes it again.
type gate struct {
	users int // of the gates that it belongs to

	mu      sync.Mutex
	until   time.Time // while closed: when the next probe may go
	closed  bool
	probing bool          // a probe is out
	changed chan struct{} // closed at each change, so that those who wait look again
}

func newGate() *gate { return &gate{changed: make(chan struct{})} }

// gates has one gate for each exporter of the configuration: its instances for
// traces and for logs talk to the same destination.
type gates struct {
	mu   sync.Mutex
	byID map[component.ID]*gate
}

func newGates() *gates { return &gates{byID: make(map[component.ID]*gate)} }

// acquire is the gate of an exporter, until release.
func (gs *gates) acquire(id component.ID) *gate {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	g, known := gs.byID[id]
	if !known {
		g = newGate()
		gs.byID[id] = g
	}
	g.users++
	return g
}

// release forgets a gate that nobody uses any more: an exporter with a new
// configuration starts with an open one.
func (gs *gates) release(id component.ID) {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if g, known := gs.byID[id]; known {
		if g.users--; g.users == 0 {
			delete(gs.byID, id)
		}
	}
}

// enter waits until a request may be made, or until ctx ends. It reports
// whether the request is a probe; if so, one of open, close and release must
// follow. It waits here and not in the retry sender, which would let every
// consumer come back at a time of its own, up to max_interval after the gate
// has opened.
func (g *gate) enter(ctx context.Context) (probe bool, err error) {
	for {
		probe, wait, changed := g.admit(time.Now())
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

// admit lets the caller go, with a nil channel, or says how long to wait and
// which channel tells of a change before that.
func (g *gate) admit(now time.Time) (probe bool, wait time.Duration, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !g.closed:
		return false, 0, nil
	case g.probing:
		return false, time.Hour, g.changed
	case now.Before(g.until):
		return false, g.until.Sub(now), g.changed
	}
	g.probing = true
	return true, 0, nil
}

// close shuts the gate for the given time and up to a fifth more, so that many
// Collectors do not come back together. An answer to a request that was under
// way before can make the pause longer, never shorter. It reports whether the
// gate was open.
func (g *gate) close(probe bool, wait time.Duration) (wasOpen bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	wasOpen = !g.closed
	if until := time.Now().Add(jitter(wait)); probe || !g.closed || until.After(g.until) {
		g.until = until
	}
	g.closed = true
	if probe {
		g.probing = false
	}
	g.tell()
	return wasOpen
}

// open lets everybody go, after a probe's success. The success of a request
// that was under way when the gate closed says nothing.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed, g.probing = false, false
	g.tell()
}

// release ends a probe that found out nothing, so that the next may go.
func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.probing = false
	g.tell()
}

// isClosed reports whether consumers are held back.
func (g *gate) isClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// tell wakes those who wait. The caller holds the lock.
func (g *gate) tell() {
	close(g.changed)
	g.changed = make(chan struct{})
}

// jitter adds up to a fifth.
func jitter(d time.Duration) time.Duration {
	return d + rand.N(d/5+1) //nolint:gosec // spreads load, guards nothing
}
