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

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// anotherSiteID is the site's id with a typo.
const anotherSiteID = "01ARZ3NDEKTSV4RRFFQ69G5FAW"

func TestTheRemedySaysWhatToSetBack(t *testing.T) {
	ka, sc := allDestinations()["known_agents"], allDestinations()["scrunch"]
	another := destination.Scrunch(&destination.ScrunchConfig{SiteID: anotherSiteID, APIKey: fixture.Key})
	for name, c := range map[string]struct {
		now  *destination.Destination
		of   owner
		want string
	}{
		"another site":              {sc, owner{another.Identity(), batchVersion}, "`scrunch::site_id` was changed; set it back to " + anotherSiteID + " to have them delivered."},
		"a destination with a site": {ka, owner{sc.Identity(), batchVersion}, "`scrunch` was replaced by `known_agents`; set `scrunch` with `site_id: " + fixture.SiteID + "` again to have them delivered."},
		"a destination without one": {sc, owner{ka.Identity(), batchVersion}, "`known_agents` was replaced by `scrunch`; set `known_agents` again to have them delivered."},
		"another version":           {sc, owner{"", 3}, "Another version of this exporter wrote them (format 3); that version delivers them."},
	} {
		t.Run(name, func(t *testing.T) {
			encoding, _ := encodingFor(c.now)
			assert.Equal(t, c.want, newTestStorage(encoding).remedy(c.of))
		})
	}
}

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

// visitsAside is how many visits are set aside on a disk.
func visitsAside(t *testing.T, disk *fixture.Disk) (visits int) {
	t.Helper()
	var x asideIndex
	require.NoError(t, x.load(disk.Now()[indexKey]))
	for _, r := range x.runs {
		visits += r.Visits
	}
	return visits
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

// newTestStorage is the storage of a queue on disk that has not started.
func newTestStorage(e Encoding) *Storage {
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.StorageID = &fixture.DiskID
	return NewStorage(&queue, StorageSettings{Logger: zap.NewNop(), Encoding: e, Dropped: func(int) {}})
}
