// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue_test

import (
	"maps"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestATypoInTheSiteIDLosesNoVisit(t *testing.T) {
	const n = 500
	disk := fixture.NewDisk(queuedForSite(t, n))
	api := fixture.Listen(t)
	wrong := startOnDisk(t, scrunchConfig(api.URL(), anotherSiteID), disk, 3)
	require.NoError(t, wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/new")))
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.Scrunch, 1))
	fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	assert.Zero(t, wrong.dropped(t, "unreadable"))
	assert.Equal(t, 1, api.Counts(fakeapi.Scrunch).Visits, "nothing goes to the wrong site")
	told := wrong.logs.FilterMessageSnippet("not for this exporter").All()
	if assert.Len(t, told, 1) {
		assert.Equal(t, map[string]any{
			"they_are_for": "scrunch/" + fixture.SiteID, "this_exporter_is_for": "scrunch/" + anotherSiteID, "visits": int64(n), "batches": int64(n / perBatch),
			"remedy": "`scrunch::site_id` was changed; set it back to " + fixture.SiteID + " to have them delivered.",
		}, told[0].ContextMap())
	}

	again := startOnDisk(t, scrunchConfig(api.URL(), anotherSiteID), disk, 3)
	require.NoError(t, again.Shutdown(t.Context()))
	assert.Equal(t, 1, again.logs.FilterMessageSnippet("not for this exporter").Len(), "each start says so")

	api = fixture.Listen(t)
	right := startOnDisk(t, scrunchConfig(api.URL(), fixture.SiteID), disk, 3)
	fixture.Eventually(t, func() error { return missing(api, n) })
	fixture.Eventually(t, func() error { return asideOf(t, disk, 0) })
	require.NoError(t, right.Shutdown(t.Context()))
	assert.Equal(t, n, api.Counts(fakeapi.Scrunch).Visits, "each once")
	assert.Zero(t, right.dropped(t, "unreadable"))
	assert.Zero(t, right.logs.FilterMessageSnippet("not for this exporter").Len())
	assert.Equal(t, 1, right.logs.FilterMessageSnippet("in the queue again").Len())
	assert.LessOrEqual(t, disk.Size(), 2, "nothing but the queue's notes and the index is left")
}

func TestVisitsOfAnotherDestinationAreSetAside(t *testing.T) {
	const n = 6
	disk := fixture.NewDisk(crashed(t, n))
	api := fixture.Listen(t)
	other := startOnDisk(t, scrunchConfig(api.URL(), fixture.SiteID), disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
	require.NoError(t, other.Shutdown(t.Context()))
	told := other.logs.FilterMessageSnippet("not for this exporter").All()
	if assert.Len(t, told, 1) {
		assert.Equal(t, "`known_agents` was replaced by `scrunch`; set `known_agents` again to have them delivered.", told[0].ContextMap()["remedy"])
	}
	e := startOnDisk(t, knownAgentsConfig(api.URL()), disk, 3)
	fixture.Eventually(t, func() error { return missing(api, n) })
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Zero(t, api.Counts(fakeapi.Scrunch).Visits)
}

func TestVisitsOfAnotherVersionAreKept(t *testing.T) {
	const n = 60
	kept := queuedForSite(t, n)
	current := maps.Clone(kept)
	for key, stored := range kept {
		if ascii.IsDigits(key) {
			kept[key] = append([]byte{stored[0] + 2}, stored[1:]...)
		}
	}
	disk := fixture.NewDisk(kept)
	e := startOnDisk(t, scrunchConfig(fixture.Listen(t).URL(), fixture.SiteID), disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, n/perBatch) }) // of another version the number of batches is known
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Zero(t, e.dropped(t, "unreadable"))
	told := e.logs.FilterMessageSnippet("not for this exporter").All()
	if assert.Len(t, told, 1) {
		assert.Contains(t, told[0].ContextMap()["remedy"], "Another version")
	}
	for key := range current {
		if ascii.IsDigits(key) {
			assert.Equal(t, kept[key], disk.Now()[key])
		}
	}
}

