// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

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

// foreignQueue is a started storage for one site, on a disk with batches of ten visits
// of another, which are numbered from 0.
func foreignQueue(t *testing.T, batches int) (q *diskQueue, foreign Encoding) {
	t.Helper()
	foreign, _ = encodingFor(destination.Scrunch(&destination.ScrunchConfig{SiteID: anotherSiteID}))
	q = newDiskQueue(t, true)
	kept := map[string][]byte{notes: []byte("old")}
	for number := range uint64(batches) {
		kept[keyOf(number)] = marshal(t, foreign, lineUp(foreign.Destination.Framing, someVisits(10)...))
	}
	q.disk = fixture.NewDisk(kept)
	q.client = fixture.DiskClient{Disk: q.disk}
	return q, foreign
}

// read reads a batch as the queue does, and deletes it if there is none that can be
// sent.
func (q *diskQueue) read(t *testing.T, number uint64) *storage.Operation {
	t.Helper()
	get := storage.GetOperation(keyOf(number))
	require.NoError(t, q.Batch(t.Context(), storage.SetOperation(notes, []byte("read")), get))
	if len(get.Value) == 0 {
		require.NoError(t, q.Batch(t.Context(), storage.SetOperation(notes, []byte("done")), storage.DeleteOperation(keyOf(number))))
	}
	return get
}

func TestABatchOfAnotherSiteStaysOnTheDisk(t *testing.T) {
	q, _ := foreignQueue(t, 3)
	assert.Nil(t, q.read(t, 0).Value, "the queue finds nothing to send")
	assert.ElementsMatch(t, []string{"0", "1", "2", notes, indexKey}, q.keys(), "and cannot delete it")
	assert.Equal(t, 10, visitsAside(t, q.disk))
	require.NoError(t, q.Delete(t.Context(), "0"))
	assert.NotContains(t, q.keys(), "0", "it is protected from the deletion that follows its reading, not from others")
}

func TestTheIndexIsWrittenWithTheTransactionThatForgetsABatch(t *testing.T) {
	q, _ := foreignQueue(t, 1)
	q.read(t, 0)
	for i, kept := range q.disk.Past {
		var x asideIndex
		require.NoError(t, x.load(kept[indexKey]))
		if string(kept[notes]) == "done" {
			assert.Len(t, x.runs, 1, "transaction %d", i)
		}
	}
}

func TestTheOldestAreDroppedIfThereIsNoSpace(t *testing.T) {
	q, _ := foreignQueue(t, 4)
	lost := 0
	q.settings.Dropped = func(visits int) { lost += visits }
	q.maxAside = 2 * len(q.disk.Now()["0"])
	for number := range uint64(4) {
		q.read(t, number)
	}
	assert.Equal(t, 20, lost)
	assert.ElementsMatch(t, []string{"2", "3", notes, indexKey}, q.keys())
	require.NoError(t, q.Close(t.Context()))
	dropped := q.logs.FilterMessageSnippet("Dropping visits that are set aside").All()
	if assert.Len(t, dropped, 1) {
		assert.EqualValues(t, 20, dropped[0].ContextMap()["visits"])
	}
}

// TestANewBatchTakesThePlaceOfOneThatIsSetAside: the queue has lost its notes, and
// begins again at 0.
func TestANewBatchTakesThePlaceOfOneThatIsSetAside(t *testing.T) {
	q, _ := foreignQueue(t, 2)
	lost := 0
	q.settings.Dropped = func(visits int) { lost += visits }
	q.read(t, 0)
	q.read(t, 1)
	require.NoError(t, q.Batch(t.Context(), storage.SetOperation("0", q.batch), storage.SetOperation("7", q.batch)))
	assert.Equal(t, 10, lost, "only what it took the place of")
	assert.Equal(t, 10, visitsAside(t, q.disk))
	assert.Equal(t, q.batch, q.disk.Now()["0"])
}

func TestNothingIsOverwrittenThatCannotBeCounted(t *testing.T) {
	q, _ := foreignQueue(t, 1)
	q.read(t, 0)
	q.client = failingReads{q.client}
	require.Error(t, q.Batch(t.Context(), storage.SetOperation("0", q.batch)))
	assert.NotEqual(t, q.batch, q.disk.Now()["0"])
}

