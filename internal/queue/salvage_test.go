// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"errors"
	"maps"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// visitsPerBatch is how many visits each batch of treeOf has.
const visitsPerBatch = 3

// treeOf is a queue as it is in a file: batches of those numbers, and notes.
func treeOf(t *testing.T, e Encoding, notes queueNotes, numbers ...uint64) tree {
	t.Helper()
	stored := marshal(t, e, lineUp(e.Destination.Framing, someVisits(visitsPerBatch)...))
	all := tree{notesKey: func() ([]byte, error) { return notes.stored(), nil }}
	for _, number := range numbers {
		all[keyOf(number)] = func() ([]byte, error) { return stored, nil }
	}
	return all
}

// keptOf are the values that a salvage writes.
func keptOf(s *salvage) map[string][]byte {
	values := map[string][]byte{}
	for o := range s.operations {
		values[o.Key] = o.Value
	}
	return values
}

func without(t tree, keys ...string) tree {
	t = maps.Clone(t)
	for _, key := range keys {
		delete(t, key)
	}
	return t
}

func TestSalvageKeepsWhatIsThereAndCountsWhatIsNot(t *testing.T) {
	e, _ := encodingFor(allDestinations()["scrunch"])
	full := queueNotes{items: 6 * visitsPerBatch, bytes: 9999, read: 4, write: 9, dispatched: []uint64{2}}
	now := treeOf(t, e, full, 2, 4, 5, 6, 7, 8)
	for name, test := range map[string]struct {
		trees       []tree
		stray       tree
		keys        []string
		lost, batch int
		noNotes     bool
	}{
		"a tree without two batches":       {trees: []tree{without(now, "5", "2")}, keys: []string{"4", "6", "7", "8", notesKey}, lost: 6, batch: 2},
		"two that the tree before has":     {trees: []tree{without(now, "5", "2"), now}, keys: []string{"2", "4", "5", "6", "7", "8", notesKey}},
		"two that no tree has":             {trees: []tree{without(now, "5", "2")}, stray: treeOf(t, e, full, 1, 2, 3, 5), keys: []string{"2", "4", "5", "6", "7", "8", notesKey}},
		"a queue that no tree has":         {trees: []tree{{}}, stray: treeOf(t, e, full, 1, 2, 3, 4, 5, 6, 7, 8), keys: []string{"2", "4", "5", "6", "7", "8", notesKey}},
		"one that was delivered meanwhile": {trees: []tree{now, treeOf(t, e, full, 1, 3)}, keys: []string{"2", "4", "5", "6", "7", "8", notesKey}},
		"notes that only the tree before has": {
			trees: []tree{without(now, notesKey, "8"), treeOf(t, e, full, 2, 4, 5)}, keys: []string{"2", "4", "5", "6", "7", notesKey}, lost: 3, batch: 1,
		},
		"no notes": {trees: []tree{without(now, notesKey, "5")}, keys: []string{"2", "4", "6", "7", "8", notesKey}, lost: 2, batch: 2, noNotes: true},
		"nothing":  {keys: []string{notesKey}, noNotes: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSalvage(e, wreck{trees: test.trees, stray: test.stray, size: 1 << 20})
			kept := keptOf(s)
			assert.ElementsMatch(t, test.keys, keysOf(kept))
			assert.Equal(t, test.lost, s.lost, "visits")
			assert.Equal(t, test.batch, s.batchesLost, "batches")
			assert.Equal(t, !test.noNotes, s.hasNotes)
			notes, ok := readNotes(kept[notesKey])
			require.True(t, ok)
			assert.Equal(t, int64((len(kept)-1)*visitsPerBatch), notes.items, "the queue is as full as what is in it")
			for key := range kept {
				if number, err := strconv.ParseUint(key, 10, 64); err == nil {
					assert.True(t, notes.has(number), "the queue reads batch %d", number)
					assert.Less(t, number, notes.write, "the queue overwrites no batch")
				}
			}
		})
	}
}

func keysOf(values map[string][]byte) (keys []string) {
	for key := range values {
		keys = append(keys, key)
	}
	return keys
}

func TestSalvageKeepsWhatIsSetAside(t *testing.T) {
	e, _ := encodingFor(allDestinations()["scrunch"])
	other, _ := encodingFor(allDestinations()["known_agents"])
	foreign := treeOf(t, other, queueNotes{}, 1)["1"]
	now := treeOf(t, e, queueNotes{items: visitsPerBatch, read: 5, write: 6}, 5)
	now["1"] = foreign
	var index asideIndex
	index.add(owner{Identity: "known_agents", Version: batchVersion}, 1, visitsPerBatch, 100)
	now[indexKey] = func() ([]byte, error) { return index.write().Value, nil }

	s := newSalvage(e, wreck{trees: []tree{now}, size: 1 << 20})
	assert.ElementsMatch(t, []string{"1", "5", indexKey, notesKey}, keysOf(keptOf(s)))
	assert.Zero(t, s.lost)
	s = newSalvage(e, wreck{trees: []tree{without(now, notesKey)}, size: 1 << 20})
	assert.Equal(t, uint64(5), s.notes.read, "the queue does not read what is set aside")
}

func TestSalvageLeavesOutWhatIsNotOfTheQueueOrUnreadable(t *testing.T) {
	e, _ := encodingFor(allDestinations()["scrunch"])
	now := treeOf(t, e, queueNotes{items: 2 * visitsPerBatch, read: 0, write: 2}, 0, 1)
	now["\x00\x01"] = now["0"]
	now["1"] = func() ([]byte, error) { return nil, errors.New("input/output error") }
	s := newSalvage(e, wreck{trees: []tree{now}, size: 1 << 20})
	assert.ElementsMatch(t, []string{"0", notesKey}, keysOf(keptOf(s)))
	assert.Equal(t, visitsPerBatch, s.lost)
}

func TestDamagedNotesAreNotBelieved(t *testing.T) {
	e, _ := encodingFor(allDestinations()["scrunch"])
	for _, notes := range []queueNotes{{write: 1 << 60}, {items: -5, write: 3}, {items: 9, write: 1 << 15}} {
		s := newSalvage(e, wreck{trees: []tree{treeOf(t, e, notes, 1, 2)}, size: 1 << 20})
		assert.False(t, s.hasNotes)
		assert.Zero(t, s.lost)
		assert.Equal(t, uint64(3), s.notes.write)
	}
}

func TestNotesThatDoNotCountToTheBatchesAreNotBelieved(t *testing.T) {
	e, _ := encodingFor(allDestinations()["scrunch"])
	s := newSalvage(e, wreck{trees: []tree{treeOf(t, e, queueNotes{read: 4, write: 4}, 3, 4, 5)}, size: 1 << 20})
	assert.False(t, s.hasNotes)
	assert.ElementsMatch(t, []string{"3", "4", "5", notesKey}, keysOf(keptOf(s)))
	assert.Equal(t, queueNotes{read: 3, write: 6}, s.notes)
}

func TestNotesAreWrittenAsTheyAreRead(t *testing.T) {
	for _, notes := range []queueNotes{{}, {items: 1, bytes: 2, read: 3, write: 4}, {write: 9, dispatched: []uint64{1, 200}}} {
		read, ok := readNotes(notes.stored())
		require.True(t, ok)
		assert.Equal(t, notes, read)
	}
}
