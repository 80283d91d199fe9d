// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// hangingClient makes each transaction wait.
type hangingClient struct {
	fixture.DiskClient
	release chan struct{}
}

func (c hangingClient) Batch(ctx context.Context, operations ...*storage.Operation) error {
	<-c.release
	return c.DiskClient.Batch(ctx, operations...)
}

func TestADiskThatHangsRefusesNewBatchesUntilItIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newDiskQueue(t, true)
		release := make(chan struct{})
		q.client = hangingClient{fixture.DiskClient{Disk: q.disk}, release}
		require.NoError(t, q.Stalled())
		done := make(chan error)
		go func() { done <- q.Batch(context.Background(), storage.SetOperation("2", q.batch)) }()
		time.Sleep(stallLimit)
		synctest.Wait()
		require.NoError(t, q.Stalled(), "a disk may be slow")
		time.Sleep(time.Millisecond)
		require.Error(t, q.Stalled())

		close(release)
		require.NoError(t, <-done, "who waited is not refused")
		assert.NoError(t, q.Stalled())
		assert.Contains(t, q.keys(), "2")
	})
}

func TestAQueueInMemoryDoesNotHang(t *testing.T) {
	var none *Storage
	require.NoError(t, none.Stalled())
}
