// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"strconv"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// A stored batch of another destination, site or version of the format must not be
// sent, and must not be lost either: a typo in `site_id` would empty the queue. So
// it is set aside. It stays in the storage under the queue's own key, which the
// queue never uses again because its numbers only grow. The queue is told that its
// place is empty, and is kept from deleting it. An index beside the queue's keys
// remembers it (set_aside_index.go). When the exporter is for it again, it returns
// to the queue (set_aside_return.go) while that has room (set_aside_room.go). The log
// says so (set_aside_log.go).
//
// What is parked is set aside in the same way (parking_disk.go), under a number that no
// queue counts to.
//
// The transaction that makes the queue forget a batch writes the changed index too.
// So at any moment the queue or the index knows the batch, or both do.

// setAside takes away what the queue has read and cannot send. The caller holds the
// lock.
func (s *Storage) setAside(ctx context.Context, gets []*storage.Operation) {
	for _, o := range gets {
		number, isBatch := batchNumber(o)
		if !isBatch || len(o.Value) == 0 {
			continue
		}
		if owner, visits, ours := s.settings.Encoding.owner(o.Value); !ours {
			s.protected[o.Key] = struct{}{}
			s.index.add(owner, number, visits, len(o.Value))
			o.Value = nil
			s.reportSoon()
		}
	}
	s.limitAside(ctx)
}

// limitAside drops the oldest batches that exceed what may be set aside. The caller holds
// the lock.
func (s *Storage) limitAside(ctx context.Context) {
	for s.index.bytes() > s.maxAside {
		oldest, found := s.droppable()
		if !found || s.drop(ctx, oldest) != nil {
			return
		}
		s.remove(ctx, oldest)
	}
}

// droppable is the oldest batch that may be dropped. The one that returns to the
// queue now is no loss, so it may not. The caller holds the lock.
func (s *Storage) droppable() (number uint64, found bool) {
	for _, r := range s.index.runs {
		switch {
		case s.moving == nil || s.moving.number != r.First:
			return r.First, true
		case r.First < r.Last:
			s.index.isolate(r.First, s.moving.visits, s.moving.bytes)
			return r.First + 1, true
		}
	}
	return 0, false
}

// maxAside is how many bytes may be set aside: as many as the queue may have, if it
// counts bytes.
func maxAside(queue *Config) int {
	if countsBytes(queue) {
		return int(queue.QueueSize)
	}
	return defaultMaxAside
}

// defaultMaxAside is the limit for a queue that counts something else.
const defaultMaxAside = 64 << 20

// makeWay drops what is set aside where the queue is about to write a batch. This
// happens only if the queue has lost its notes, and begins again at 0. The caller
// holds the lock.
func (s *Storage) makeWay(ctx context.Context, sets []*storage.Operation) error {
	for _, o := range sets {
		number, isBatch := batchNumber(o)
		if !isBatch || s.index.has(number) < 0 {
			continue
		}
		if s.moving != nil && s.moving.number == number {
			s.index.remove(number, s.moving.visits, s.moving.bytes)
			s.moving.overwritten = true
			continue
		}
		if err := s.drop(ctx, number); err != nil {
			return err
		}
	}
	return nil
}

// batchNumber is the number of the batch that an operation is about. The keys of
// the queue's notes are not numbers.
func batchNumber(o *storage.Operation) (number uint64, isBatch bool) {
	number, err := strconv.ParseUint(o.Key, 10, 64)
	return number, err == nil
}

func keyOf(number uint64) string { return strconv.FormatUint(number, 10) }

// drop takes a batch out of the index and counts its visits. The caller holds the
// lock.
func (s *Storage) drop(ctx context.Context, number uint64) error {
	stored, err := s.client.Get(ctx, keyOf(number))
	if err != nil {
		return err
	}
	visits := 0
	if len(stored) > 0 {
		_, visits, _ = s.settings.Encoding.owner(stored)
	}
	s.index.remove(number, visits, len(stored))
	s.countDropped(visits)
	return nil
}

// countDropped counts visits that are lost. The caller holds the lock.
func (s *Storage) countDropped(visits int) {
	s.settings.Dropped(visits)
	s.droppedVisits += visits
	s.reportSoon()
}

// remove deletes a batch that the index does not have any more. The caller holds
// the lock.
func (s *Storage) remove(ctx context.Context, number uint64) {
	if s.write(ctx, []*storage.Operation{storage.DeleteOperation(keyOf(number))}) != nil {
		s.undeleted[keyOf(number)] = struct{}{}
	}
}

// withoutProtected leaves out the deletions of batches that are set aside, and
// counts them. The queue deletes each batch that it was given once.
func (s *Storage) withoutProtected(deletes []*storage.Operation) (others []*storage.Operation, protected int) {
	for _, o := range deletes {
		if _, ok := s.protected[o.Key]; ok {
			delete(s.protected, o.Key)
			protected++
			continue
		}
		others = append(others, o)
	}
	return others, protected
}
