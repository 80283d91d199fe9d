// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"sync"
	"sync/atomic"
	"time"
)

// overflowEnd is how long the queue must have taken everything before visits
// that it does not take are worth a new line in the log. A queue that is full
// because the API is slow takes some in between.
const overflowEnd = 10 * time.Second

// overflow tells episodes in which the queue takes no visits.
type overflow struct {
	running atomic.Bool // lost is not 0; spares those who lose nothing the lock
	mu      sync.Mutex
	lost    int       // in this episode; 0 between episodes
	last    time.Time // when the last were lost
}

// lose counts lost visits, and reports whether an episode begins with them.
func (o *overflow) lose(visits int) (begins bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	begins = o.lost == 0
	o.lost += visits
	o.last = time.Now()
	o.running.Store(o.lost > 0)
	return begins
}

// take is called when the queue has taken visits. If that ends an episode, it
// returns how many visits were lost.
func (o *overflow) take() (lost int) {
	if !o.running.Load() {
		return 0
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.lost > 0 && time.Since(o.last) >= overflowEnd {
		lost, o.lost = o.lost, 0
		o.running.Store(false)
	}
	return lost
}
