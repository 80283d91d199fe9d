// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// anotherSiteID is testSiteID with a typo.
const anotherSiteID = "01ARZ3NDEKTSV4RRFFQ69G5FAW"

// siteConfig delivers to a site of Scrunch.
func siteConfig(api *fakeapi.Server, site string) *agentvisitsexporter.Config {
	cfg := agentvisitsexporter.scrunchConfig(api.URL())
	cfg.Scrunch.SiteID = site
	return cfg
}

// queuedForSite is a disk on which n visits wait for testSiteID, a few in each
// batch, some of them on their way, after the exporter was killed.
func queuedForSite(t *testing.T, n int) map[string][]byte {
	t.Helper()
	const perBatch, consumers = 10, 3
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.Scrunch, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	disk := fixture.NewDisk(map[string][]byte{})
	e := agentvisitsexporter.startOnDisk(t, siteConfig(api, fixture.SiteID), disk, consumers)
	for i := 0; i < n; i += perBatch {
		var paths []string
		for j := i; j < min(i+perBatch, n); j++ {
			paths = append(paths, fmt.Sprintf("/%d", j))
		}
		require.NoError(t, e.ConsumeTraces(t.Context(), fixture.NewTraces(paths...)))
	}
	require.NoError(t, api.WaitRequests(fixture.Soon(t), fakeapi.Scrunch, consumers))
	disk.Mu.Lock()
	kept := disk.Kept
	disk.Mu.Unlock()
	close(release)
	require.NoError(t, e.Shutdown(t.Context()))
	return kept
}

// aside is the index of what is set aside.
func (d *fixture.Disk) aside(t *testing.T) (visits int) {
	t.Helper()
	var x asideIndex
	require.NoError(t, x.load(d.Now()[indexKey]))
	for _, r := range x.runs {
		visits += r.Visits
	}
	return visits
}

// missingPages is nil when all pages up to n have arrived.
func missingPages(api *fakeapi.Server, n int) error {
	arrived := map[string]bool{}
	for _, v := range api.Visits(fakeapi.Scrunch) {
		arrived[v.Scrunch.Path] = true
	}
	for i := range n {
		if path := fmt.Sprintf("/%d", i); !arrived[path] {
			return fmt.Errorf("%s has not arrived, %d have", path, len(arrived))
		}
	}
	return nil
}

// asideOf is nil when the index says that so many visits are set aside.
func asideOf(t *testing.T, disk *fixture.Disk, visits int) error {
	t.Helper()
	if got := disk.aside(t); got != visits {
		return fmt.Errorf("%d visits are set aside", got)
	}
	return nil
}

func TestATypoInTheSiteIDLosesNoVisit(t *testing.T) {
	const n = 500
	disk := fixture.NewDisk(queuedForSite(t, n))
	api := fixture.Listen(t)
	wrong := agentvisitsexporter.startOnDisk(t, siteConfig(api, anotherSiteID), disk, 3)
	require.NoError(t, wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/new")))
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.Scrunch, 1))
	fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	assert.Zero(t, wrong.unreadable(t))
	assert.Equal(t, 1, api.Counts(fakeapi.Scrunch).Visits, "nothing goes to the wrong site")
	told := wrong.logs.FilterMessageSnippet("not for this exporter").All()
	if assert.Len(t, told, 1) {
		assert.Equal(t, map[string]any{
			"they_are_for": "scrunch/" + fixture.SiteID, "this_exporter_is_for": "scrunch/" + anotherSiteID, "visits": int64(n), "batches": int64(n / 10),
			"remedy": "`scrunch::site_id` was changed; set it back to " + fixture.SiteID + " to have them delivered.",
		}, told[0].ContextMap())
	}

	again := agentvisitsexporter.startOnDisk(t, siteConfig(api, anotherSiteID), disk, 3)
	require.NoError(t, again.Shutdown(t.Context()))
	assert.Equal(t, 1, again.logs.FilterMessageSnippet("not for this exporter").Len(), "each start says so")

	api = fixture.Listen(t)
	right := agentvisitsexporter.startOnDisk(t, siteConfig(api, fixture.SiteID), disk, 3)
	fixture.Eventually(t, func() error { return missingPages(api, n) })
	fixture.Eventually(t, func() error { return asideOf(t, disk, 0) })
	require.NoError(t, right.Shutdown(t.Context()))
	assert.Equal(t, n, api.Counts(fakeapi.Scrunch).Visits, "each once")
	assert.Zero(t, right.unreadable(t))
	assert.Zero(t, right.logs.FilterMessageSnippet("not for this exporter").Len())
	assert.Equal(t, 1, right.logs.FilterMessageSnippet("in the queue again").Len())
	assert.LessOrEqual(t, disk.Size(), 2, "nothing but the queue's notes and the index is left")
}

