// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestAnIndexThatCannotBeIsRefused(t *testing.T) {
	of := func(runs ...run) []byte {
		stored, err := json.Marshal(runs)
		require.NoError(t, err)
		index, err := json.Marshal(storedIndex{crc32.Checksum(stored, castagnoli), stored})
		require.NoError(t, err)
		return index
	}
	var a owner
	good := of(run{a, 3, 4, 1, 2}, run{a, 6, 6, 0, 1})
	var x asideIndex
	require.NoError(t, x.load(good))
	damaged := append([]byte(nil), good...)
	for i := range damaged {
		for bit := range 8 {
			damaged[i] ^= 1 << bit
			if err := x.load(damaged); err == nil {
				assert.Len(t, x.runs, 2)
				assert.Equal(t, []run{{a, 3, 4, 1, 2}, {a, 6, 6, 0, 1}}, x.runs, "byte %d", i)
			}
			damaged[i] ^= 1 << bit
		}
	}
	for name, index := range map[string][]byte{
		"a huge run":                       of(run{a, 1, 1 << 63, 10, 5}),
		"the hugest run":                   of(run{a, 0, 1<<64 - 1, 10, 1 << 40}),
		"more bytes than a disk has":       of(run{a, 1, 1 << 60, 10, 1 << 62}),
		"one batch more than bytes":        of(run{a, 1, 3, 10, 2}),
		"a run that ends before it begins": of(run{a, 2, 1, 1, 10}),
		"two runs of one batch":            of(run{a, 1, 2, 1, 10}, run{a, 2, 3, 1, 10}),
		"runs in the wrong order":          of(run{a, 5, 6, 1, 10}, run{a, 2, 3, 1, 10}),
		"a negative number of visits":      of(run{a, 1, 2, -1, 10}),
		"a negative number of bytes":       of(run{a, 1, 2, 1, -10}),
		"no checksum":                      []byte(`[{"version":2,"first":1,"last":2,"visits":1,"bytes":9}]`),
		"runs of another kind":             []byte(`{"crc32c":0,"runs":""}`),
	} {
		t.Run(name, func(t *testing.T) {
			var x asideIndex
			require.Error(t, x.load(index))
			assert.Empty(t, x.runs)
		})
	}
}

// TestAnEmptyOrDamagedPlaceKeepsNoBatchFromReturning has a batch that is gone, one that
// is damaged, and one that is well. The disk cannot be read at first.
func TestAnEmptyOrDamagedPlaceKeepsNoBatchFromReturning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReturnRig(t, Config{Sizer: inItems, QueueSize: 40}, someVisits(4), someVisits(3), someVisits(2))
		require.NoError(t, r.Delete(t.Context(), "0"))
		require.NoError(t, r.Set(t.Context(), notes, notesOf(0, 3, 3)))
		r.disk.Kept["1"] = append([]byte{batchVersion}, "damaged"...)
		var returned []int
		r.client = unreadableClient{fixture.DiskClient{Disk: r.disk}, time.Now().Add(time.Minute)}
		r.Started(t.Context(), func(_ context.Context, b *Batch) error {
			returned = append(returned, b.Count)
			return nil
		})
		r.returning.Wait()
		assert.Equal(t, []int{2}, returned)
		assert.Empty(t, r.visitsOn(t, r.disk.Now()))
		r.BeginShutdown()
		require.NoError(t, r.Close(t.Context()))
	})
}

// unreadableClient cannot be read for a while.
type unreadableClient struct {
	storage.Client
	until time.Time
}

func (c unreadableClient) Get(ctx context.Context, key string) ([]byte, error) {
	if time.Now().Before(c.until) {
		return nil, assert.AnError
	}
	return c.Client.Get(ctx, key)
}
