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

// Storage stands between the queue and its storage, because the queue
// (exporterhelper v0.158.0, persistentQueue) loses batches in three cases:
//
// It reads a batch and notes that it has done so in one transaction. If that
// fails, as on a full disk, it passes over the batch and forgets it once the disk
// has space. Here what cannot be noted is read all the same, and what cannot be
// deleted is deleted later; a restart before that delivers it again. Only new
// batches are refused.
//
// When it starts, it takes the batches that were on their way, deletes them and
// puts them at its end. If the process ends in between, or the disk is full, they
// are gone. Here they are deleted when they stand at the end, and are kept in
// memory if they cannot be put there.
//
// It deletes a batch that cannot be sent because it is for another site. Here it
// is kept; see set_aside.go.
type Storage struct {
	storage.Client
	StorageSettings

	mu        sync.Mutex
	starting  bool
	undeleted map[string]struct{} // keys that are still to be deleted
	unwritten map[string][]byte   // batches that could not be put at the end, by key
	failing   bool

	index         asideIndex
	kept          map[string]struct{} // keys of batches set aside, which the queue will want to delete
	telling       *time.Timer         // runs while there is something to tell
	droppedVisits int                 // of what was set aside, since the log was told
	giving        sync.WaitGroup      // what was set aside is being given back
	stopGiving    context.CancelFunc
}

// StorageSettings is what the client needs to know of its exporter.
type StorageSettings struct {
	// id is the storage extension that keeps the queue.
	Id       component.ID
	Logger   *zap.Logger
	Encoding Encoding
	// limit is how many bytes of batches are set aside.
	Limit int
	// dropped is told of visits that were set aside and are deleted.
	Dropped func(visits int)
}

// NewStorage makes a client for a queue that is about to start.
func NewStorage(set StorageSettings) *Storage {
	return &Storage{
		StorageSettings: set, starting: true, stopGiving: func() {},
		undeleted: map[string]struct{}{}, unwritten: map[string][]byte{}, kept: map[string]struct{}{},
	}
}

// open reads what was set aside before.
func (c *Storage) open(ctx context.Context, client storage.Client) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Client = client
	stored, err := client.Get(ctx, indexKey)
	if err != nil {
		return err
	}
	if err := c.index.load(stored); err != nil {
		c.Encoding.Unreadable(err, 1)
	}
	if len(c.index.runs) > 0 {
		c.tellSoon()
	}
	return nil
}

// started tells that the queue has put at its end what was on its way. What is
// set aside for this exporter follows, by way of offer.
func (c *Storage) started(ctx context.Context, offer func(context.Context, *Batch) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.starting = false
	c.catchUp(ctx)
	if c.index.find(c.own()) >= 0 {
		ctx, c.stopGiving = context.WithCancel(context.WithoutCancel(ctx))
		c.giving.Go(func() { c.giveBack(ctx, offer) })
	}
}

// Close deletes what is still to be deleted.
func (c *Storage) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.telling != nil && c.telling.Stop() {
		c.tell()
	}
	c.catchUp(ctx)
	return c.Client.Close(ctx)
}

// stop ends the giving back. It is called before the queue is shut down, so that
// no batch is in the queue and set aside after that.
func (c *Storage) stop() {
	c.mu.Lock()
	c.stopGiving()
	c.mu.Unlock()
	c.giving.Wait()
}

// Set is one write, as a transaction.
func (c *Storage) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

// Batch fails only if new batches cannot be put.
func (c *Storage) Batch(ctx context.Context, operations ...*storage.Operation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	gets, sets, deletes := byType(operations)
	deletes, kept := c.withoutKept(deletes)
	removes := len(deletes)+kept > 0 // a batch that is done, or that stands at the end now
	if c.starting && removes && len(gets)+len(sets) == 0 {
		c.postpone(deletes)
		return nil
	}
	err := c.makeWay(ctx, sets)
	if err == nil {
		err = c.write(ctx, slices.Concat(gets, sets, deletes))
	}
	switch {
	case err == nil && !c.starting:
		c.catchUp(ctx)
	case err == nil:
	case len(gets) > 0:
		if c.Client.Batch(ctx, gets...) != nil {
			return err
		}
		c.tellFailure(err)
	case removes:
		c.postpone(deletes)
		c.tellFailure(err)
	case c.starting:
		c.hold(sets)
		c.tellFailure(err)
	default:
		return err
	}
	c.recall(gets, deletes)
	c.setAside(ctx, gets)
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

// write makes one transaction of operations, which takes the index along if it has
// changed.
func (c *Storage) write(ctx context.Context, operations []*storage.Operation) error {
	if c.index.changed {
		operations = append(operations, c.index.write())
	}
	err := c.Client.Batch(ctx, operations...)
	if err == nil {
		c.index.changed = false
	}
	return err
}

// withoutKept leaves out what the queue is not to delete because it is set aside,
// and says how much that was.
func (c *Storage) withoutKept(deletes []*storage.Operation) (others []*storage.Operation, kept int) {
	for _, o := range deletes {
		if _, ok := c.kept[o.Key]; ok {
			delete(c.kept, o.Key)
			kept++
			continue
		}
		others = append(others, o)
	}
	return others, kept
}

// postpone remembers what is to be deleted.
func (c *Storage) postpone(deletes []*storage.Operation) {
	for _, o := range deletes {
		c.undeleted[o.Key] = struct{}{}
	}
}

// hold keeps in memory the batches that cannot be put. The queue's notes are not
// kept, because it has them.
func (c *Storage) hold(sets []*storage.Operation) {
	for _, o := range sets {
		if _, isBatch := batchNumber(o); isBatch {
			c.unwritten[o.Key] = o.Value
		}
	}
}

// recall answers from memory what is there.
func (c *Storage) recall(gets, deletes []*storage.Operation) {
	for _, o := range gets {
		if held, ok := c.unwritten[o.Key]; ok && o.Value == nil {
			o.Value = held
		}
	}
	for _, o := range deletes {
		delete(c.unwritten, o.Key)
	}
}

// catchUp writes and deletes what could not be before. While batches are in memory
// alone, nothing is deleted: it may be all that there is of them on the disk. The
// caller holds the lock.
func (c *Storage) catchUp(ctx context.Context) {
	if c.index.changed && c.write(ctx, nil) != nil {
		return
	}
	if len(c.unwritten) > 0 {
		return
	}
	for key := range c.undeleted {
		if c.Delete(ctx, key) != nil {
			return
		}
		delete(c.undeleted, key)
	}
	if c.failing {
		c.failing = false
		c.Logger.Info("The storage of the queue takes writes again.")
	}
}

// tellFailure says once that the storage fails.
func (c *Storage) tellFailure(err error) {
	if !c.failing {
		c.failing = true
		c.Logger.Warn("The storage of the queue takes no writes. Make space, or let it be written to. The visits in it are delivered meanwhile; a restart would deliver them again.", zap.Error(err))
	}
}