// TestACrashWhileVisitsAreSetAsideLosesNothing kills an exporter for the wrong
// site after each of the transactions that it makes, and starts one for the right
// site on what is on the disk then.
func TestACrashWhileVisitsAreSetAsideLosesNothing(t *testing.T) {
	const n = 60
	disk := fixture.NewDisk(queuedForSite(t, n))
	before := disk.Now()
	api := fixture.Listen(t)
	wrong := agentvisitsexporter.startOnDisk(t, siteConfig(api, anotherSiteID), disk, 3)
	require.NoError(t, wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/new")))
	fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	disk.Mu.Lock()
	past := append([]map[string][]byte{before}, disk.Past...)
	disk.Mu.Unlock()
	require.Greater(t, len(past), n/10)
	for i, kept := range past {
		t.Run(strconv.Itoa(i), func(t *testing.T) { deliversAll(t, kept, n) })
	}
}

// TestACrashWhileVisitsAreGivenBackLosesNothing does so with an exporter for the
// right site, to which nothing can be delivered before it is killed.
func TestACrashWhileVisitsAreGivenBackLosesNothing(t *testing.T) {
	const n = 60
	disk := fixture.NewDisk(setAside(t, n))
	before := disk.Now()
	api := fixture.Listen(t)
	release := make(chan struct{})
	api.Script(fakeapi.Scrunch, fakeapi.Step{Hang: release, Times: fakeapi.Forever})
	right := agentvisitsexporter.startOnDisk(t, siteConfig(api, fixture.SiteID), disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, 0) })
	require.NoError(t, api.WaitRequests(fixture.Soon(t), fakeapi.Scrunch, 3))
	disk.Mu.Lock()
	past := append([]map[string][]byte{before}, disk.Past...)
	disk.Mu.Unlock()
	close(release)
	require.NoError(t, right.Shutdown(t.Context()))
	require.Greater(t, len(past), 2*n/10)
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
			wrong := agentvisitsexporter.startOnDisk(t, siteConfig(api, anotherSiteID), disk, 3)
			_ = wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/new"))
			require.NoError(t, wrong.Shutdown(t.Context()))
			for _, v := range api.Visits(fakeapi.Scrunch) {
				assert.Equal(t, "/new", v.Scrunch.Path)
			}
			assert.Zero(t, wrong.unreadable(t))
			deliversAll(t, disk.Now(), n)
		})
	}
}

