// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestWhatReturnsIsTheQueuesAtOnce: the queue merges a batch with others before the lot has
// noted that it is gone.
func TestWhatReturnsIsTheQueuesAtOnce(t *testing.T) {
	bothLots(t, aQueue(), 2, func(r *lotRig) {
		r.park(t, 0, 0, 3, 10)
		r.park(t, 1, 0, 1, 10)
		r.BeginShutdown()
		r.Start(t.Context(), func(_ context.Context, b *Batch) error {
			b.Take()
			b.Merge(siteBatch(r.sites[0], 100, 30))
			return nil
		})
		r.TryOne(r.sites[0])
		r.requireParked(t, 30)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.Lot.mu.Lock()
		defer r.Lot.mu.Unlock()
		assert.EqualValues(t, 30, r.used)
	})
}
