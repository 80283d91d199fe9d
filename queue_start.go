// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
)

// startQueue starts the helper. If the queue is on a disk, it gets a client of
// the storage that copes with a full disk.
func startQueue(ctx context.Context, host component.Host, helper component.Component, storage *component.ID, logger *zap.Logger) error {
	if storage == nil {
		return helper.Start(ctx, host)
	}
	client := newStorageClient(logger)
	if err := helper.Start(ctx, storageHost{Host: host, id: *storage, client: client}); err != nil {
		return err
	}
	client.started(ctx)
	return nil
}
