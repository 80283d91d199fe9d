// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"encoding/binary"
	"maps"
	"slices"
	"strconv"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// tree is what a damaged file holds as of one of its last transactions: each key of the
// queue, with what reads its value.
type tree map[string]func() ([]byte, error)

// wreck is what can be read of a damaged file.
type wreck struct {
	trees []tree // of the last transactions, the latest first
	stray tree   // what is anywhere in the file, also what was deleted
	size  int64  // of the file, in bytes
}

// notesOf reads the queue's notes, and reports whether they can be true of the file.
func (w wreck) notesOf(t tree) (queueNotes, bool) {
	const leastBatch = 64 // bytes
	stored := t.read(notesKey)
	if len(stored) == 0 {
		return queueNotes{}, false
	}
	n, ok := readNotes(stored)
	return n, ok && n.items >= 0 && n.write < maxBatchNumber && n.batches() <= uint64(w.size/leastBatch)
}

// hasBeyond reports whether a batch has this number or a later one. In one transaction none
// has a number to which the notes have not counted.
func (t tree) hasBeyond(write uint64) bool {
	for key := range t {
		if number, err := strconv.ParseUint(key, 10, 64); err == nil && number >= write && number < maxBatchNumber {
			return true
		}
	}
	return false
}

// areLater reports whether some notes are later than those of a tree.
func (w wreck) areLater(read func() ([]byte, error), t tree) bool {
	notes, ok := w.notesOf(tree{notesKey: read})
	known, has := w.notesOf(t)
	return ok && (!has || notes.write > known.write || notes.write == known.write && notes.read > known.read)
}

// salvage is what can be kept of a damaged queue, and what cannot.
type salvage struct {
	kept     tree
	notes    queueNotes
	hasNotes bool
	index    asideIndex

	parked map[uint64]*salvagedSlot // by number

	waiting     tree // before the queue
	waitingNote waitingBatches

	found         uint64 // batches of the queue
	visits, lost  int    // visits of the queue
	batchesLost   int
	items, bytes  int64
	first, beyond uint64 // the first batch of the queue, and the number after all batches
}

// maxBatchNumber is more than any queue counts to. Notes with more are damaged. From it on
// are the numbers of batches that were parked and are set aside.
const maxBatchNumber = 1 << 48

// newSalvage looks for what can be kept, the latest transaction first. What only the one
// before has, or no transaction, is kept if the queue or the index still knows it:
// otherwise it was delivered. If nothing is left of queue and transactions, all is kept.
func newSalvage(encoding Encoding, w wreck) *salvage {
	s := &salvage{kept: tree{}, waiting: tree{}}
	all := append(slices.Clone(w.trees), w.stray)
	for age, t := range all {
		if !s.hasNotes {
			s.notes, s.hasNotes = w.notesOf(t)
			s.hasNotes = s.hasNotes && (age == len(w.trees) || !t.hasBeyond(s.notes.write))
		}
		if stored := t.read(indexKey); len(s.index.runs) == 0 {
			_ = s.index.load(stored) // what is set aside is found again without it
		}
	}
	for age, t := range all {
		isStray := age == len(w.trees)
		s.keep(t, !isStray && age == 0 || !s.hasNotes && (!isStray || len(s.kept) == 0))
	}
	s.keepWaiting(all)
	s.count(encoding)
	s.keepParked(encoding, w)
	return s
}

// keep keeps the batches of a tree, either all or those that queue or index know.
func (s *salvage) keep(t tree, all bool) {
	for key, read := range t {
		number, err := strconv.ParseUint(key, 10, 64)
		_, has := s.kept[key]
		isKnown := err == nil && (all || s.hasNotes && s.notes.has(number) || s.index.has(number) >= 0)
		if !has && isKnown {
			s.kept[key] = read
		}
	}
}

// read is nil if the value is not there or cannot be read.
func (t tree) read(key string) []byte {
	read, ok := t[key]
	if !ok {
		return nil
	}
	stored, err := read()
	if err != nil {
		return nil
	}
	return stored
}

// count counts what is kept, and concludes what is lost.
func (s *salvage) count(encoding Encoding) {
	for _, key := range slices.Sorted(maps.Keys(s.kept)) {
		number, _ := strconv.ParseUint(key, 10, 64)
		stored := s.kept.read(key)
		if len(stored) == 0 {
			delete(s.kept, key)
			continue
		}
		if number >= maxBatchNumber {
			owner, visits, _ := encoding.owner(stored)
			s.index.add(owner, number, visits, len(stored))
			continue
		}
		s.beyond = max(s.beyond, number+1)
		if s.index.has(number) >= 0 || s.hasNotes && !s.notes.has(number) {
			continue
		}
		if s.found == 0 {
			s.first = number
		}
		s.found, s.first = s.found+1, min(s.first, number)
		if b, err := encoding.read(stored); err == nil {
			s.visits += b.Count
			s.items, s.bytes = s.items+int64(b.ItemsCount()), s.bytes+int64(b.BytesSize())
		} else {
			s.visits += encoding.lostVisits(stored) // the queue counts them when it reads them
		}
	}
	if !s.hasNotes {
		s.notes = queueNotes{read: s.first, write: s.beyond}
		if s.found == 0 {
			s.notes.read = s.beyond
		}
	}
	s.batchesLost = max(int(s.notes.batches()-s.found), 0)
	if s.batchesLost > 0 {
		s.lost = max(int(s.notes.items)-s.visits, s.batchesLost)
	}
}

// operations write what is kept to an empty storage.
func (s *salvage) operations(yield func(*storage.Operation) bool) {
	for _, key := range slices.Sorted(maps.Keys(s.kept)) {
		if stored := s.kept.read(key); stored != nil && !yield(storage.SetOperation(key, stored)) {
			return
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.waiting)) {
		if stored := s.waiting.read(key); stored != nil && !yield(storage.SetOperation(key, stored)) {
			return
		}
	}
	if len(s.waiting) > 0 && !yield(s.waitingNote.note()) {
		return
	}
	if !s.parkedOperations(yield) {
		return
	}
	if len(s.index.runs) > 0 && !yield(s.index.write()) {
		return
	}
	notes := s.notes
	notes.items, notes.bytes, notes.write = s.items, s.bytes, max(notes.write, s.beyond)
	yield(storage.SetOperation(notesKey, notes.stored()))
}

// has says whether a batch waits or is being delivered.
func (n queueNotes) has(number uint64) bool {
	return n.read <= number && number < n.write || slices.Contains(n.dispatched, number)
}

// batches is how many wait or are being delivered.
func (n queueNotes) batches() uint64 { return n.write - n.read + uint64(len(n.dispatched)) }

// stored is the form that readNotes reads.
func (n queueNotes) stored() []byte {
	const fixed, list = 1, 2 // types of a field
	var b []byte
	for i, value := range []uint64{uint64(n.items), uint64(n.bytes), n.read, n.write} {
		b = append(b, byte(i+1)<<3|fixed)
		b = binary.LittleEndian.AppendUint64(b, value)
	}
	if len(n.dispatched) == 0 {
		return b
	}
	b = append(b, 5<<3|list)
	b = binary.AppendUvarint(b, uint64(8*len(n.dispatched)))
	for _, number := range n.dispatched {
		b = binary.LittleEndian.AppendUint64(b, number)
	}
	return b
}
