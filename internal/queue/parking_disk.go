// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// Batches that are parked on a disk stand beside the queue's keys. Each site has a slot, with
// a note of which of its batches are there, so that a transaction writes little however many
// sites there are. An entry of the index of set_aside.go for each batch would be written
// again with each of them.
//
//	parked                      the number of slots
//	parked/<slot>               the note
//	parked/<slot>/<number>      a batch, in the form of Encoding
//
// A batch and the note of it are written in one transaction, and so are a deletion and the
// note that forgets the batch. Numbers are not used again in a process, because a deletion
// may be late.

// parkedKey is the storage's key of the number of slots, as a uvarint.
const parkedKey = "parked"

func parkedNoteKey(slot uint64) string { return parkedKey + "/" + strconv.FormatUint(slot, 10) }

func parkedBatchKey(slot, number uint64) string {
	return parkedNoteKey(slot) + "/" + strconv.FormatUint(number, 10)
}

// diskShelf is a shelf on the disk of a queue.
type diskShelf struct {
	storage  *Storage
	encoding Encoding
	slots    uint64   // the last slot that was given to a site
	free     []uint64 // slots of no site
}

func (*diskShelf) isLasting() bool { return true }

func (d *diskShelf) put(ctx context.Context, s *parkedSite, batches []*Batch, added amount) error {
	var operations []*storage.Operation
	slot, slots := s.slot, d.slots
	switch {
	case slot != 0:
	case len(d.free) > 0:
		slot = d.free[len(d.free)-1]
	default:
		slots++
		slot = slots
		operations = append(operations, slotsNote(slots))
	}
	for i, b := range batches {
		stored, err := d.encoding.Marshal(ctx, b)
		if err != nil {
			return err
		}
		operations = append(operations, storage.SetOperation(parkedBatchKey(slot, s.next+uint64(i)), stored))
	}
	note := s.note()
	note.Next, note.Visits, note.Bytes = note.Next+uint64(len(batches)), note.Visits+added.visits, note.Bytes+added.bytes
	if err := d.commit(ctx, s, append(operations, note.operation(slot))...); err != nil {
		return err
	}
	if s.slot == 0 && slots == d.slots {
		d.free = d.free[:len(d.free)-1]
	}
	s.slot, d.slots = slot, slots
	s.append(len(batches), added)
	return nil
}

func slotsNote(slots uint64) *storage.Operation {
	return storage.SetOperation(parkedKey, binary.AppendUvarint(nil, slots))
}

// commit is a transaction, which also deletes what is still to be deleted.
func (d *diskShelf) commit(ctx context.Context, s *parkedSite, operations ...*storage.Operation) error {
	for _, key := range s.stale {
		operations = append(operations, storage.DeleteOperation(key))
	}
	err := d.storage.commit(ctx, operations...)
	if err == nil {
		s.stale = nil
	}
	return err
}

func (d *diskShelf) at(ctx context.Context, s *parkedSite, number uint64) (*Batch, error) {
	stored, err := d.storage.client.Get(ctx, parkedBatchKey(s.slot, number))
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	if _, _, ours := d.encoding.owner(stored); !ours {
		return nil, d.storage.setParkedAside(ctx, parkedBatchKey(s.slot, number), stored)
	}
	if _, request, err := d.encoding.Unmarshal(stored); err == nil {
		return request.(*Batch), nil
	}
	return nil, nil // Unmarshal has reported it
}

// setParkedAside moves a batch to those that are set aside; see set_aside.go. If that fails,
// the batch stays parked.
func (s *Storage) setParkedAside(ctx context.Context, key string, stored []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.index
	s.index.runs = slices.Clone(before.runs)
	owner, visits, _ := s.settings.Encoding.owner(stored)
	number := s.index.beyond()
	s.index.add(owner, number, visits, len(stored))
	err := s.write(ctx, []*storage.Operation{storage.SetOperation(keyOf(number), stored), storage.DeleteOperation(key)})
	if err != nil {
		s.index = before
		return err
	}
	s.reportSoon()
	s.limitAside(ctx)
	return nil
}

// removed deletes batches. What cannot be deleted now is deleted later; a restart before
// that delivers it again.
func (d *diskShelf) removed(ctx context.Context, s *parkedSite, numbers ...uint64) {
	for _, number := range numbers {
		s.stale = append(s.stale, parkedBatchKey(s.slot, number))
	}
	note := s.note()
	_ = d.commit(ctx, s, note.operation(s.slot)) // the keys stay in stale
}

func (d *diskShelf) hasRoom(b *Batch) bool {
	d.storage.mu.Lock()
	defer d.storage.mu.Unlock()
	return d.storage.room.has(b) || d.storage.room.used() == 0
}

// offered makes the queue take a batch that is larger than all of it: it is empty.
func (d *diskShelf) offered(b *Batch) {
	b.Weightless = d.storage.room.sizeOf(b) > d.storage.room.capacity
}

func (*diskShelf) refused(b *Batch) { b.Weightless = false }

// commit is a transaction of what is parked. It fails if it cannot be made.
func (s *Storage) commit(ctx context.Context, operations ...*storage.Operation) error {
	if err := s.Stalled(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stall.begin()()
	return s.write(ctx, operations)
}

// maxSlots is more than an exporter has sites.
const maxSlots = 1 << 24

// load reads what the last process has parked. All sites but those that were removed may
// return.
func (l *Lot) load(ctx context.Context, d *diskShelf) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	stored, err := d.storage.client.Get(ctx, parkedKey)
	if err != nil {
		return err
	}
	slots, n := binary.Uvarint(stored)
	if n <= 0 || slots > maxSlots {
		slots = 0
	}
	for { // the note of the first slot that is missing tells the number of slots as well
		stored, err := d.storage.client.Get(ctx, parkedNoteKey(d.slots+1))
		if err != nil {
			return err
		}
		if len(stored) == 0 && d.slots >= slots {
			return nil
		}
		d.slots++
		if len(stored) == 0 {
			d.free = append(d.free, d.slots)
			continue
		}
		note, err := readParkedNote(stored)
		_, isKnown := l.sites[note.Identity]
		switch {
		case err != nil:
			d.encoding.Unreadable(err, 1)
		case note.First == note.Next || isKnown:
			d.free = append(d.free, d.slots)
		default:
			l.loadSite(note, d.slots)
		}
	}
}

func (l *Lot) loadSite(note parkedNote, slot uint64) {
	s := l.siteOf(note.Identity)
	s.slot, s.first, s.next = slot, note.First, note.Next
	s.has = amount{int(note.Next - note.First), note.Visits, note.Bytes}
	if note.Removed != 0 {
		s.removedAt = time.UnixMilli(note.Removed)
	}
	l.count(s.has, amount{})
	l.allow(s, mayReturn)
}
