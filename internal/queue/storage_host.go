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

// Host is the Collector as the queue is to see it: its storage extension hands out
// this client.
func (s *Storage) Host(collector component.Host) component.Host {
	if s == nil {
		return collector
	}
	return storageHost{Host: collector, storage: s}
}

// storageHost is a Collector whose storage extension is replaced.
type storageHost struct {
	component.Host
	storage *Storage
}

// GetExtensions returns all extensions, the storage among them replaced.
func (h storageHost) GetExtensions() map[component.ID]component.Component {
	all := maps.Clone(h.Host.GetExtensions())
	if extension, ok := all[h.storage.extension].(storage.Extension); ok {
		all[h.storage.extension] = storageExtension{extension, h.storage, folderOf(extension)}
	}
	return all
}

// Report hands a status on to the Collector.
func (h storageHost) Report(event *componentstatus.Event) {
	componentstatus.ReportStatus(h.Host, event)
}

// storageExtension is a storage extension that hands out our client.
type storageExtension struct {
	storage.Extension
	storage *Storage
	folder  string // has the extension's files; empty if it is not file_storage
}

// GetClient opens our client on top of the extension's.
func (e storageExtension) GetClient(ctx context.Context, kind component.Kind, id component.ID, name string) (storage.Client, error) {
	if e.folder != "" {
		if err := e.mend(ctx, kind, id, name); err != nil {
			return nil, err
		}
		e.storage.reportStranded(e.folder)
	}
	client, err := e.openClient(ctx, kind, id, name)
	if err != nil {
		return nil, err
	}
	return e.storage, e.storage.open(ctx, &sturdyClient{client: client, told: e.storage.reportBroken})
}

// openClient opens the extension's client.
func (e storageExtension) openClient(ctx context.Context, kind component.Kind, id component.ID, name string) (client storage.Client, err error) {
	err = withoutPanics(func() error {
		client, err = e.Extension.GetClient(ctx, kind, id, name)
		return err
	})
	return client, err
}
