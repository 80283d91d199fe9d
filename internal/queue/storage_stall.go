// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"errors"
	"sync/atomic"
	"time"
)

// The queue writes to its storage while it holds its lock, so a disk that hangs holds
// everyone who puts a batch. Nobody can give up waiting honestly: the batch may be
// written later, and would be delivered although it was reported as refused. So those
// who wait go on waiting; but nobody joins them.

// stallLimit is how long one transaction may take before new batches are refused. It is
// longer than a slow disk needs, and shorter than the 10 seconds that OTLP clients wait.
const stallLimit = 5 * time.Second

var errStalled = errors.New("the storage of the queue hangs: a write has taken longer than 5 seconds, and is not done yet")

// stall knows since when a transaction has been under way.
type stall struct{ since atomic.Int64 } // Unix nanoseconds; 0 if there is none

// begin returns what is to be called at the transaction's end.
func (s *stall) begin() (end func()) {
	s.since.Store(time.Now().UnixNano())
	return func() { s.since.Store(0) }
}

// Stalled is an error while the disk hangs. A batch that is put then would wait with all
// others. It is nil for a nil Storage.
func (s *Storage) Stalled() error {
	if s == nil {
		return nil
	}
	if since := s.stall.since.Load(); since != 0 && time.Since(time.Unix(0, since)) > stallLimit {
		return errStalled
	}
	return nil
}
