// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// readBatch reads what a queue with this encoding is given of a stored batch.
func readBatch(t *testing.T, e Encoding, stored []byte) (given []byte, disk *fixture.Disk) {
	t.Helper()
	disk = fixture.NewDisk(map[string][]byte{"0": stored})
	s := newTestStorage(e)
	require.NoError(t, s.open(t.Context(), fixture.DiskClient{Disk: disk}))
	s.Started(t.Context(), nil)
	get := storage.GetOperation("0")
	require.NoError(t, s.Batch(t.Context(), storage.SetOperation(notes, []byte("read")), get))
	require.NoError(t, s.Batch(t.Context(), storage.SetOperation(notes, []byte("done")), storage.DeleteOperation("0")))
	require.NoError(t, s.Close(t.Context()))
	return get.Value, disk
}

func TestAnExporterWithSeveralSitesSetsAsideWhatIsOfAnotherAPI(t *testing.T) {
	known, sites := newSites(2)
	several, other := sitesEncoding(t, known), NewSitesEncoding(allDestinations()["known_agents"], known, nil)
	mixed, alone := marshal(t, several, mixedBatch(3, sites...)), marshal(t, several, mixedBatch(3, sites[1]))
	for name, c := range map[string]struct {
		encoding Encoding
		stored   []byte
		isAside  bool
	}{
		"its own, of several sites":         {several, mixed, false},
		"its own, of one site":              {several, alone, false},
		"of several sites, of another API":  {other, mixed, true},
		"of one site, of another API":       {other, alone, true},
		"of several, in an exporter of one": {NewEncoding(sites[1], nil), mixed, true},
		"of one, in an exporter of another": {NewEncoding(sites[0], nil), alone, true},
	} {
		t.Run(name, func(t *testing.T) {
			given, disk := readBatch(t, c.encoding, c.stored)
			if c.isAside {
				assert.Nil(t, given)
				assert.Equal(t, c.stored, disk.Now()["0"], "it stays on the disk")
				assert.NotZero(t, visitsAside(t, disk))
				return
			}
			assert.Equal(t, c.stored, given)
			assert.NotContains(t, disk.Now(), "0")
		})
	}
}

// TestWhatAnOlderVersionSetAsideReturns: it knew no more of a batch than its version.
func TestWhatAnOlderVersionSetAsideReturns(t *testing.T) {
	known, sites := newSites(2)
	several := sitesEncoding(t, known)
	stored := marshal(t, several, mixedBatch(3, sites...))
	for name, c := range map[string]struct {
		encoding Encoding
		returned int
	}{"to who sends it": {several, 6}, "not to another API": {NewSitesEncoding(allDestinations()["known_agents"], known, nil), 0}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var x asideIndex
				x.add(owner{Version: mixedVersion}, 4, 1, len(stored))
				disk := fixture.NewDisk(map[string][]byte{"4": stored, indexKey: x.write().Value})
				s := newTestStorage(c.encoding)
				require.NoError(t, s.open(t.Context(), fixture.DiskClient{Disk: disk}))
				returned := 0
				s.Started(t.Context(), offerCounting(&returned))
				s.returning.Wait()
				assert.Equal(t, c.returned, returned)
				s.BeginShutdown()
				require.NoError(t, s.Close(t.Context()))
				assert.Equal(t, 6-c.returned, visitsAside(t, disk))
			})
		})
	}
}

func TestVisitsOfSeveralSitesWaitOnTheDiskBeforeTheQueue(t *testing.T) {
	known, sites := newSites(3)
	disk := fixture.NewDisk(map[string][]byte{})
	first := newTestStorage(sitesEncoding(t, known))
	require.NoError(t, first.open(t.Context(), fixture.DiskClient{Disk: disk}))
	first.Started(t.Context(), nil)
	_, err := first.KeepWaiting(t.Context(), mixedBatch(2, sites...))
	require.NoError(t, err)
	_, err = first.KeepWaiting(t.Context(), mixedBatch(2, sites[1]))
	require.NoError(t, err)

	second := newTestStorage(sitesEncoding(t, known)) // the first process was killed
	require.NoError(t, second.open(t.Context(), fixture.DiskClient{Disk: disk}))
	left, _, err := second.LeftWaiting(t.Context())
	require.NoError(t, err)
	require.Len(t, left, 2)
	for _, b := range left {
		for _, part := range b.BySite() {
			assert.Len(t, requireOwn(t, part), 2)
		}
	}
	require.NoError(t, second.Close(t.Context()))

	single := newTestStorage(NewEncoding(sites[1], nil))
	require.NoError(t, single.open(t.Context(), fixture.DiskClient{Disk: disk}))
	left, _, err = single.LeftWaiting(t.Context())
	require.NoError(t, err)
	require.Len(t, left, 1, "an exporter of one site takes its own")
	assert.Len(t, requireOwn(t, left[0]), 2)
	require.NoError(t, single.Close(t.Context()))
}
