// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"maps"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// storageHost is the Collector as the helper is to see it: the storage
// extension of the queue is one that a full disk does not make lose visits.
type storageHost struct {
	component.Host
	id     component.ID
	logger *zap.Logger
}

// GetExtensions returns all extensions, the storage among them replaced.
func (h storageHost) GetExtensions() map[component.ID]component.Component {
	all := maps.Clone(h.Host.GetExtensions())
	if extension, ok := all[h.id].(storage.Extension); ok {
		all[h.id] = storageExtension{extension, h.logger}
	}
	return all
}

// Report hands a status on to the Collector.
func (h storageHost) Report(event *componentstatus.Event) { componentstatus.ReportStatus(h.Host, event) }

type storageExtension struct {
	storage.Extension
	logger *zap.Logger
}

func (e storageExtension) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	client, err := e.Extension.GetClient(ctx, kind, id, name)
	if err != nil {
		return nil, err
	}
	return &storageClient{Client: client, logger: e.logger, undeleted: map[string]struct{}{}}, nil
}

// storageClient lets the queue read while the disk takes no writes. The queue
// reads a batch and notes that it has done so in one transaction; if that
// fails, it passes over the batch and, once the disk has space, forgets it
// (exporterhelper v0.158.0, persistentQueue.getNextItem). Here what cannot be
// noted is read all the same, and what cannot be deleted is deleted later. A
// restart before that delivers it again. Only the putting of new batches fails.
//
// The queue calls it one at a time.
type storageClient struct {
	storage.Client
	logger    *zap.Logger
	undeleted map[string]struct{}
	failing   bool
}

// Batch fails only if something is to be put and nothing to be got or deleted.
func (c *storageClient) Batch(ctx context.Context, operations ...*storage.Operation) error {
	err := c.Client.Batch(ctx, operations...)
	if err == nil {
		c.catchUp(ctx)
		return nil
	}
	var gets []*storage.Operation
	deletes := false
	for _, o := range operations {
		switch o.Type {
		case storage.Get:
			gets = append(gets, o)
		case storage.Delete:
			deletes = true
			c.undeleted[o.Key] = struct{}{}
		}
	}
	if len(gets) > 0 {
		if c.Client.Batch(ctx, gets...) != nil {
			return err
		}
	} else if !deletes {
		return err
	}
	if !c.failing {
		c.failing = true
		c.logger.Warn("The storage of the queue takes no writes. Make space, or let it be written to. The visits in it are delivered meanwhile; a restart would deliver them again.", zap.Error(err))
	}
	return nil
}

// catchUp deletes what could not be deleted before.
func (c *storageClient) catchUp(ctx context.Context) {
	for key := range c.undeleted {
		if c.Client.Delete(ctx, key) != nil {
			return
		}
		delete(c.undeleted, key)
	}
	if c.failing {
		c.failing = false
		c.logger.Info("The storage of the queue takes writes again.")
	}
}
