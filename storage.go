// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"maps"
	"sync"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// storageHost is the Collector as the helper is to see it: its storage
// extension gives the queue our client.
type storageHost struct {
	component.Host
	id     component.ID
	client *storageClient
}

// GetExtensions returns all extensions, the storage among them replaced.
func (h storageHost) GetExtensions() map[component.ID]component.Component {
	all := maps.Clone(h.Host.GetExtensions())
	if extension, ok := all[h.id].(storage.Extension); ok {
		all[h.id] = storageExtension{extension, h.client}
	}
	return all
}

// Report hands a status on to the Collector.
func (h storageHost) Report(event *componentstatus.Event) {
	componentstatus.ReportStatus(h.Host, event)
}

type storageExtension struct {
	storage.Extension
	client *storageClient
}

func (e storageExtension) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (client storage.Client, err error) {
	e.client.Client, err = e.Extension.GetClient(ctx, kind, id, name)
	return e.client, err
}

// storageClient stands between the queue and its storage, because the queue
// (exporterhelper v0.158.0, persistentQueue) loses batches in two cases:
//
// It reads a batch and notes that it has done so in one transaction. If that
// fails, as on a full disk, it passes over the batch and forgets it once the
// disk has space. Here what cannot be noted is read all the same, and what
// cannot be deleted is deleted later; a restart before that delivers it again.
// Only new batches are refused.
//
// When it starts, it takes the batches that were on their way, deletes them and
// puts them at its end. If the process ends in between, or the disk is full,
// they are gone. Here they are deleted when they stand at the end, and are kept
// in memory if they cannot be put there.
type storageClient struct {
	storage.Client
	logger *zap.Logger

	mu        sync.Mutex
	starting  bool
	undeleted map[string]struct{}
	unwritten map[string][]byte
	failing   bool
}

// newStorageClient makes a client for a queue that is about to start.
func newStorageClient(logger *zap.Logger) *storageClient {
	return &storageClient{logger: logger, starting: true, undeleted: map[string]struct{}{}, unwritten: map[string][]byte{}}
}

// started tells that the queue has put at its end what was on its way.
func (c *storageClient) started(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.starting = false
	c.catchUp(ctx)
}

// Batch fails only if new batches cannot be put.
func (c *storageClient) Batch(ctx context.Context, operations ...*storage.Operation) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var gets, deletes, sets []*storage.Operation
	for _, o := range operations {
		switch o.Type {
		case storage.Get:
			gets = append(gets, o)
		case storage.Delete:
			deletes = append(deletes, o)
		case storage.Set:
			sets = append(sets, o)
		}
	}
	if c.starting && len(deletes) == len(operations) {
		c.postpone(deletes)
		return nil
	}
	err := c.Client.Batch(ctx, operations...)
	switch {
	case err == nil && !c.starting:
		c.catchUp(ctx)
	case err == nil:
	case len(gets) > 0:
		if c.Client.Batch(ctx, gets...) != nil {
			return err
		}
		c.tell(err)
	case len(deletes) > 0:
		c.postpone(deletes)
		c.tell(err)
	case c.starting:
		c.hold(sets)
		c.tell(err)
	default:
		return err
	}
	c.recall(gets, deletes)
	return nil
}

// Close deletes what is still to be deleted.
func (c *storageClient) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp(ctx)
	return c.Client.Close(ctx)
}

// postpone remembers what is to be deleted.
func (c *storageClient) postpone(deletes []*storage.Operation) {
	for _, o := range deletes {
		c.undeleted[o.Key] = struct{}{}
	}
}

// hold keeps in memory what cannot be put. The keys of batches are numbers; the
// queue's notes are not kept, for it has them.
func (c *storageClient) hold(sets []*storage.Operation) {
	for _, o := range sets {
		if isDigits(o.Key) {
			c.unwritten[o.Key] = o.Value
		}
	}
}

// recall answers from memory what is there.
func (c *storageClient) recall(gets, deletes []*storage.Operation) {
	for _, o := range gets {
		if held, ok := c.unwritten[o.Key]; ok && o.Value == nil {
			o.Value = held
		}
	}
	for _, o := range deletes {
		delete(c.unwritten, o.Key)
	}
}

// catchUp deletes what was not deleted before, unless it may be all that there
// is of a batch on the disk. The caller holds the lock.
func (c *storageClient) catchUp(ctx context.Context) {
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
		c.logger.Info("The storage of the queue takes writes again.")
	}
}

// tell says once that the storage fails.
func (c *storageClient) tell(err error) {
	if !c.failing {
		c.failing = true
		c.logger.Warn("The storage of the queue takes no writes. Make space, or let it be written to. The visits in it are delivered meanwhile; a restart would deliver them again.", zap.Error(err))
	}
}
