// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// Visits that wait before the queue, until it is known whether they are hops, are on the
// disk as well: they were acknowledged. Each payload's are a batch under a key of its own,
// and a note says which keys there are. A batch stays until all its visits are delivered,
// in the queue, or known as hops. What a process leaves behind, the next one queues: hops
// may count then.

// waitingKey is the key of the note: the first number and the one after the last, as
// uvarints.
const waitingKey = "waiting"

func waitingKeyOf(number uint64) string { return waitingKey + "/" + strconv.FormatUint(number, 10) }

// waitingBatches are the numbers of the batches that wait before the queue.
type waitingBatches struct {
	mu     sync.Mutex // for each transaction, so that the note is true
	first  uint64     // the first one
	next   uint64     // the number of the next one
	others []uint64   // are for another destination or version, and stay
}

func (w *waitingBatches) note() *storage.Operation {
	first := w.first
	if len(w.others) > 0 {
		first = w.others[0]
	}
	return storage.SetOperation(waitingKey, binary.AppendUvarint(binary.AppendUvarint(nil, first), w.next))
}

// maxWaitingBatches is more than come within a wait. A note with more is damaged.
const maxWaitingBatches = 1 << 24

// load takes the note of the last process, unless there is none or it is damaged.
func (w *waitingBatches) load(note []byte) bool {
	first, n := binary.Uvarint(note)
	if n <= 0 {
		return false
	}
	next, n := binary.Uvarint(note[n:])
	if n <= 0 || next < first || next-first > maxWaitingBatches {
		return false
	}
	w.first, w.next = first, next
	return true
}

// KeepWaiting stores a batch that waits before the queue, and returns its number.
func (s *Storage) KeepWaiting(ctx context.Context, b *Batch) (number uint64, err error) {
	if err := s.Stalled(); err != nil {
		return 0, err
	}
	stored, err := s.settings.Encoding.Marshal(ctx, b)
	if err != nil {
		return 0, err
	}
	w := &s.waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	number = w.next
	w.next++
	if err := s.Batch(ctx, storage.SetOperation(waitingKeyOf(number), stored), w.note()); err != nil {
		w.next--
		return 0, err
	}
	return number, nil
}

// ForgetWaiting deletes the batches up to a number, which is left out: their visits are
// in the queue or known as hops.
func (s *Storage) ForgetWaiting(ctx context.Context, end uint64) {
	w := &s.waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	var operations []*storage.Operation
	other := 0
	for ; w.first < min(end, w.next); w.first++ {
		for other < len(w.others) && w.others[other] < w.first {
			other++
		}
		if other == len(w.others) || w.others[other] != w.first {
			operations = append(operations, storage.DeleteOperation(waitingKeyOf(w.first)))
		}
	}
	if len(operations) > 0 {
		_ = s.Batch(ctx, append(operations, w.note())...) // what cannot be deleted, Storage deletes later
	}
}

// WithdrawWaiting deletes batches, because their payloads were refused and come again, or
// because all their visits are known as hops.
func (s *Storage) WithdrawWaiting(ctx context.Context, numbers ...uint64) {
	if len(numbers) == 0 {
		return
	}
	operations := make([]*storage.Operation, len(numbers))
	for i, number := range numbers {
		operations[i] = storage.DeleteOperation(waitingKeyOf(number))
	}
	_ = s.Batch(ctx, operations...) // Storage deletes them later
}

// LeftWaiting reads the batches that the last process left, and the number after them. A
// batch for another destination or version stays until an exporter for it comes.
func (s *Storage) LeftWaiting(ctx context.Context) (left []*Batch, end uint64, err error) {
	w := &s.waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	note, err := s.Get(ctx, waitingKey)
	if err != nil {
		return nil, 0, err
	}
	w.load(note)
	others := map[owner]int{} // visits
	for number := w.first; number < w.next; number++ {
		stored, err := s.Get(ctx, waitingKeyOf(number))
		if err != nil {
			return nil, 0, err
		}
		if len(stored) == 0 {
			continue
		}
		if o, visits, ours := s.settings.Encoding.owner(stored); !ours {
			w.others = append(w.others, number)
			others[o] += visits
			continue
		}
		if _, request, err := s.settings.Encoding.Unmarshal(stored); err == nil {
			left = append(left, request.(*Batch))
		}
	}
	for o, visits := range others {
		s.settings.Logger.Warn("Visits in the queue on disk are not for this exporter. They are set aside there: neither sent nor deleted.",
			zap.String("they_are_for", o.Identity), zap.Int("visits", visits), zap.String("remedy", s.remedy(o)))
	}
	return left, w.next, nil
}

// countWaiting counts the batches that LeftWaiting will read. What cannot be read, it says.
func (s *Storage) countWaiting(ctx context.Context) (batches uint64) {
	var w waitingBatches
	note, _ := s.client.Get(ctx, waitingKey)
	w.load(note)
	for number := w.first; number < w.next; number++ {
		stored, _ := s.client.Get(ctx, waitingKeyOf(number))
		if len(stored) == 0 {
			continue
		}
		if _, _, ours := s.settings.Encoding.owner(stored); ours {
			batches++
		}
	}
	return batches
}

// keepWaiting keeps what waits before the queue, which a note knows. If the note is lost,
// all is kept.
func (s *salvage) keepWaiting(all []tree) {
	w, known := &s.waitingNote, false
	for _, t := range all {
		known = known || w.load(t.read(waitingKey))
	}
	for _, t := range all {
		for key, read := range t {
			digits, isWaiting := strings.CutPrefix(key, waitingKey+"/")
			number, err := strconv.ParseUint(digits, 10, 64)
			if _, has := s.waiting[key]; has || !isWaiting || err != nil || known && (number < w.first || number >= w.next) {
				continue
			}
			if !known {
				if len(s.waiting) == 0 {
					w.first, w.next = number, number
				}
				w.first, w.next = min(w.first, number), max(w.next, number+1)
			}
			s.waiting[key] = read
		}
	}
}
