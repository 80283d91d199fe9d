// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// ShelfSlots is how many batches a Shelf has room for.
const ShelfSlots = 256

// shelfPrefix begins the storage's key of each slot.
const shelfPrefix = "agent_visits_shelf_"

func slotKey(slot int) string { return shelfPrefix + strconv.Itoa(slot) }

func isSlotKey(key string) bool { return strings.HasPrefix(key, shelfPrefix) }

// Shelf keeps batches in the storage of a queue on disk, beside the queue's own: those
// that are still to be delivered though the queue was told that they are. At the next
// start they go on.
type Shelf struct {
	*Storage
	wait func() // until nobody uses the shelf any more

	mu   sync.Mutex
	used [ShelfSlots]bool
}

// Shelf is the storage's shelf, or nil if the queue is not on disk.
func (s *Storage) Shelf() *Shelf {
	if s == nil {
		return nil
	}
	return s.shelf
}

var errShelfFull = errors.New("the shelf is full")

// Put keeps a batch, and returns its slot.
func (s *Shelf) Put(ctx context.Context, b *Batch) (slot int, err error) {
	stored, err := s.settings.Encoding.Marshal(ctx, b)
	if err != nil {
		return 0, err
	}
	slot, found := s.take()
	if !found {
		return 0, errShelfFull
	}
	if err := s.client.Set(ctx, slotKey(slot), stored); err != nil {
		s.release(slot)
		return 0, err
	}
	return slot, nil
}

// Replace keeps these visits in a slot instead of those that it has.
func (s *Shelf) Replace(ctx context.Context, slot int, left *Batch) error {
	stored, err := s.settings.Encoding.Marshal(ctx, left)
	if err != nil {
		return err
	}
	return s.client.Set(ctx, slotKey(slot), stored)
}

// Remove empties a slot. If the disk does not let it, it is emptied later and not used
// again until then.
func (s *Shelf) Remove(ctx context.Context, slot int) {
	if err := s.client.Delete(ctx, slotKey(slot)); err != nil {
		s.Storage.mu.Lock()
		defer s.Storage.mu.Unlock()
		s.undeleted[slotKey(slot)] = struct{}{}
		s.warnOfFailure(err)
		return
	}
	s.release(slot)
}

func (s *Shelf) take() (slot int, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for slot, used := range s.used {
		if !used {
			s.used[slot] = true
			return slot, true
		}
	}
	return 0, false
}

func (s *Shelf) release(slot int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used[slot] = false
}

// Resume hands out what an earlier process has left. wait is called before the storage is
// closed. A batch for another exporter stays.
func (s *Shelf) Resume(ctx context.Context, resume func(slot int, b *Batch), wait func()) error {
	if s == nil {
		return nil
	}
	s.wait = wait
	gets := make([]*storage.Operation, ShelfSlots)
	for slot := range gets {
		gets[slot] = storage.GetOperation(slotKey(slot))
	}
	if err := s.client.Batch(ctx, gets...); err != nil {
		return err
	}
	var found []*Batch
	var slots []int
	for slot, o := range gets {
		if b := s.read(ctx, slot, o.Value); b != nil {
			found, slots = append(found, b), append(slots, slot)
		}
	}
	for i, b := range found {
		resume(slots[i], b)
	}
	return nil
}

// read reads a slot. It is nil if the slot is empty, damaged or of another exporter.
func (s *Shelf) read(ctx context.Context, slot int, stored []byte) *Batch {
	if len(stored) == 0 {
		return nil
	}
	s.mu.Lock()
	s.used[slot] = true
	s.mu.Unlock()
	if of, visits, ours := s.settings.Encoding.owner(stored); !ours {
		s.settings.Logger.Warn("Visits in the queue on disk are not for this exporter. They are set aside there: neither sent nor deleted.",
			zap.String("they_are_for", of.Identity), zap.Int("visits", visits), zap.String("remedy", s.remedy(of)))
		return nil
	}
	_, request, err := s.settings.Encoding.Unmarshal(stored)
	if err != nil { // Unmarshal has reported it
		s.Remove(ctx, slot)
		return nil
	}
	return request.(*Batch)
}

// close waits until nobody uses the shelf any more.
func (s *Shelf) close() {
	if s.wait != nil {
		s.wait()
	}
}
