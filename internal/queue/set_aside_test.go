// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// anotherSiteID is the site's id with a typo.
const anotherSiteID = "01ARZ3NDEKTSV4RRFFQ69G5FAW"

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

// newTestStorage is the storage of a queue on disk that has not started.
func newTestStorage(e Encoding) *Storage {
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.StorageID = &fixture.DiskID
	return NewStorage(&queue, StorageSettings{Logger: zap.NewNop(), Encoding: e, Exporter: mendID, Signal: "traces", Files: NewFiles(), Dropped: func(int) {}})
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

func TestADamagedIndexIsReported(t *testing.T) {
	encoding, refused := encodingFor(allDestinations()["scrunch"])
	s := newTestStorage(encoding)
	require.NoError(t, s.open(t.Context(), fixture.DiskClient{Disk: fixture.NewDisk(map[string][]byte{indexKey: []byte("{")})}))
	require.Len(t, *refused, 1)
	require.ErrorContains(t, (*refused)[0], "index")
	require.NoError(t, s.Close(t.Context()))
}