// setAside is a disk on which n visits are set aside for testSiteID.
func setAside(t *testing.T, n int) map[string][]byte {
	t.Helper()
	disk := fixture.NewDisk(queuedForSite(t, n))
	wrong := agentvisitsexporter.startOnDisk(t, siteConfig(fixture.Listen(t), anotherSiteID), disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	return disk.Now()
}

// deliversAll starts an exporter for the right site, which must deliver all pages
// up to n.
func deliversAll(t *testing.T, kept map[string][]byte, n int) {
	t.Helper()
	api := fixture.Listen(t)
	e := agentvisitsexporter.startOnDisk(t, siteConfig(api, fixture.SiteID), fixture.NewDisk(kept), 3)
	fixture.Eventually(t, func() error { return missingPages(api, n) })
	require.NoError(t, e.Shutdown(t.Context()))
}

func TestVisitsOfAnotherDestinationAreSetAside(t *testing.T) {
	const n = 6
	disk := fixture.NewDisk(agentvisitsexporter.crashed(t, n))
	api := fixture.Listen(t)
	other := agentvisitsexporter.startOnDisk(t, siteConfig(api, fixture.SiteID), disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, n) })
	require.NoError(t, other.Shutdown(t.Context()))
	told := other.logs.FilterMessageSnippet("not for this exporter").All()
	if assert.Len(t, told, 1) {
		assert.Equal(t, "`known_agents` was replaced by `scrunch`; set `known_agents` again to have them delivered.", told[0].ContextMap()["remedy"])
	}
	e := agentvisitsexporter.startOnDisk(t, agentvisitsexporter.knownAgentsConfig(api.URL()), disk, 3)
	fixture.Eventually(t, func() error { return agentvisitsexporter.missing(api, n) })
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Zero(t, api.Counts(fakeapi.Scrunch).Visits)
}

func TestVisitsOfAnotherVersionAreKept(t *testing.T) {
	const n = 60
	kept := queuedForSite(t, n)
	current := maps.Clone(kept)
	for key, stored := range kept {
		if ascii.IsDigits(key) {
			kept[key] = append([]byte{batchVersion + 1}, stored[1:]...)
		}
	}
	disk := fixture.NewDisk(kept)
	e := agentvisitsexporter.startOnDisk(t, siteConfig(fixture.Listen(t), fixture.SiteID), disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, n/10) }) // of another version the number of batches is known
	require.NoError(t, e.Shutdown(t.Context()))
	assert.Zero(t, e.unreadable(t))
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
	cfg := siteConfig(api, anotherSiteID)
	queue := cfg.QueueConfig.Get()
	queue.QueueSize = int64(2 * size)
	queue.Batch.Get().Sizer, queue.Batch.Get().MaxSize = exporterhelper.RequestSizerTypeItems, 500
	wrong := agentvisitsexporter.startOnDisk(t, cfg, disk, 3)
	fixture.Eventually(t, func() error { return asideOf(t, disk, 20) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	assert.Equal(t, n-20, wrong.unreadable(t))
	assert.Equal(t, 2+2, disk.Size(), "two batches, the queue's notes and the index")
	dropped := wrong.logs.FilterMessageSnippet("Dropping visits that are set aside").All()
	if assert.Len(t, dropped, 1) {
		assert.EqualValues(t, n-20, dropped[0].ContextMap()["visits"])
	}
	e := agentvisitsexporter.startOnDisk(t, siteConfig(api, fixture.SiteID), disk, 3)
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.Scrunch, 20))
	require.NoError(t, e.Shutdown(t.Context()))
	for _, v := range api.Visits(fakeapi.Scrunch) {
		number, err := strconv.Atoi(v.Scrunch.Path[1:])
		require.NoError(t, err)
		assert.GreaterOrEqual(t, number, n-20, "the latest are kept")
	}
}

