// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"math/rand/v2"
	"sync"
	"time"
)

// random chooses as its seed says, for many goroutines.
type random struct {
	mu   sync.Mutex
	from *rand.Rand
}

func newRandom(seed uint64) *random { return &random{from: rand.New(rand.NewPCG(seed, 0))} }

// upTo is less than limit.
func (r *random) upTo(limit time.Duration) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Duration(r.from.Int64N(int64(limit)))
}

// happens is true with the given chance.
func (r *random) happens(chance float64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from.Float64() < chance
}
