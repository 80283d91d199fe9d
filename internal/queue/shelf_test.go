// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// onShelf is how many batches a disk has beside its queue.
func onShelf(disk *fixture.Disk) (count int) {
	for key := range disk.Now() {
		if strings.HasPrefix(key, "agent_visits_shelf_") {
			count++
		}
	}
	return count
}

// shelved is an exporter whose API takes nothing, and its disk, which has more batches
// than the exporter has consumers: all left the queue, and some are on the shelf.
func shelved(t *testing.T, n int) (*started, *fixture.Disk) {
	t.Helper()
	api := fixture.Listen(t)
	api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 403, Times: fakeapi.Forever})
	disk := fixture.NewDisk(map[string][]byte{})
	e := startOnDisk(t, knownAgentsConfig(api.URL()), disk, 3)
	consumePages(t, e, 0, n)
	fixture.Eventually(t, func() error {
		if got := onShelf(disk); got < n-11 {
			return fmt.Errorf("%d batches are on the shelf", got)
		}
		return nil
	})
	return e, disk
}

// delivers starts an exporter that must deliver all pages up to n. It returns its API.
func delivers(t *testing.T, disk *fixture.Disk, n int) *fakeapi.Server {
	t.Helper()
	api := fixture.Listen(t)
	e := startOnDisk(t, knownAgentsConfig(api.URL()), disk, 3)
	fixture.Eventually(t, func() error { return missing(api, n) })
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Zero(t, onShelf(disk), "batches left on the shelf")
	return api
}

func TestWhatIsOnTheShelfIsDeliveredOnceAfterARestart(t *testing.T) {
	const n = 30
	e, disk := shelved(t, n)
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Positive(t, onShelf(disk))
	assert.Len(t, delivers(t, disk, n).KnownAgentsVisits(), n)
}

// TestACrashWhileBatchesAreShelvedLosesNothing kills the exporter after each transaction.
func TestACrashWhileBatchesAreShelvedLosesNothing(t *testing.T) {
	const n = 20
	e, disk := shelved(t, n)
	past := pastOf(t, disk, n)
	require.NoError(t, e.Shutdown(t.Context()))
	whole := 0
	for i, kept := range past {
		if len(kept) == 0 || batchesOn(kept) < n { // not all had come yet
			continue
		}
		whole++
		t.Run(strconv.Itoa(i), func(t *testing.T) { delivers(t, fixture.NewDisk(kept), n) })
	}
	assert.GreaterOrEqual(t, whole, 5)
}

// batchesOn is how many batches a disk has, each counted as often as it is there.
func batchesOn(kept map[string][]byte) (count int) {
	for key := range kept {
		_, err := strconv.Atoi(key)
		if err == nil || strings.HasPrefix(key, "agent_visits_shelf_") {
			count++
		}
	}
	return count
}

// TestWhatIsOnTheShelfForAnotherSiteStaysThere until the exporter is for it again.
func TestWhatIsOnTheShelfForAnotherSiteStaysThere(t *testing.T) {
	api := fixture.Listen(t)
	api.Script(fakeapi.Scrunch, fakeapi.Step{Status: 403, Times: fakeapi.Forever})
	disk := fixture.NewDisk(map[string][]byte{})
	const n = 30
	e := startOnDisk(t, scrunchConfig(api.URL(), fixture.SiteID), disk, 3)
	consumePages(t, e, 0, n)
	fixture.Eventually(t, func() error {
		if onShelf(disk) < n-11 {
			return fmt.Errorf("%d batches are on the shelf", onShelf(disk))
		}
		return nil
	})
	require.NoError(t, e.Shutdown(t.Context()))
	count := onShelf(disk)
	other := fixture.Listen(t)
	wrong := startOnDisk(t, scrunchConfig(other.URL(), anotherSiteID), disk, 3)
	require.NoError(t, wrong.Shutdown(t.Context()))
	assert.Equal(t, count, onShelf(disk))
	assert.Empty(t, other.ScrunchVisits())
	deliversAll(t, disk.Now(), n)
}
