// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"strconv"
	"testing"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

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

// TestABatchLargerThanTheParkingIsParkedAsFarAsThereIsRoom in each unit of a queue.
func TestABatchLargerThanTheParkingIsParkedAsFarAsThereIsRoom(t *testing.T) {
	for i, queue := range []Config{
		{Sizer: exporterhelper.RequestSizerTypeItems, QueueSize: 400},
		{Sizer: exporterhelper.RequestSizerTypeBytes, QueueSize: 40_000},
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			bothLots(t, queue, 1, func(r *lotRig) {
				r.park(t, 0, 0, 1, 300)
				assert.Greater(t, r.Visits(), 70)
				assert.Equal(t, 300, r.full+r.Visits())
				parked := r.Visits()
				r.Unpark(r.sites[0])
				r.requireParked(t, 0)
				assert.Equal(t, upTo(parked), r.numbers(t)[0])
			})
		})
	}
}
