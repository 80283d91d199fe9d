// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// parkedNote says which batches of a site are parked on a disk.
type parkedNote struct {
	Identity string `json:"identity"`
	First    uint64 `json:"first"`
	Next     uint64 `json:"next"`
	Visits   int    `json:"visits"`
	Bytes    int    `json:"bytes"`
	// Removed is when the site was found to be removed, in Unix milliseconds, or 0.
	Removed int64 `json:"removed,omitempty"`
}

// storedNote is the form of a note in the storage.
type storedNote struct {
	Checksum uint32          `json:"crc32c"` // of the note as it is stored
	Note     json.RawMessage `json:"note"`
}

func (s *parkedSite) note() parkedNote {
	n := parkedNote{Identity: s.identity, First: s.first, Next: s.next, Visits: s.has.visits, Bytes: s.has.bytes}
	if !s.removedAt.IsZero() {
		n.Removed = s.removedAt.UnixMilli()
	}
	return n
}

// operation stores the note of a slot.
func (n *parkedNote) operation(slot uint64) *storage.Operation {
	note, _ := json.Marshal(n) // cannot fail: numbers and text
	stored, _ := json.Marshal(storedNote{crc32.Checksum(note, castagnoli), note})
	return storage.SetOperation(parkedNoteKey(slot), stored)
}

// maxParked is more batches than are parked of a site.
const maxParked = 1 << 24

var errNote = errors.New("the note is damaged")

// readParkedNote refuses what operation cannot have written.
func readParkedNote(stored []byte) (n parkedNote, err error) {
	var note storedNote
	if err = json.Unmarshal(stored, &note); err == nil {
		err = json.Unmarshal(note.Note, &n)
	}
	switch {
	case err != nil:
	case crc32.Checksum(note.Note, castagnoli) != note.Checksum,
		n.Identity == "", n.Next < n.First, n.Next-n.First > maxParked, n.Visits < 0, n.Bytes < 0:
		err = errNote
	default:
		return n, nil
	}
	return parkedNote{}, fmt.Errorf("the note of visits that wait for a site is damaged, so they cannot be found: %w", err)
}
