// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"maps"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// storageHost is the Collector as the helper is to see it: its storage
// extension gives the queue our client.
type storageHost struct {
	component.Host
	id     component.ID
	client *Storage
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
	client *Storage
}

// GetClient gives the queue our client, which stands before the storage's own.
func (e storageExtension) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	client, err := e.Extension.GetClient(ctx, kind, id, name)
	if err != nil {
		return nil, err
	}
	return e.client, e.client.open(ctx, client)
}

// Start starts the helper, and with it the queue. If the queue is on a disk, it
// gets our client of the storage, and offer puts into it what was set aside.
func Start(ctx context.Context, host component.Host, helper component.Component, disk *Storage, offer func(context.Context, *Batch) error) error {
	if disk == nil {
		return helper.Start(ctx, host)
	}
	if err := helper.Start(ctx, storageHost{Host: host, id: disk.Id, client: disk}); err != nil {
		return err
	}
	disk.started(ctx, offer)
	return nil
}

// Stop is called before the helper is shut down.
func Stop(disk *Storage) {
	if disk != nil {
		disk.stop()
	}
}
