// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parkedTree is what is parked in a file: batches of three visits with these numbers, in the
// slot of a site, and their note.
func parkedTree(t *testing.T, e Encoding, first, next uint64, numbers ...uint64) tree {
	t.Helper()
	_, sites := newSites(1)
	stored := marshal(t, e, siteBatch(sites[0], 0, visitsPerBatch))
	note := parkedNote{Identity: sites[0].Identity(), First: first, Next: next, Visits: int(next-first) * visitsPerBatch}
	value := func(stored []byte) func() ([]byte, error) { return func() ([]byte, error) { return stored, nil } }
	all := tree{parkedKey: value(slotsNote(2).Value), parkedNoteKey(2): value(note.operation(2).Value)}
	for _, number := range numbers {
		all[parkedBatchKey(2, number)] = value(stored)
	}
	return all
}

func TestSalvageKeepsWhatIsParked(t *testing.T) {
	known, sites := newSites(1)
	e := sitesEncoding(t, known)
	now := parkedTree(t, e, 3, 6, 3, 4, 5)
	broken := without(now)
	broken[parkedNoteKey(2)] = func() ([]byte, error) { return nil, errors.New("input/output error") }
	for name, c := range map[string]struct {
		trees       []tree
		stray       tree
		numbers     []uint64
		first, next uint64
		lost        int
	}{
		"all":                          {[]tree{now}, nil, []uint64{3, 4, 5}, 3, 6, 0},
		"one that the tree before has": {[]tree{without(now, parkedBatchKey(2, 4)), parkedTree(t, e, 2, 6, 2, 3, 4, 5)}, nil, []uint64{3, 4, 5}, 3, 6, 0},
		"one that no tree has":         {[]tree{without(now, parkedBatchKey(2, 4))}, parkedTree(t, e, 0, 2, 0, 1, 4), []uint64{3, 4, 5}, 3, 6, 0},
		"one that is nowhere":          {[]tree{without(now, parkedBatchKey(2, 4))}, nil, []uint64{3, 5}, 3, 6, 3},
		"without its note":             {[]tree{without(now, parkedNoteKey(2), parkedKey)}, parkedTree(t, e, 0, 2, 0, 1), []uint64{3, 4, 5}, 3, 6, 0},
		"with a damaged note":          {[]tree{broken}, nil, []uint64{3, 4, 5}, 3, 6, 0},
		"anywhere in the file":         {nil, now, []uint64{3, 4, 5}, 3, 6, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSalvage(e, wreck{trees: c.trees, stray: c.stray, size: 1 << 20})
			kept := keptOf(s)
			for number := range uint64(8) {
				assert.Equal(t, slices.Contains(c.numbers, number), kept[parkedBatchKey(2, number)] != nil, "batch %d", number)
			}
			note, err := readParkedNote(kept[parkedNoteKey(2)])
			require.NoError(t, err)
			assert.Equal(t, [2]uint64{c.first, c.next}, [2]uint64{note.First, note.Next})
			assert.Equal(t, sites[0].Identity(), note.Identity)
			assert.Equal(t, len(c.numbers)*visitsPerBatch, note.Visits)
			assert.Equal(t, []byte{2}, kept[parkedKey])
			assert.Equal(t, c.lost, s.lost)
		})
	}
}

func TestSalvageKeepsBatchesOfSeveralSites(t *testing.T) {
	known, sites := newSites(2)
	e := sitesEncoding(t, known)
	stored := marshal(t, e, mixedBatch(3, sites...))
	notes := queueNotes{items: 6, read: 4, write: 5}
	now := tree{"4": func() ([]byte, error) { return stored, nil }, notesKey: func() ([]byte, error) { return notes.stored(), nil }}
	s := newSalvage(e, wreck{trees: []tree{now}, size: 1 << 20})
	assert.Equal(t, stored, keptOf(s)["4"])
	assert.Equal(t, 6, s.visits)
	assert.Zero(t, s.lost)
}
