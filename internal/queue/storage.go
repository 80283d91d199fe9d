// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// Storage is the client through which a queue on disk uses its storage extension.
// It stands in between because the queue (exporterhelper v0.158.0, persistentQueue)
// loses batches in three cases:
//
// The disk is full. The queue reads a batch and notes that it has done so in one
// transaction. If the transaction fails, the queue skips the batch, and forgets it
// once the disk has space. Storage reads the batch all the same. What it cannot
// delete, it deletes later; a restart before that delivers the batch again. Only new
// batches are refused.
//
// The queue starts. It reads the batches that were being delivered, deletes them and
// puts them at its end. If the process ends in between, or the disk is full, they
// are lost. Storage deletes them once they are at the end, and keeps them in memory
// if they cannot be put there.
//
// A batch is for another site, project, destination or version. The queue deletes what it
// cannot send. Storage sets it aside; see set_aside.go.
//
// A nil Storage is that of a queue that is not on disk: Host, Started and
// BeginShutdown do nothing.
type Storage struct {
	settings  StorageSettings
	extension component.ID // keeps the queue
	maxAside  int          // bytes that may be set aside
	client    storage.Client
	stall     stall
	waiting   waitingBatches

	mu        sync.Mutex // guards what follows
	starting  bool
	undeleted map[string]struct{} // keys that are still to be deleted
	unwritten map[string][]byte   // batches that could not be put at the end, by key
	failing   bool                // the log says that the storage fails

	room          room // of the queue
	index         asideIndex
	moving        *movingBatch                // returns to the queue now, or nil
	protected     map[string]struct{}         // keys of batches set aside, which the queue will want to delete
	reportTimer   *time.Timer                 // runs while the log is to be told of batches set aside
	droppedVisits int                         // of batches set aside, since the last report
	loadParked    func(context.Context) error // see Lot
	stopReturning context.CancelFunc
	returning     sync.WaitGroup // batches that were set aside return to the queue
}

// StorageSettings is what a Storage needs of its exporter.
type StorageSettings struct {
	Logger   *zap.Logger
	Encoding Encoding
	Exporter component.ID
	Signal   string // such as traces
	Files    *Files
	// Dropped is told of visits that were set aside and are deleted.
	Dropped func(visits int)
}

// NewStorage makes the client for a queue that is about to start. It is nil if the
// queue is not on disk.
func NewStorage(queue *Config, settings StorageSettings) *Storage {
	if queue == nil || queue.StorageID == nil {
		return nil
	}
	settings.Files.count(settings.Exporter, settings.Signal, 1)
	s := &Storage{
		settings: settings, extension: *queue.StorageID, maxAside: maxAside(queue), room: newRoom(queue),
		starting: true, stopReturning: func() {}, loadParked: func(context.Context) error { return nil },
		undeleted: map[string]struct{}{}, unwritten: map[string][]byte{}, protected: map[string]struct{}{},
	}
	return s
}

// open begins to use the extension's client, and reads what was set aside or parked before.
func (s *Storage) open(ctx context.Context, client storage.Client) error {
	if err := s.openQueue(ctx, client); err != nil {
		return err
	}
	return s.loadParked(ctx)
}

func (s *Storage) openQueue(ctx context.Context, client storage.Client) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = client
	stored, err := client.Get(ctx, indexKey)
	if err != nil {
		return err
	}
	if err := s.index.load(stored); err != nil {
		s.settings.Encoding.Unreadable(err, 1)
	}
	stored, err = client.Get(ctx, notesKey)
	if err != nil {
		return err
	}
	s.room.begin(stored)
	s.compareSecret(ctx)
	if len(s.index.runs) > 0 {
		s.reportSoon()
	}
	return nil
}

// Started is called when the queue has started: the batches that were being
// delivered are at its end. Those that are set aside for this exporter follow, by
// way of offer, which puts a batch into the queue.
func (s *Storage) Started(ctx context.Context, offer func(context.Context, *Batch) error) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starting = false
	s.catchUp(ctx)
	if slices.ContainsFunc(s.index.runs, func(r run) bool { return s.mayReturn(r.owner) }) {
		ctx, s.stopReturning = context.WithCancel(context.WithoutCancel(ctx))
		s.returning.Go(func() { newReturner(s, offer).run(ctx) })
	}
}

// BeginShutdown is called before the queue is shut down: nothing returns to it after
// that, or a batch would be in the queue and set aside as well.
func (s *Storage) BeginShutdown() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.stopReturning()
	s.mu.Unlock()
	s.returning.Wait()
}

// Close deletes what is still to be deleted.
func (s *Storage) Close(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reportTimer != nil && s.reportTimer.Stop() {
		s.report()
	}
	s.catchUp(ctx)
	if s.settings.Encoding.Site != nil {
		s.noteSecret(ctx) // a file may hold another since the start
	}
	s.settings.Files.count(s.settings.Exporter, s.settings.Signal, -1)
	return s.client.Close(ctx)
}

// Get reads what is on the disk.
func (s *Storage) Get(ctx context.Context, key string) ([]byte, error) {
	return s.client.Get(ctx, key)
}

// Set is a transaction of one write.
func (s *Storage) Set(ctx context.Context, key string, value []byte) error {
	return s.Batch(ctx, storage.SetOperation(key, value))
}

// Delete is a transaction of one deletion.
func (s *Storage) Delete(ctx context.Context, key string) error {
	return s.Batch(ctx, storage.DeleteOperation(key))
}

// Batch is a transaction. It fails only if new batches cannot be put.
func (s *Storage) Batch(ctx context.Context, operations ...*storage.Operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stall.begin()()
	gets, sets, deletes := byType(operations)
	s.room.update(sets)
	deletes, protected := s.withoutProtected(deletes)
	removes := len(deletes)+protected > 0 // a batch that is delivered, or that is at the end now
	if s.starting && removes && len(gets)+len(sets) == 0 {
		s.postpone(deletes)
		return nil
	}
	err := s.makeWay(ctx, sets)
	if err == nil {
		err = s.write(ctx, slices.Concat(gets, sets, deletes))
	}
	switch {
	case err == nil && !s.starting:
		s.catchUp(ctx)
	case err == nil:
	case len(gets) > 0:
		if s.client.Batch(ctx, gets...) != nil {
			return err
		}
		s.warnOfFailure(err)
	case removes:
		s.postpone(deletes)
		s.warnOfFailure(err)
	case s.starting:
		s.keepInMemory(sets)
		s.warnOfFailure(err)
	default:
		return err
	}
	s.answerFromMemory(gets)
	s.forget(deletes)
	s.setAside(ctx, gets)
	return nil
}

// byType sorts operations.
func byType(operations []*storage.Operation) (gets, sets, deletes []*storage.Operation) {
	for _, o := range operations {
		switch o.Type {
		case storage.Get:
			gets = append(gets, o)
		case storage.Set:
			sets = append(sets, o)
		case storage.Delete:
			deletes = append(deletes, o)
		}
	}
	return gets, sets, deletes
}

// write makes a transaction, which includes the index if it has changed.
func (s *Storage) write(ctx context.Context, operations []*storage.Operation) error {
	if s.index.changed {
		operations = append(operations, s.index.write())
	}
	err := s.client.Batch(ctx, operations...)
	if err == nil {
		s.index.changed = false
	}
	return err
}
