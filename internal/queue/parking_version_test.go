// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"errors"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// laterVersion is a version of the format that this exporter does not know.
const laterVersion = 9

// asVersion gives the batches under these keys another version, where they are there.
func asVersion(version byte, keys ...string) func(kept map[string][]byte) {
	return func(kept map[string][]byte) {
		for _, key := range keys {
			if stored := kept[key]; stored != nil {
				kept[key] = append([]byte{version}, stored[1:]...)
			}
		}
	}
}

func TestAParkedBatchOfAnotherVersionIsSetAsideUntilThatVersionComes(t *testing.T) {
	onDisk(t, 2, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 4, 5)
		r.park(t, 1, 0, 1, 5)
		r.restart(t, asVersion(laterVersion, "parked/1/0", "parked/1/2", "parked/2/0"))
		assert.Equal(t, map[int][]int{0: {5, 6, 7, 8, 9, 15, 16, 17, 18, 19}}, r.numbers(t))
		r.requireParked(t, 0)
		r.restart(t, func(map[string][]byte) {})
		assert.Empty(t, r.numbers(t))
		<-time.After(reportDelay)
		synctest.Wait()
		assert.Equal(t, 1, r.told("They are set aside there"))

		r.restart(t, func(kept map[string][]byte) { // as if this exporter could read the version
			asVersion(batchVersion, keyOf(maxBatchNumber), keyOf(maxBatchNumber+1), keyOf(maxBatchNumber+2))(kept)
			var x asideIndex
			require.NoError(t, x.load(kept[indexKey]))
			for i := range x.runs {
				x.runs[i].Version = batchVersion
			}
			kept[indexKey] = x.write().Value
		})
		returned := r.numbers(t)
		assert.ElementsMatch(t, []int{0, 1, 2, 3, 4, 10, 11, 12, 13, 14}, returned[0])
		assert.Equal(t, upTo(5), returned[1])
		r.restart(t, func(map[string][]byte) {})
		assert.Empty(t, r.numbers(t), "once")
	})
}

func TestWhatCannotBeSetAsideStaysParked(t *testing.T) {
	onDisk(t, 1, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 2, 5)
		r.end(t)
		kept := r.disk.Now()
		asVersion(laterVersion, "parked/1/0")(kept)
		maps.Copy(r.disk.Kept, kept)
		r.disk.Fill(true)
		r.begin(t, aQueue())
		assert.Empty(t, r.numbers(t))
		assert.NotEmpty(t, r.disk.Now()["parked/1/0"])
		r.disk.Fill(false)
		r.restart(t, func(map[string][]byte) {})
		assert.Equal(t, map[int][]int{0: {5, 6, 7, 8, 9}}, r.numbers(t))
		assert.Equal(t, byte(laterVersion), r.disk.Now()[keyOf(maxBatchNumber)][0])
	})
}

func TestRoomForAnotherSiteLosesNoBatchOfAnotherVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &lotRig{t: t}
		r.known, r.sites = newSites(2)
		r.disk = fixture.NewDisk(map[string][]byte{})
		queue := Config{Sizer: exporterhelper.RequestSizerTypeItems, QueueSize: 80} // 20 of them parked
		r.begin(t, queue)
		r.refuse(errors.New("the queue is full"))
		r.park(t, 0, 0, 2, 10)
		r.disk.Kept["parked/1/1"][0] = laterVersion
		r.park(t, 1, 0, 1, 5)
		assert.Zero(t, r.full)
		assert.Equal(t, byte(laterVersion), r.disk.Now()[keyOf(maxBatchNumber)][0])
		r.end(t)
	})
}

func TestSalvageKeepsParkedBatchesOfAnotherVersion(t *testing.T) {
	known, sites := newSites(1)
	e := sitesEncoding(t, known)
	parked := parkedTree(t, e, 3, 6, 3, 4, 5)
	later := marshal(t, e, siteBatch(sites[0], 0, visitsPerBatch))
	later[0] = laterVersion
	read := func() ([]byte, error) { return later, nil }

	t.Run("in the slot of their site", func(t *testing.T) {
		now := without(parked)
		now[parkedBatchKey(2, 5)] = read
		kept := keptOf(newSalvage(e, wreck{trees: []tree{now}, size: 1 << 20}))
		assert.Equal(t, later, kept[parkedBatchKey(2, 5)])
		note, err := readParkedNote(kept[parkedNoteKey(2)])
		require.NoError(t, err)
		assert.Equal(t, [2]uint64{3, 6}, [2]uint64{note.First, note.Next})
	})
	t.Run("set aside if nothing names their site", func(t *testing.T) {
		s := newSalvage(e, wreck{trees: []tree{{parkedBatchKey(2, 3): read, parkedBatchKey(2, 4): read}}, size: 1 << 20})
		kept := keptOf(s)
		assert.Equal(t, later, kept[keyOf(maxBatchNumber)])
		assert.Equal(t, later, kept[keyOf(maxBatchNumber+1)])
		requireAside(t, kept, 2)
	})
	t.Run("set aside already, with index or without", func(t *testing.T) {
		notes := queueNotes{read: 4, write: 4}
		now := tree{keyOf(maxBatchNumber): read, notesKey: func() ([]byte, error) { return notes.stored(), nil }}
		kept := keptOf(newSalvage(e, wreck{trees: []tree{now}, size: 1 << 20}))
		requireAside(t, kept, 1)
		n, ok := readNotes(kept[notesKey])
		require.True(t, ok)
		assert.Equal(t, uint64(4), n.write, "the queue counts on")
	})
}

// requireAside fails unless the index has so many batches.
func requireAside(t *testing.T, kept map[string][]byte, batches int) {
	t.Helper()
	runs, err := readIndex(kept[indexKey])
	require.NoError(t, err)
	x := asideIndex{runs: runs}
	_, got := x.total(func(owner) bool { return true })
	assert.Equal(t, batches, got)
}