// TestTheOldestOfTooManyAreDroppedAndCounted has space for a part of what is to be
// set aside.
func TestTheOldestOfTooManyAreDroppedAndCounted(t *testing.T) {
	const n = 60
	kept := queuedForSite(t, n)
	size := 0
	for key, stored := range kept {
		if ascii.IsDigits(key) {
			size = max(size, len(stored))
		}
	}
	disk := fixture.NewDisk(kept)
	api := fixture.Listen(t)
	cfg := scrunchConfig(api.URL(), anotherSiteID)
	queue := cfg.QueueConfig.Get()
	queue.QueueSize = int64(2 * size)
	queue.Batch.Get().Sizer, queue.Batch.Get().MaxSize = exporterhelper.RequestSizerTypeItems, 500
	wrong := startOnDisk(t, cfg, disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, 2*perBatch) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	assert.Equal(t, n-2*perBatch, wrong.dropped(t, "unreadable"))
	assert.Equal(t, 2+2, disk.Size(), "two batches, the queue's notes and the index")
	dropped := wrong.logs.FilterMessageSnippet("Dropping visits that are set aside").All()
	if assert.Len(t, dropped, 1) {
		assert.EqualValues(t, n-2*perBatch, dropped[0].ContextMap()["visits"])
	}
	e := startOnDisk(t, scrunchConfig(api.URL(), fixture.SiteID), disk, 3)
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.Scrunch, 2*perBatch))
	require.NoError(t, e.Shutdown(t.Context()))
	for _, v := range api.Visits(fakeapi.Scrunch) {
		number, err := strconv.Atoi(v.Scrunch.Path[1:])
		require.NoError(t, err)
		assert.GreaterOrEqual(t, number, n-2*perBatch, "the latest are kept")
	}
}

// TestAQueueThatLosesItsNotesOverwritesWhatIsSetAside: the queue begins again at 0.
// What it writes is delivered, and what it overwrites is counted.
func TestAQueueThatLosesItsNotesOverwritesWhatIsSetAside(t *testing.T) {
	const n = 60
	kept := setAside(t, n)
	delete(kept, "qmv0")
	disk := fixture.NewDisk(kept)
	api := fixture.Listen(t)
	wrong := startOnDisk(t, scrunchConfig(api.URL(), anotherSiteID), disk, 3)
	require.NoError(t, wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/0")))
	require.NoError(t, wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/1")))
	fixture.Eventually(t, func() error { return missing(api, 2) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	overwritten := n - visitsAside(t, disk)
	assert.Positive(t, overwritten)
	assert.Equal(t, overwritten, wrong.dropped(t, "unreadable"))

	api = fixture.Listen(t)
	right := startOnDisk(t, scrunchConfig(api.URL(), fixture.SiteID), disk, 3)
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.Scrunch, n-overwritten))
	require.NoError(t, right.Shutdown(t.Context()))
}

func TestADamagedIndexIsReportedAndReplaced(t *testing.T) {
	for name, index := range map[string]string{"is no JSON": "{", "has a run that ends before it begins": `[{"first":2,"last":1}]`} {
		t.Run(name, func(t *testing.T) {
			kept := crashed(t, 6)
			kept["agent_visits_set_aside"] = []byte(index)
			api := fixture.Listen(t)
			e := startOnDisk(t, knownAgentsConfig(api.URL()), fixture.NewDisk(kept), 3)
			fixture.Eventually(t, func() error { return missing(api, 6) })
			require.NoError(t, e.Shutdown(t.Context()))
			assert.Equal(t, 1, e.dropped(t, "unreadable"))
			assert.Equal(t, 1, e.logs.FilterMessageSnippet("Dropping a batch").Len())
		})
	}
}
