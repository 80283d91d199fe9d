// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// onDisk runs a test with a parking on a disk.
func onDisk(t *testing.T, sites int, test func(r *lotRig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		known, all := newSites(sites)
		r := &lotRig{t: t, known: known, sites: all, disk: fixture.NewDisk(map[string][]byte{})}
		r.begin(t, aQueue())
		test(r)
		r.end(t)
	})
}

// restart changes what is on the disk while no process runs.
func (r *lotRig) restart(t *testing.T, change func(kept map[string][]byte)) {
	t.Helper()
	r.end(t)
	kept := r.disk.Now()
	change(kept)
	r.disk = fixture.NewDisk(kept)
	r.begin(t, aQueue())
}

func TestOnAFullDiskTheBatchStaysTheCallers(t *testing.T) {
	onDisk(t, 2, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 1, 5)
		r.disk.Fill(true)
		for _, site := range r.sites {
			require.Error(t, r.Park(t.Context(), siteBatch(site, 5, 5)))
		}
		r.requireParked(t, 5)
		r.Unpark(r.sites[0])
		assert.Equal(t, map[int][]int{0: upTo(5)}, r.numbers(t), "what is there returns")
		r.disk.Fill(false)
		r.park(t, 0, 5, 1, 5)
		r.park(t, 1, 0, 1, 5)
		r.restart(t, func(map[string][]byte) {})
		assert.Equal(t, map[int][]int{0: {5, 6, 7, 8, 9}, 1: upTo(5)}, r.numbers(t), "each once")
	})
}

// TestADiskThatHangsHoldsNobodyUpWhoLetsVisitsReturn: delivery must go on.
func TestADiskThatHangsHoldsNobodyUpWhoLetsVisitsReturn(t *testing.T) {
	onDisk(t, 1, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 1, 5)
		synctest.Wait()
		disk := hangingLot{fixture.DiskClient{Disk: r.disk}, make(chan struct{})}
		r.storage.client = disk
		go func() { _ = r.Park(t.Context(), siteBatch(r.sites[0], 5, 5)) }()
		synctest.Wait()
		r.TryOne(r.sites[0])
		r.Unpark(r.sites[0])
		assert.Equal(t, 5, r.Visits())
		close(disk.goesOn)
		assert.Equal(t, map[int][]int{0: upTo(10)}, r.numbers(t))
	})
}

// hangingLot writes nothing until it goes on.
type hangingLot struct {
	storage.Client
	goesOn chan struct{}
}

func (c hangingLot) Batch(ctx context.Context, operations ...*storage.Operation) error {
	<-c.goesOn
	return c.Client.Batch(ctx, operations...)
}

func TestADiskThatHangsParksNothing(t *testing.T) {
	onDisk(t, 1, func(r *lotRig) {
		t := r.t
		end := r.storage.stall.begin()
		<-time.After(stallLimit + 1)
		require.ErrorIs(t, r.Park(t.Context(), siteBatch(r.sites[0], 0, 5)), errStalled)
		end()
		r.park(t, 0, 0, 1, 5)
	})
}

func TestWhatReturnedLeavesNothingOnTheDisk(t *testing.T) {
	onDisk(t, 3, func(r *lotRig) {
		t := r.t
		for round := range 3 {
			for site := range r.sites {
				r.park(t, site, 0, 2, 5)
				r.Unpark(r.sites[site])
			}
			synctest.Wait()
			assert.Len(t, r.disk.Now(), 4, "three notes, and how many there are")
			r.restart(t, func(map[string][]byte) {})
			assert.Empty(t, r.numbers(t), "round %d", round)
		}
	})
}

func TestSlotsAreUsedAgain(t *testing.T) {
	onDisk(t, 4, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 1, 5)
		r.park(t, 1, 0, 1, 5)
		r.Unpark(r.sites[0])
		synctest.Wait()
		r.restart(t, func(map[string][]byte) {})
		r.numbers(t)
		r.restart(t, func(map[string][]byte) {})
		for site := range r.sites {
			r.park(t, site, 0, 1, 5)
		}
		assert.Equal(t, []byte{4}, r.disk.Now()[parkedKey])
	})
}

