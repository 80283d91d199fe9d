// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// postpone remembers what is to be deleted.
func (s *Storage) postpone(deletes []*storage.Operation) {
	for _, o := range deletes {
		s.undeleted[o.Key] = struct{}{}
	}
}

// keepInMemory keeps the batches that cannot be put. The queue itself remembers its
// notes.
func (s *Storage) keepInMemory(sets []*storage.Operation) {
	for _, o := range sets {
		if _, isBatch := batchNumber(o); isBatch {
			s.unwritten[o.Key] = o.Value
		}
	}
}

// answerFromMemory completes gets with what the disk does not have.
func (s *Storage) answerFromMemory(gets []*storage.Operation) {
	for _, o := range gets {
		if batch, ok := s.unwritten[o.Key]; ok && o.Value == nil {
			o.Value = batch
		}
	}
}

// forget removes from memory what is deleted.
func (s *Storage) forget(deletes []*storage.Operation) {
	for _, o := range deletes {
		delete(s.unwritten, o.Key)
	}
}

// catchUp writes and deletes what could not be before. It deletes nothing while
// batches are only in memory: on the disk there may be nothing else of them. The
// caller holds the lock.
func (s *Storage) catchUp(ctx context.Context) {
	if s.index.changed && s.write(ctx, nil) != nil {
		return
	}
	if len(s.unwritten) > 0 {
		return
	}
	for key := range s.undeleted {
		if s.client.Delete(ctx, key) != nil {
			return
		}
		delete(s.undeleted, key)
	}
	if s.failing {
		s.failing = false
		s.settings.Logger.Info("The storage of the queue takes writes again.")
	}
}

// warnOfFailure warns once that the storage fails.
func (s *Storage) warnOfFailure(err error) {
	if !s.failing {
		s.failing = true
		s.settings.Logger.Warn("The storage of the queue takes no writes. Free some disk space, or allow writing to it. Until then the queued visits are delivered, but a restart would deliver them again.", zap.Error(err))
	}
}