// TestAQueueThatLosesItsNotesOverwritesWhatIsSetAside: it begins again at 0. What
// it writes is delivered, and what that takes the place of is counted.
func TestAQueueThatLosesItsNotesOverwritesWhatIsSetAside(t *testing.T) {
	const n = 60
	kept := setAside(t, n)
	delete(kept, "qmv0")
	disk := fixture.NewDisk(kept)
	api := fixture.Listen(t)
	wrong := agentvisitsexporter.startOnDisk(t, siteConfig(api, anotherSiteID), disk, 3)
	require.NoError(t, wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/0")))
	require.NoError(t, wrong.ConsumeTraces(t.Context(), fixture.NewTraces("/1")))
	fixture.Eventually(t, func() error { return missingPages(api, 2) })
	require.NoError(t, wrong.Shutdown(t.Context()))
	overwritten := n - disk.aside(t)
	assert.Positive(t, overwritten)
	assert.Equal(t, overwritten, wrong.unreadable(t))

	api = fixture.Listen(t)
	right := agentvisitsexporter.startOnDisk(t, siteConfig(api, fixture.SiteID), disk, 3)
	require.NoError(t, api.WaitVisits(fixture.Soon(t), fakeapi.Scrunch, n-overwritten))
	require.NoError(t, right.Shutdown(t.Context()))
}

// TestADamagedBatchCountsItsVisits: as many as are found, or as it says.
func TestADamagedBatchCountsItsVisits(t *testing.T) {
	for name, d := range destinationsForTests() {
		t.Run(name, func(t *testing.T) {
			lost := 0
			e := Encoding{Destination: d, Unreadable: func(_ error, visits int) { lost = visits }}
			stored := marshal(t, e, lineUp(d.Framing, someVisits(500)...))
			damage := func(change func([]byte) []byte) int {
				_, _, err := e.Unmarshal(change(bytes.Clone(stored)))
				require.ErrorIs(t, err, errDamaged)
				return lost
			}
			assert.Equal(t, 500, damage(func(s []byte) []byte { s[len(s)-1] ^= 1; return s }), "at the end")
			assert.Equal(t, 500, damage(func(s []byte) []byte { return s[:len(s)-10] }), "cut off")
			assert.Equal(t, 1, damage(func(s []byte) []byte { return s[:contentStart+3] }), "nothing but a beginning")
			count := len(d.Identity()) + contentStart + 2 // after the lengths of the identity and the time, which is 0
			assert.Equal(t, 500, damage(func(s []byte) []byte { s[count+1] = 0x7f; return s }), "in the number")
			assert.Equal(t, 1, damage(func(s []byte) []byte {
				s = binary.AppendUvarint(s[:count], 1_000_000)
				return append(s, stored[count+2:len(stored)-10]...)
			}), "a number that cannot be, and cut off")
		})
	}
}

func TestTheRemedySaysWhatToSetBack(t *testing.T) {
	ka, sc := destinationsForTests()["known_agents"], destinationsForTests()["scrunch"]
	another := destination.Scrunch(&destination.ScrunchConfig{SiteID: anotherSiteID, APIKey: fixture.Key})
	for _, c := range []struct {
		now  *destination.Destination
		of   owner
		want string
	}{
		{sc, owner{another.Identity(), batchVersion}, "`scrunch::site_id` was changed; set it back to " + anotherSiteID + " to have them delivered."},
		{ka, owner{sc.Identity(), batchVersion}, "`scrunch` was replaced by `known_agents`; set `scrunch` with `site_id: " + fixture.SiteID + "` again to have them delivered."},
		{sc, owner{ka.Identity(), batchVersion}, "`known_agents` was replaced by `scrunch`; set `known_agents` again to have them delivered."},
		{sc, owner{"", 3}, "Another version of this exporter wrote them (format 3); that version delivers them."},
	} {
		encoding, _ := encodingFor(c.now)
		assert.Equal(t, c.want, NewStorage(StorageSettings{Encoding: encoding}).remedy(c.of))
	}
}

func TestADamagedIndexIsReportedAndReplaced(t *testing.T) {
	for _, index := range []string{"{", `[{"first":2,"last":1}]`} {
		kept := agentvisitsexporter.crashed(t, 6)
		kept[indexKey] = []byte(index)
		api := fixture.Listen(t)
		e := agentvisitsexporter.startOnDisk(t, agentvisitsexporter.knownAgentsConfig(api.URL()), fixture.NewDisk(kept), 3)
		fixture.Eventually(t, func() error { return agentvisitsexporter.missing(api, 6) })
		require.NoError(t, e.Shutdown(t.Context()))
		assert.Equal(t, 1, e.unreadable(t))
		assert.Equal(t, 1, e.logs.FilterMessageSnippet("Dropping a batch").Len())
	}
}

func TestNeighboursInTheIndexBecomeOneRun(t *testing.T) {
	a, b := owner{Identity: "a", Version: 2}, owner{Identity: "b", Version: 2}
	var x asideIndex
	for _, number := range []uint64{7, 3, 5, 4, 4, 10, 6} {
		x.add(a, number, 10, 100)
	}
	x.add(b, 8, 1, 10)
	assert.Equal(t, []run{{a, 3, 7, 50, 500}, {b, 8, 8, 1, 10}, {a, 10, 10, 10, 100}}, x.runs)
	visits, batches := x.total(a)
	assert.Equal(t, 60, visits)
	assert.Equal(t, 6, batches)

	var read asideIndex
	require.NoError(t, read.load(x.write().Value))
	assert.Equal(t, x.runs, read.runs)
	assert.NotContains(t, string(x.write().Value), "null")
	x.remove(3, 10, 100)
	x.remove(8, 1, 10)
	assert.Equal(t, []run{{a, 4, 7, 40, 400}, {a, 10, 10, 10, 100}}, x.runs)
	x.remove(5, 10, 100)
	assert.Equal(t, []run{{a, 4, 4, 0, 0}, {a, 6, 7, 30, 300}, {a, 10, 10, 10, 100}}, x.runs)
	x.remove(7, 10, 100)
	assert.Equal(t, []run{{a, 4, 4, 0, 0}, {a, 6, 6, 20, 200}, {a, 10, 10, 10, 100}}, x.runs)
	x.remove(7, 10, 100)
	assert.Len(t, x.runs, 3, "it is gone already")
	require.True(t, json.Valid(x.write().Value))
}

// TestVisitsAreGivenBackWhenTheQueueHasRoom has a queue that is full at first.
func TestVisitsAreGivenBackWhenTheQueueHasRoom(t *testing.T) {
	const n = 30
	kept := setAside(t, n)
	synctest.Test(t, func(t *testing.T) {
		d := destination.Scrunch(&destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key})
		encoding, _ := encodingFor(d)
		disk := fixture.NewDisk(kept)
		c := NewStorage(StorageSettings{Logger: zap.NewNop(), Encoding: encoding, Limit: 1 << 20, Dropped: func(int) {}})
		require.NoError(t, c.open(t.Context(), fixture.DiskClient{disk}))
		var mu sync.Mutex
		tries, visits := 0, 0
		c.started(t.Context(), func(_ context.Context, b *Batch) error {
			mu.Lock()
			defer mu.Unlock()
			if tries++; tries%2 == 1 {
				return exporterhelper.ErrQueueIsFull
			}
			visits += b.Count
			return nil
		})
		c.giving.Wait()
		assert.Equal(t, n, visits)
		assert.Zero(t, disk.aside(t))
		c.stop()
		require.NoError(t, c.Close(t.Context()))
	})
}

func TestShutdownEndsTheGivingBack(t *testing.T) {
	d := destination.Scrunch(&destination.ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key})
	encoding, _ := encodingFor(d)
	disk := fixture.NewDisk(setAside(t, 30))
	c := NewStorage(StorageSettings{Logger: zap.NewNop(), Encoding: encoding, Limit: 1 << 20, Dropped: func(int) {}})
	require.NoError(t, c.open(t.Context(), fixture.DiskClient{disk}))
	c.started(t.Context(), func(context.Context, *Batch) error { return exporterhelper.ErrQueueIsFull })
	c.stop()
	require.NoError(t, c.Close(t.Context()))
	assert.Equal(t, 30, disk.aside(t))
}
