// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// asideDisk is a disk on which batches of ten visits are set aside for the
// encoding's destination.
func asideDisk(t *testing.T, e Encoding, batches int) *fixture.Disk {
	t.Helper()
	kept := map[string][]byte{}
	var x asideIndex
	for number := range uint64(batches) {
		stored := marshal(t, e, lineUp(e.Destination.Framing, someVisits(10)...))
		kept[keyOf(number)] = stored
		x.add(owner{Identity: e.Destination.Identity(), Version: batchVersion}, number, 10, len(stored))
	}
	kept[indexKey] = x.write().Value
	return fixture.NewDisk(kept)
}

// TestVisitsReturnWhenTheQueueHasRoom has a queue that is full at first.
func TestVisitsReturnWhenTheQueueHasRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		encoding, _ := encodingFor(allDestinations()["scrunch"])
		disk := asideDisk(t, encoding, 3)
		s := newTestStorage(encoding)
		require.NoError(t, s.open(t.Context(), fixture.DiskClient{Disk: disk}))
		var mu sync.Mutex
		tries, visits := 0, 0
		s.Started(t.Context(), func(_ context.Context, b *Batch) error {
			mu.Lock()
			defer mu.Unlock()
			if tries++; tries%2 == 1 {
				return exporterhelper.ErrQueueIsFull
			}
			visits += b.Count
			return nil
		})
		s.returning.Wait()
		assert.Equal(t, 30, visits)
		assert.Zero(t, visitsAside(t, disk))
		s.BeginShutdown()
		require.NoError(t, s.Close(t.Context()))
	})
}

func TestShutdownEndsTheReturn(t *testing.T) {
	encoding, _ := encodingFor(allDestinations()["scrunch"])
	disk := asideDisk(t, encoding, 3)
	s := newTestStorage(encoding)
	require.NoError(t, s.open(t.Context(), fixture.DiskClient{Disk: disk}))
	s.Started(t.Context(), func(context.Context, *Batch) error { return exporterhelper.ErrQueueIsFull })
	s.BeginShutdown()
	require.NoError(t, s.Close(t.Context()))
	assert.Equal(t, 30, visitsAside(t, disk))
}

// TestWhatReturnsIsReportedWhenItHasReturned, and not as something for another
// exporter.
func TestWhatReturnsIsReportedWhenItHasReturned(t *testing.T) {
	encoding, _ := encodingFor(allDestinations()["scrunch"])
	core, logs := observer.New(zap.InfoLevel)
	s := newTestStorage(encoding)
	s.settings.Logger = zap.New(core)
	require.NoError(t, s.open(t.Context(), fixture.DiskClient{Disk: asideDisk(t, encoding, 3)}))
	s.mu.Lock()
	s.report()
	s.mu.Unlock()
	assert.Zero(t, logs.Len())
	s.Started(t.Context(), func(context.Context, *Batch) error { return nil })
	s.returning.Wait()
	require.NoError(t, s.Close(t.Context()))
	if assert.Equal(t, 1, logs.Len()) {
		assert.EqualValues(t, 30, logs.All()[0].ContextMap()["visits"])
	}
}
