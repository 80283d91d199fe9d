// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// diskQueue is a storage on a disk that holds batches 0 and 1, with its log.
type diskQueue struct {
	*Storage
	disk  *fixture.Disk
	batch []byte // what each batch is stored as
	logs  *observer.ObservedLogs
}

// notes is a key under which the queue keeps notes.
const notes = "qmv0"

func newDiskQueue(t *testing.T, started bool) *diskQueue {
	t.Helper()
	encoding, _ := encodingFor(allDestinations()["scrunch"])
	core, logs := observer.New(zap.InfoLevel)
	q := &diskQueue{Storage: newTestStorage(encoding), batch: marshal(t, encoding, lineUp(encoding.Destination.Framing, someVisits(1)...)), logs: logs}
	q.settings.Logger = zap.New(core)
	q.disk = fixture.NewDisk(map[string][]byte{"0": q.batch, "1": q.batch, notes: []byte("old")})
	require.NoError(t, q.open(t.Context(), fixture.DiskClient{Disk: q.disk}))
	if started {
		q.Started(t.Context(), nil)
	}
	return q
}

func (q *diskQueue) keys() (keys []string) {
	for key := range q.disk.Now() {
		keys = append(keys, key)
	}
	return keys
}

func (q *diskQueue) warnings() int { return q.logs.FilterMessageSnippet("takes no writes").Len() }

func (q *diskQueue) recoveries() int { return q.logs.FilterMessageSnippet("takes writes again").Len() }

func TestAFullDiskRefusesOnlyNewBatches(t *testing.T) {
	q := newDiskQueue(t, true)
	q.disk.Fill(true)
	require.Error(t, q.Batch(t.Context(), storage.SetOperation(notes, []byte("new")), storage.SetOperation("2", q.batch)), "a new batch")
	require.Error(t, q.Set(t.Context(), notes, []byte("new")), "notes alone, which come with a new batch")
	assert.Zero(t, q.warnings(), "the pipeline is told")

	read := storage.GetOperation("0")
	require.NoError(t, q.Batch(t.Context(), storage.SetOperation(notes, []byte("read")), read), "a batch to be delivered")
	assert.Equal(t, q.batch, read.Value)
	require.NoError(t, q.Batch(t.Context(), storage.SetOperation(notes, []byte("done")), storage.DeleteOperation("0")), "a batch that is delivered")
	require.NoError(t, q.Delete(t.Context(), "1"))
	assert.ElementsMatch(t, []string{"0", "1", notes}, q.keys())
	assert.Equal(t, "old", string(q.disk.Now()[notes]))
	assert.Equal(t, 1, q.warnings(), "once")

	q.disk.Fill(false)
	require.NoError(t, q.Set(t.Context(), notes, []byte("new")))
	assert.ElementsMatch(t, []string{notes}, q.keys(), "what could not be deleted is deleted with the next write")
	assert.Equal(t, 1, q.recoveries())
	require.NoError(t, q.Set(t.Context(), notes, []byte("newer")))
	assert.Equal(t, 1, q.recoveries(), "once")
}

func TestADiskThatCannotBeReadFails(t *testing.T) {
	q := newDiskQueue(t, true)
	q.client = failingClient{q.client}
	require.Error(t, q.Batch(t.Context(), storage.GetOperation("0")))
	assert.Zero(t, q.warnings())
}

// failingClient fails at each transaction.
type failingClient struct{ storage.Client }

func (failingClient) Batch(context.Context, ...*storage.Operation) error { return assert.AnError }

func TestWhatIsDeletedInAStartIsDeletedAfterIt(t *testing.T) {
	q := newDiskQueue(t, false)
	require.NoError(t, q.Batch(t.Context(), storage.DeleteOperation("0"), storage.DeleteOperation("1")))
	require.NoError(t, q.Batch(t.Context(), storage.SetOperation("2", q.batch), storage.SetOperation(notes, []byte("new"))))
	assert.ElementsMatch(t, []string{"0", "1", "2", notes}, q.keys(), "a crash now loses nothing")
	q.Started(t.Context(), nil)
	assert.ElementsMatch(t, []string{"2", notes}, q.keys())
}

func TestATransactionThatAlsoWritesIsMadeInAStart(t *testing.T) {
	q := newDiskQueue(t, false)
	require.NoError(t, q.Batch(t.Context(), storage.SetOperation(notes, []byte("new")), storage.DeleteOperation("0")))
	assert.Equal(t, "new", string(q.disk.Now()[notes]))
	read := storage.GetOperation("1")
	require.NoError(t, q.Batch(t.Context(), storage.SetOperation(notes, []byte("newer")), read, storage.DeleteOperation("1")))
	assert.Equal(t, q.batch, read.Value)
	assert.Equal(t, "newer", string(q.disk.Now()[notes]))
}

func TestABatchThatCannotBePutInAStartIsKeptInMemory(t *testing.T) {
	q := newDiskQueue(t, false)
	require.NoError(t, q.Delete(t.Context(), "0"))
	q.disk.Fill(true)
	require.NoError(t, q.Batch(t.Context(), storage.SetOperation("2", q.batch), storage.SetOperation(notes, []byte("new"))))
	assert.Equal(t, 1, q.warnings())
	q.Started(t.Context(), nil)
	q.disk.Fill(false)
	require.NoError(t, q.Set(t.Context(), notes, []byte("newer")))
	assert.ElementsMatch(t, []string{"0", "1", notes}, q.keys(), "the old place may be all that there is of it on the disk")
	assert.Zero(t, q.recoveries())

	read, notesRead := storage.GetOperation("2"), storage.GetOperation(notes)
	require.NoError(t, q.Batch(t.Context(), read, notesRead))
	assert.Equal(t, q.batch, read.Value, "answered from memory")
	assert.Equal(t, "newer", string(notesRead.Value), "the queue's notes are those on the disk")
	require.NoError(t, q.Delete(t.Context(), "2"))
	require.NoError(t, q.Set(t.Context(), notes, []byte("newest")))
	assert.ElementsMatch(t, []string{"1", notes}, q.keys(), "it is delivered")
	assert.Equal(t, 1, q.recoveries())
}

func TestAStorageThatIsClosedDeletesWhatIsLeft(t *testing.T) {
	q := newDiskQueue(t, true)
	q.disk.Fill(true)
	require.NoError(t, q.Delete(t.Context(), "0"))
	q.disk.Fill(false)
	require.NoError(t, q.Close(t.Context()))
	assert.ElementsMatch(t, []string{"1", notes}, q.keys())
}

func TestAQueueThatIsNotOnDiskHasNoStorage(t *testing.T) {
	assert.Nil(t, NewStorage(nil, StorageSettings{}), "there is no queue")
	assert.Nil(t, NewStorage(&Config{}, StorageSettings{}), "it is in memory")
}

func TestAsMuchIsSetAsideAsTheQueueMayHave(t *testing.T) {
	assert.Equal(t, 1000, maxAside(&Config{Sizer: inBytes, QueueSize: 1000}))
	assert.Equal(t, 64<<20, maxAside(&Config{Sizer: inItems, QueueSize: 1000}), "the queue counts visits")
}
