// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// panickingClient panics as bbolt does when it reads a damaged page.
type panickingClient struct {
	fixture.DiskClient
	calls *int
}

func (c panickingClient) Batch(context.Context, ...*storage.Operation) error {
	*c.calls++
	panic("assertion failed: page 7 has unexpected type")
}

func (c panickingClient) Close(context.Context) error {
	*c.calls++
	panic("Close would wait forever")
}

func TestAStorageThatPanicsIsOutOfUseAndTheCollectorIsNot(t *testing.T) {
	q := newDiskQueue(t, true)
	calls := 0
	q.client = &sturdyClient{client: panickingClient{fixture.DiskClient{Disk: q.disk}, &calls}, told: q.reportBroken}
	require.ErrorContains(t, q.Batch(t.Context(), storage.GetOperation("0")), "page 7")
	require.Error(t, q.Batch(t.Context(), storage.SetOperation("2", q.batch)), "a new batch")
	_, err := q.Get(t.Context(), "0")
	require.ErrorContains(t, err, "panicked")
	require.NoError(t, q.Close(t.Context()))
	assert.Equal(t, 1, calls, "it is not called again, because it may hold its lock")
	assert.Equal(t, 1, q.logs.FilterMessageSnippet("has failed").Len(), "said once")
	assert.ElementsMatch(t, []string{"0", "1", notes}, q.keys(), "the visits stay there")
}

// panickingExtension panics when it opens a client.
type panickingExtension struct{ fixture.Disk }

func (*panickingExtension) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	panic("invalid meta pages")
}

func TestAStorageThatPanicsAtStartFailsTheStart(t *testing.T) {
	q := newDiskQueue(t, true)
	_, err := storageExtension{&panickingExtension{}, q.Storage, ""}.GetClient(t.Context(), component.KindExporter, mendID, "traces")
	require.ErrorContains(t, err, "invalid meta pages")
}

func TestAPageThatCannotBeReadIsAnError(t *testing.T) {
	err := withoutPanics(func() error {
		var nowhere *int
		*nowhere = 1
		return nil
	})
	require.ErrorContains(t, err, "panicked")
}
