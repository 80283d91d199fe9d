// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestACrashWhileVisitsAreSetAsideLosesNothing kills an exporter for the wrong site
// after each of its transactions, and starts one for the right site with what is on the
// disk then.
func TestACrashWhileVisitsAreSetAsideLosesNothing(t *testing.T) {
	const n = 60
	disk := fixture.NewDisk(queuedForSite(t, n))
	before := disk.Now()
	api := fixture.Listen(t)
	wrong := startOnDisk(t, scrunchConfig(api.URL(), anotherSiteID), disk, 3)
	require.NoError(t, wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/new")))
	fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	disk.Mu.Lock()
	past := append([]map[string][]byte{before}, disk.Past...)
	disk.Mu.Unlock()
	require.Greater(t, len(past), 6)
	for i, kept := range past {
		t.Run(strconv.Itoa(i), func(t *testing.T) { deliversAll(t, kept, n) })
	}
}

// TestACrashWhileVisitsReturnLosesNothing does the same with an exporter for the right
// site, which can deliver nothing before it is killed.
func TestACrashWhileVisitsReturnLosesNothing(t *testing.T) {
	const n = 60
	disk := fixture.NewDisk(setAside(t, n))
	before := disk.Now()
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.Scrunch, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	right := startOnDisk(t, scrunchConfig(api.URL(), fixture.SiteID), disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, 0) })
	require.NoError(t, api.WaitRequests(fixture.Soon(t), fakeapi.Scrunch, 1))
	past := pastOf(t, disk, n/perBatch)
	close(release)
	require.NoError(t, right.Shutdown(t.Context()))
	past = append([]map[string][]byte{before}, past...)
	for i, kept := range past {
		t.Run(strconv.Itoa(i), func(t *testing.T) { deliversAll(t, kept, n) })
	}
}

// TestADiskThatBecomesFullWhileVisitsAreSetAsideLosesNothing fills the disk after
// each number of transactions. It stays full until the exporter has ended.
func TestADiskThatBecomesFullWhileVisitsAreSetAsideLosesNothing(t *testing.T) {
	const n = 60
	kept := queuedForSite(t, n)
	for takes := 1; takes <= 20; takes++ {
		t.Run(strconv.Itoa(takes), func(t *testing.T) {
			disk := fixture.NewDisk(kept)
			disk.Takes = takes
			api := fixture.Listen(t)
			wrong := startOnDisk(t, scrunchConfig(api.URL(), anotherSiteID), disk, 3)
			_ = wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/new"))
			require.NoError(t, wrong.Shutdown(t.Context()))
			for _, v := range api.Visits(fakeapi.Scrunch) {
				assert.Equal(t, "/new", v.Scrunch.Path)
			}
			assert.Zero(t, wrong.dropped(t, "unreadable"))
			deliversAll(t, disk.Now(), n)
		})
	}
}
