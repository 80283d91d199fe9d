// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"sync"
	"sync/atomic"
	"time"
)

// episodeEnd is how long the queue must have taken everything before visits that
// it does not take are worth a new line in the log. A queue that is full because
// the API is slow takes some in between.
const episodeEnd = 10 * time.Second

// DropEpisode tells when visits begin to be dropped because the queue takes none,
// and when that has ended.
type DropEpisode struct {
	running atomic.Bool // visits is not 0; spares those who drop nothing the lock
	mu      sync.Mutex
	visits  int       // dropped in this episode; 0 between episodes
	last    time.Time // when the last were dropped
}

// Dropped counts visits that were dropped, and reports whether an episode begins
// with them.
func (e *DropEpisode) Dropped(visits int) (begins bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	begins = e.visits == 0
	e.visits += visits
	e.last = time.Now()
	e.running.Store(e.visits > 0)
	return begins
}

// Queued is called when the queue has taken visits. If that ends an episode, it
// returns how many visits were dropped in it.
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
