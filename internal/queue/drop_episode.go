// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"sync"
	"sync/atomic"
	"time"
)

// episodeEnd is how long the queue must take all visits before an episode ends. A
// queue that is full because the API is slow takes some in between, and each of them
// must not cause a new line in the log.
const episodeEnd = 10 * time.Second

// DropEpisode is a time in which visits are dropped because the queue takes none. It
// lets the log report when it begins and when it ends.
type DropEpisode struct {
	running atomic.Bool // visits is not 0; callers of Queued need no lock otherwise
	mu      sync.Mutex
	visits  int       // dropped in this episode; 0 between episodes
	last    time.Time // when the last were dropped
}

// Dropped counts dropped visits, and reports whether an episode begins with them.
func (e *DropEpisode) Dropped(visits int) (begins bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	begins = e.visits == 0
	e.visits += visits
	e.last = time.Now()
	e.running.Store(true)
	return begins
}

// Queued is called when the queue has taken visits. If that ends an episode, Queued
// returns how many visits were dropped in it, otherwise 0.
func (e *DropEpisode) Queued() (dropped int) {
	if !e.running.Load() {
		return 0
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.visits > 0 && time.Since(e.last) >= episodeEnd {
		dropped, e.visits = e.visits, 0
		e.running.Store(false)
	}
	return dropped
}
