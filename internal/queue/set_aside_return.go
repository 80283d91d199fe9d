// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// returnPause is how long the queue is given to make room.
const returnPause = time.Second

// returnToQueue puts what is set aside for this exporter back into the queue, the
// oldest first. offer puts a batch at the queue's end. A batch is deleted from its
// old place once it has a new one: if the process is killed in between, it is
// delivered twice.
func (s *Storage) returnToQueue(ctx context.Context, offer func(context.Context, *Batch) error) {
	for visits := 0; ctx.Err() == nil; {
		number, stored, found, err := s.oldestOwn(ctx)
		if err == nil && !found {
			s.settings.Logger.Info("Visits that were set aside are in the queue again.", zap.Int("visits", visits))
			return
		}
		size := 0
		if err == nil && len(stored) > 0 {
			if _, r, unreadable := s.settings.Encoding.Unmarshal(stored); unreadable == nil {
				size = r.ItemsCount()
				err = offer(ctx, r.(*Batch))
			}
		}
		if err != nil { // the queue is full, or its storage fails
			select {
			case <-ctx.Done():
			case <-time.After(returnPause):
			}
			continue
		}
		visits += size
		s.release(context.WithoutCancel(ctx), number, size, len(stored))
	}
}

// thisExporter is the owner of the batches that this exporter can send.
func (s *Storage) thisExporter() owner {
	return owner{Identity: s.settings.Encoding.Destination.Identity(), Version: batchVersion}
}

// oldestOwn reads the oldest batch that is set aside for this exporter.
func (s *Storage) oldestOwn(ctx context.Context) (number uint64, stored []byte, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index.find(s.thisExporter())
	if i < 0 {
		return 0, nil, false, nil
	}
	number = s.index.runs[i].First
	stored, err = s.client.Get(ctx, keyOf(number))
	return number, stored, true, err
}

// release deletes a batch that the queue has again.
func (s *Storage) release(ctx context.Context, number uint64, visits, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.index.find(s.thisExporter()); i >= 0 && s.index.runs[i].First == number { // else it was dropped meanwhile
		s.index.remove(number, visits, bytes)
		s.remove(ctx, number)
	}
}
