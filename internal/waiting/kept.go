// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package waiting

import (
	"sync"
	"time"
)

// keptPayloads are the payloads on the disk of which visits wait, in their order.
type keptPayloads struct {
	mu  sync.Mutex
	all []keptPayload
}

type keptPayload struct {
	end   uint64        // the number after its own
	until time.Duration // when the wait of its visits is over
}

// overdue is how long after their wait visits are gone for sure.
const overdue = time.Second

func (k *keptPayloads) add(end uint64, until time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, keptPayload{end, until + overdue})
}

// next says how long until the first payload is over.
func (k *keptPayloads) next(now time.Duration) (wait time.Duration, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.all) == 0 {
		return 0, false
	}
	return max(k.all[0].until-now, 0), true
}

// over takes out the payloads that are over, and returns the end of their numbers.
func (k *keptPayloads) over(now time.Duration) (end uint64, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for ; n < len(k.all) && k.all[n].until <= now; n++ {
		end = max(end, k.all[n].end)
	}
	k.all = k.all[n:]
	return end, n > 0
}
