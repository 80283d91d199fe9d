// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// anotherSiteID is fixture.SiteID with a typo.
const anotherSiteID = "01ARZ3NDEKTSV4RRFFQ69G5FAW"

// perBatch is how many visits a batch of queuedForSite has. So 60 visits are more
// batches than the queue of three requests takes out, which are twelve.
const perBatch = 4

// queuedForSite is the disk of an exporter for fixture.SiteID that was killed with n
// visits in its queue, a few in each batch. One was being delivered.
func queuedForSite(t *testing.T, n int) map[string][]byte {
	t.Helper()
	const consumers = 3
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.Scrunch, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	disk := fixture.NewDisk(map[string][]byte{})
	e := startOnDisk(t, scrunchConfig(api.URL(), fixture.SiteID), disk, consumers)
	for i := 0; i < n; i += perBatch {
		var paths []string
		for j := i; j < min(i+perBatch, n); j++ {
			paths = append(paths, fmt.Sprintf("/%d", j))
		}
		require.NoError(t, e.ConsumeTraces(t.Context(), fixture.NewTraces(paths...)))
	}
	require.NoError(t, api.WaitRequests(fixture.Soon(t), fakeapi.Scrunch, 1))
	disk.Mu.Lock()
	kept := disk.Kept
	disk.Mu.Unlock()
	close(release)
	require.NoError(t, e.Shutdown(t.Context()))
	return kept
}

// visitsAside is how many visits the index on a disk says are set aside.
func visitsAside(t *testing.T, disk *fixture.Disk) (visits int) {
	t.Helper()
	index := disk.Now()["agent_visits_set_aside"]
	if len(index) == 0 {
		return 0
	}
	var stored struct{ Runs []struct{ Visits int } }
	require.NoError(t, json.Unmarshal(index, &stored))
	for _, r := range stored.Runs {
		visits += r.Visits
	}
	return visits
}

// asideOf is nil when the index says that so many visits are set aside.
func asideOf(t *testing.T, disk *fixture.Disk, visits int) error {
	t.Helper()
	if got := visitsAside(t, disk); got != visits {
		return fmt.Errorf("%d visits are set aside", got)
	}
	return nil
}

// setAside is a disk on which n visits are set aside for fixture.SiteID.
func setAside(t *testing.T, n int) map[string][]byte {
	t.Helper()
	disk := fixture.NewDisk(queuedForSite(t, n))
	wrong := startOnDisk(t, scrunchConfig(fixture.Listen(t).URL(), anotherSiteID), disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	return disk.Now()
}

// deliversAll starts an exporter for the right site, which must deliver all pages
// up to n.
func deliversAll(t *testing.T, kept map[string][]byte, n int) {
	t.Helper()
	api := fixture.Listen(t)
	e := startOnDisk(t, scrunchConfig(api.URL(), fixture.SiteID), fixture.NewDisk(kept), 3)
	fixture.Eventually(t, func() error { return missing(api, n) })
	require.NoError(t, e.Shutdown(t.Context()))
}