// TestDamageInOnePlaceLosesNothingElse has four batches of one site and one of another.
func TestDamageInOnePlaceLosesNothingElse(t *testing.T) {
	for name, c := range map[string]struct {
		damage   func(kept map[string][]byte)
		first    []int
		reported int
	}{
		"a batch is damaged":            {func(kept map[string][]byte) { kept["parked/1/1"][20] ^= 1 }, []int{0, 2, 3}, 1},
		"a batch is gone":               {func(kept map[string][]byte) { delete(kept, "parked/1/1") }, []int{0, 2, 3}, 0},
		"a batch is another site's":     {func(kept map[string][]byte) { kept["parked/1/1"] = kept["parked/2/0"] }, []int{0, 2, 3}, 0},
		"the number of slots is gone":   {func(kept map[string][]byte) { delete(kept, parkedKey) }, upTo(4), 0},
		"the number of slots is damage": {func(kept map[string][]byte) { kept[parkedKey] = []byte{0xff} }, upTo(4), 0},
		"a note is damaged":             {func(kept map[string][]byte) { kept["parked/1"][30] ^= 1 }, nil, 1},
		"a note is gone":                {func(kept map[string][]byte) { delete(kept, "parked/1") }, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			onDisk(t, 2, func(r *lotRig) {
				t := r.t
				r.park(t, 0, 0, 4, 1)
				r.park(t, 1, 0, 1, 1)
				reported := 0
				r.unreadable = func(error, int) { reported++ }
				r.restart(t, c.damage)
				got := r.numbers(t)
				assert.Equal(t, c.first, got[0])
				assert.Subset(t, got[1], []int{0})
				assert.Equal(t, c.reported, reported)
				r.requireParked(t, 0)
			})
		})
	}
}

// unreadableLot cannot be read until it is mended.
type unreadableLot struct {
	storage.Client
	isMended *atomic.Bool
}

func (c unreadableLot) Get(ctx context.Context, key string) ([]byte, error) {
	if strings.HasPrefix(key, parkedKey) && !c.isMended.Load() {
		return nil, assert.AnError
	}
	return c.Client.Get(ctx, key)
}

func TestADiskThatCannotBeReadKeepsWhatIsParked(t *testing.T) {
	onDisk(t, 1, func(r *lotRig) {
		t := r.t
		r.park(t, 0, 0, 2, 5)
		synctest.Wait()
		var isMended atomic.Bool
		r.storage.client = unreadableLot{fixture.DiskClient{Disk: r.disk}, &isMended}
		r.Unpark(r.sites[0])
		<-time.After(time.Hour)
		assert.Empty(t, r.numbers(t))
		require.Error(t, r.storage.loadParked(t.Context()), "a start fails")
		isMended.Store(true)
		<-time.After(maxReturnPause)
		assert.Equal(t, map[int][]int{0: upTo(10)}, r.numbers(t))
	})
}

func TestANoteThatCannotBeIsRefused(t *testing.T) {
	of := func(n parkedNote) []byte {
		note, err := json.Marshal(n)
		require.NoError(t, err)
		stored, err := json.Marshal(storedNote{crc32.Checksum(note, castagnoli), note})
		require.NoError(t, err)
		return stored
	}
	good := parkedNote{Identity: "scrunch/a", First: 3, Next: 5, Visits: 7, Bytes: 900, Removed: 12}
	read, err := readParkedNote(of(good))
	require.NoError(t, err)
	assert.Equal(t, good, read)
	for name, stored := range map[string][]byte{
		"nothing":             nil,
		"no checksum":         []byte(`{"note":{"identity":"a"}}`),
		"no identity":         of(parkedNote{First: 1, Next: 2}),
		"a range backwards":   of(parkedNote{Identity: "a", First: 2, Next: 1}),
		"a huge range":        of(parkedNote{Identity: "a", Next: 1 << 60}),
		"a negative number":   of(parkedNote{Identity: "a", Visits: -1}),
		"negative bytes":      of(parkedNote{Identity: "a", Bytes: -1}),
		"a note of no object": []byte(`{"crc32c":0,"note":[]}`),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readParkedNote(stored)
			assert.Error(t, err)
		})
	}
}