// failingReads fails to read a single key.
type failingReads struct{ storage.Client }

func (failingReads) Get(context.Context, string) ([]byte, error) { return nil, assert.AnError }

// TestAnEmptyPlaceInTheIndexIsNoLoss: a batch can be gone that the index has.
func TestAnEmptyPlaceInTheIndexIsNoLoss(t *testing.T) {
	q, _ := foreignQueue(t, 1)
	q.settings.Dropped = func(visits int) { assert.Zero(t, visits) }
	q.read(t, 0)
	delete(q.disk.Kept, "0")
	require.NoError(t, q.Set(t.Context(), "0", q.batch))
	assert.Equal(t, q.batch, q.disk.Now()["0"])
}

func TestWhatIsSetAsideIsReportedOnceForEachOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, foreign := foreignQueue(t, 3)
		warnings := func() []observer.LoggedEntry {
			return q.logs.FilterMessageSnippet("not for this exporter").All()
		}
		q.read(t, 0)
		q.read(t, 2)
		assert.Empty(t, warnings(), "the queue is given time to read the rest")
		<-time.After(reportDelay + 1)
		if assert.Len(t, warnings(), 1) {
			fields := warnings()[0].ContextMap()
			assert.Equal(t, foreign.Destination.Identity(), fields["they_are_for"])
			assert.EqualValues(t, 20, fields["visits"])
			assert.EqualValues(t, 2, fields["batches"])
		}
		<-time.After(time.Hour)
		require.NoError(t, q.Close(t.Context()))
		assert.Len(t, warnings(), 1, "there is nothing new")
	})
}

func TestTheIndexIsWrittenOnceTheDiskTakesWrites(t *testing.T) {
	q, _ := foreignQueue(t, 1)
	q.disk.Fill(true)
	q.read(t, 0)
	assert.Zero(t, visitsAside(t, q.disk))
	q.disk.Fill(false)
	require.NoError(t, q.Close(t.Context()))
	assert.Equal(t, 10, visitsAside(t, q.disk))
}

func TestWhatIsDroppedOnAFullDiskIsDeletedLater(t *testing.T) {
	q, _ := foreignQueue(t, 2)
	q.read(t, 0)
	q.maxAside = len(q.disk.Now()["0"])
	q.disk.Fill(true)
	q.read(t, 1)
	assert.Contains(t, q.keys(), "0")
	q.disk.Fill(false)
	require.NoError(t, q.Close(t.Context()))
	assert.ElementsMatch(t, []string{"1", notes, indexKey}, q.keys())
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

func TestEachStartReportsWhatIsSetAside(t *testing.T) {
	q, foreign := foreignQueue(t, 0)
	require.NoError(t, q.open(t.Context(), fixture.DiskClient{Disk: asideDisk(t, foreign, 1)}))
	require.NoError(t, q.Close(t.Context()))
	assert.Equal(t, 1, q.logs.FilterMessageSnippet("not for this exporter").Len())
}

func TestAStartWithNothingSetAsideReportsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newDiskQueue(t, true)
		assert.Nil(t, q.reportTimer)
		require.NoError(t, q.Close(t.Context()))
		assert.Zero(t, q.logs.Len())
	})
}

func TestADamagedIndexIsReported(t *testing.T) {
	encoding, refused := encodingFor(allDestinations()["scrunch"])
	s := newTestStorage(encoding)
	require.NoError(t, s.open(t.Context(), fixture.DiskClient{Disk: fixture.NewDisk(map[string][]byte{indexKey: []byte("{")})}))
	require.Len(t, *refused, 1)
	require.ErrorContains(t, (*refused)[0], "index")
	require.NoError(t, s.Close(t.Context()))
}

func TestAClosedStorageReportsAtOnce(t *testing.T) {
	q, _ := foreignQueue(t, 1)
	q.read(t, 0)
	require.NoError(t, q.Close(t.Context()))
	assert.Equal(t, 1, q.logs.FilterMessageSnippet("not for this exporter").Len())
	assert.Zero(t, q.logs.FilterMessageSnippet("Dropping").Len())
}
