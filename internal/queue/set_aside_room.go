// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"encoding/binary"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// room says how full the queue is. The Collector does not tell, but the queue notes
// its size in each of its transactions.
type room struct {
	sizer    exporterhelper.RequestSizerType
	capacity int64
	notes    queueNotes
	begun    uint64        // the first number that the queue reads in this process
	changed  chan struct{} // holds a value when there are new notes
}

// A batch returns only while the queue is at most 1/returnedShare full with it. The
// rest is for new visits.
const returnedShare = 4

func newRoom(queue *Config) room {
	return room{sizer: queue.Sizer, capacity: queue.QueueSize, changed: make(chan struct{}, 1)}
}

// begin takes the notes of the queue's last process.
func (r *room) begin(stored []byte) {
	if n, ok := readNotes(stored); ok {
		r.notes, r.begun = n, n.read
	}
}

// stored is how many batches an earlier process left in the queue.
func (r *room) stored() uint64 {
	return r.notes.write - r.notes.read + uint64(len(r.notes.dispatched))
}

// update takes the notes from what the queue is about to write. They are true even
// if it cannot write them.
func (r *room) update(sets []*storage.Operation) {
	for _, o := range sets {
		if o.Key != notesKey {
			continue
		}
		if n, ok := readNotes(o.Value); ok {
			r.notes = n
		}
		select {
		case r.changed <- struct{}{}:
		default:
		}
	}
}

// used is how much is in the queue. An empty queue can still count what it has set
// aside.
func (r *room) used() int64 {
	n := r.notes
	requests := int64(n.write - n.read)
	for _, number := range n.dispatched {
		if number >= r.begun { // else an earlier process read it, and it is at the end now
			requests++
		}
	}
	switch {
	case requests == 0 || r.sizer == exporterhelper.RequestSizerTypeRequests:
		return requests
	case r.sizer == exporterhelper.RequestSizerTypeItems:
		return n.items
	}
	return n.bytes
}

// share is how full the queue may be.
func (r *room) share() int { return max(int(r.capacity/returnedShare), 1) }

// has says whether a batch may return. A visit that is larger than the share waits
// until the queue is empty.
func (r *room) has(b *Batch) bool {
	used, size := r.used(), r.sizeOf(b)
	return used+size <= int64(r.share()) || used == 0 && size <= r.capacity
}

func (r *room) sizeOf(b *Batch) int64 {
	switch r.sizer {
	case exporterhelper.RequestSizerTypeRequests:
		return 1
	case exporterhelper.RequestSizerTypeItems:
		return int64(b.ItemsCount())
	}
	return int64(b.BytesSize())
}

// cut cuts off what may return at once.
func (r *room) cut(b *Batch) (head, rest *Batch) {
	switch r.sizer {
	case exporterhelper.RequestSizerTypeRequests:
		return b, nil
	case exporterhelper.RequestSizerTypeItems:
		return b.CutCount(r.share())
	}
	return b.CutBytes(r.share())
}

// notesKey is the storage's key of the queue's notes.
const notesKey = "qmv0"

// queueNotes is what the queue notes of itself (exporterhelper v0.158.0, meta.proto). A
// test fails if the queue's form changes.
type queueNotes struct {
	items, bytes int64
	read, write  uint64   // the numbers of what it reads and writes next
	dispatched   []uint64 // the numbers of what is being delivered
}

// readNotes reads a message of Protocol Buffers whose numbers all have 8 bytes.
func readNotes(stored []byte) (n queueNotes, ok bool) {
	const fixed, list = 1, 2 // types of a field
	for len(stored) > 0 {
		field, kind := stored[0]>>3, stored[0]&7
		stored = stored[1:]
		size, length := uint64(8), 0
		if kind == list {
			size, length = binary.Uvarint(stored)
		}
		if kind != fixed && kind != list || length < 0 || kind == list && length == 0 || size%8 != 0 || size > uint64(len(stored)-length) {
			return n, false
		}
		for content := stored[length:][:size]; len(content) > 0; content = content[8:] {
			n.set(field, binary.LittleEndian.Uint64(content))
		}
		stored = stored[length+int(size):]
	}
	return n, n.read <= n.write
}

func (n *queueNotes) set(field byte, value uint64) {
	switch field {
	case 1:
		n.items = int64(value)
	case 2:
		n.bytes = int64(value)
	case 3:
		n.read = value
	case 4:
		n.write = value
	case 5:
		n.dispatched = append(n.dispatched, value)
	}
}
