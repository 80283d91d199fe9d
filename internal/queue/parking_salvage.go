// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// salvagedSlot is what can be kept of what is parked of a site on a damaged disk.
type salvagedSlot struct {
	note    parkedNote
	batches map[uint64][]byte // by number
}

// foundBatch is a batch in a damaged file, in the tree of an age.
type foundBatch struct {
	age    int
	number uint64
	read   func() ([]byte, error)
}

// keepParked keeps the batches that the note of their slot knows, if the latest transaction
// has it. Otherwise all batches of the slot are kept that any of the transactions has, or
// that are anywhere in the file if none has one, and a new note is made of them.
func (s *salvage) keepParked(encoding Encoding, w wreck) {
	trees := append(slices.Clone(w.trees), w.stray)
	found, slots := map[uint64][]foundBatch{}, map[uint64]bool{}
	for age, t := range trees {
		for key, read := range t {
			if slot, number, isBatch, ok := parkedPlace(key); ok {
				slots[slot] = true
				if isBatch {
					found[slot] = append(found[slot], foundBatch{age, number, read})
				}
			}
		}
	}
	s.parked = map[uint64]*salvagedSlot{}
	for slot := range slots {
		kept, lost := salvageSlot(encoding, trees[0].read(parkedNoteKey(slot)), found[slot], len(w.trees))
		if kept.note.Identity == "" {
			s.setAside(encoding, kept)
		}
		s.parked[slot] = kept
		s.visits, s.lost = s.visits+kept.note.Visits, s.lost+lost
	}
}

// setAside takes the batches from a slot of which nothing says whose it is: all are of
// another version.
func (s *salvage) setAside(encoding Encoding, slot *salvagedSlot) {
	for _, number := range slices.Sorted(maps.Keys(slot.batches)) {
		stored := slot.batches[number]
		owner, visits, _ := encoding.owner(stored)
		aside := s.index.beyond()
		s.index.add(owner, aside, visits, len(stored))
		s.kept[keyOf(aside)] = func() ([]byte, error) { return stored, nil }
	}
	clear(slot.batches)
}

// parkedPlace says what a key is for: the note of a slot, or one of its batches.
func parkedPlace(key string) (slot, number uint64, isBatch, ok bool) {
	place, isParked := strings.CutPrefix(key, parkedKey+"/")
	digits, numberDigits, isBatch := strings.Cut(place, "/")
	slot, err := strconv.ParseUint(digits, 10, 64)
	if isBatch && err == nil {
		number, err = strconv.ParseUint(numberDigits, 10, 64)
	}
	return slot, number, isBatch, isParked && err == nil && slot > 0 && slot <= maxSlots
}

// salvageSlot keeps of the batches that were found, the latest first, what the stored note
// knows. stray is the age of those that are anywhere in the file.
func salvageSlot(encoding Encoding, storedNote []byte, found []foundBatch, stray int) (kept *salvagedSlot, lost int) {
	note, err := readParkedNote(storedNote)
	if err != nil {
		if kept = slotOf(encoding, found, func(b foundBatch) bool { return b.age < stray }); len(kept.batches) == 0 {
			kept = slotOf(encoding, found, func(foundBatch) bool { return true })
		}
		return kept, 0
	}
	kept = slotOf(encoding, found, func(b foundBatch) bool { return note.First <= b.number && b.number < note.Next })
	if missing := int(note.Next-note.First) - len(kept.batches); missing > 0 {
		lost = max(note.Visits-kept.note.Visits, missing)
	}
	note.Visits, note.Bytes = kept.note.Visits, kept.note.Bytes
	kept.note = note
	return kept, lost
}

// slotOf makes a slot of the batches that are wanted, with a note of them.
func slotOf(encoding Encoding, found []foundBatch, isWanted func(foundBatch) bool) *salvagedSlot {
	kept := &salvagedSlot{batches: map[uint64][]byte{}}
	for _, b := range found {
		if kept.batches[b.number] != nil || !isWanted(b) {
			continue
		}
		if stored, err := b.read(); err == nil && len(stored) > 0 && mayBeParked(stored) {
			kept.batches[b.number] = stored
		}
	}
	numbers := slices.Sorted(maps.Keys(kept.batches))
	for _, number := range numbers {
		owner, visits, _ := encoding.owner(kept.batches[number])
		kept.note.Identity, kept.note.Visits = cmp.Or(owner.Identity, kept.note.Identity), kept.note.Visits+visits
		if b, err := encoding.read(kept.batches[number]); err == nil {
			kept.note.Bytes += amountOf(b).bytes
		}
	}
	if len(numbers) > 0 {
		kept.note.First, kept.note.Next = numbers[0], numbers[len(numbers)-1]+1
	}
	return kept
}

// mayBeParked says whether a batch can be parked. Whether one of another version is damaged,
// only that version knows.
func mayBeParked(stored []byte) bool {
	return !isReadable(stored[0]) || stored[0] == batchVersion && isIntact(stored)
}

// parkedOperations write what is kept to an empty storage.
func (s *salvage) parkedOperations(yield func(*storage.Operation) bool) bool {
	slots := slices.Sorted(maps.Keys(s.parked))
	for _, slot := range slots {
		kept := s.parked[slot]
		for _, number := range slices.Sorted(maps.Keys(kept.batches)) {
			if !yield(storage.SetOperation(parkedBatchKey(slot, number), kept.batches[number])) {
				return false
			}
		}
		if kept.note.Identity != "" && !yield(kept.note.operation(slot)) {
			return false
		}
	}
	return len(slots) == 0 || yield(slotsNote(slots[len(slots)-1]))
}
