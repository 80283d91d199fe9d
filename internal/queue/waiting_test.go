// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSalvageKeepsWhatWaitsBeforeTheQueue: it was acknowledged, too.
func TestSalvageKeepsWhatWaitsBeforeTheQueue(t *testing.T) {
	e, _ := encodingFor(allDestinations()["scrunch"])
	batch := treeOf(t, e, queueNotes{}, 1)["1"]
	waits := func(first, next uint64, numbers ...uint64) tree {
		note := (&waitingBatches{first: first, next: next}).note().Value
		all := tree{waitingKey: func() ([]byte, error) { return note, nil }}
		for _, number := range numbers {
			all[waitingKeyOf(number)] = batch
		}
		return all
	}
	broken := func() ([]byte, error) { return nil, errors.New("input/output error") }
	noNote := without(waits(3, 6, 3, 4, 5), waitingKey)
	damagedNote := waits(3, 6, 3, 4, 5)
	damagedNote[waitingKey] = broken
	all := []string{"waiting", "waiting/3", "waiting/4", "waiting/5", notesKey}
	for name, test := range map[string]struct {
		trees []tree
		stray tree
		keys  []string
	}{
		"all":                          {trees: []tree{waits(3, 6, 3, 4, 5)}, keys: all},
		"one that the tree before has": {trees: []tree{waits(3, 6, 3, 5), waits(2, 6, 2, 3, 4, 5)}, keys: all},
		"one that no tree has":         {trees: []tree{waits(3, 6, 3, 5)}, stray: waits(1, 5, 1, 2, 4), keys: all},
		"without its note":             {trees: []tree{noNote}, keys: all},
		"with a damaged note":          {trees: []tree{damagedNote}, keys: all},
		"nothing":                      {trees: []tree{waits(6, 6)}, keys: []string{notesKey}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSalvage(e, wreck{trees: test.trees, stray: test.stray, size: 1 << 20})
			kept := keptOf(s)
			assert.ElementsMatch(t, test.keys, keysOf(kept))
			if note := kept[waitingKey]; note != nil {
				var w waitingBatches
				assert.True(t, w.load(note))
				assert.Equal(t, [2]uint64{3, 6}, [2]uint64{w.first, w.next})
			}
			assert.Zero(t, s.lost)
		})
	}
}

func TestADamagedNoteOfWhatWaitsIsNotBelieved(t *testing.T) {
	for name, note := range map[string]*waitingBatches{"backwards": {first: 9, next: 3}, "far too many": {next: maxWaitingBatches + 1}} {
		t.Run(name, func(t *testing.T) {
			var w waitingBatches
			assert.False(t, w.load(note.note().Value))
		})
	}
	var w waitingBatches
	assert.False(t, w.load(nil))
	assert.False(t, w.load([]byte{0x80}))
}
