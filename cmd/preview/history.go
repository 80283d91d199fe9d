// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// Limits of the memory.
const (
	maxRequests  = 50_000
	maxTextBytes = 32 << 20 // of all requests; visitors choose how long their texts are
	maxRefusals  = 20
	maxShared    = 4096 // texts
)

// history has the newest requests, each once although two APIs get it, and the newest
// refusals. Any number of pages can read it. Safe for concurrent use.
type history struct {
	mu       sync.Mutex
	requests []*request // the oldest first, with consecutive numbers; each is immutable
	refusals []refusal  // the oldest first
	last     uint64     // the number of the newest request
	bytes    int        // of their texts
	changed  chan struct{}

	seed maphash.Seed
	// waiting are the numbers of the requests that one API got and the other did not, by
	// what both get. All with the same key have the same mark.
	waiting map[uint64][]uint64
	shared  map[string]string // texts that many requests have
}

func newHistory() *history {
	return &history{changed: make(chan struct{}), seed: maphash.MakeSeed(), waiting: map[uint64][]uint64{}, shared: map[string]string{}}
}

// key is what both APIs get of a request. The time has milliseconds in both. The query is
// not in it, because each exporter has its own rules for queries.
func (h *history) key(r *request) uint64 {
	return maphash.Comparable(h.seed, struct {
		milliseconds            int64
		status                  int
		method, path, userAgent string
	}{r.Time / int64(time.Millisecond), r.Status, r.method, r.Path, r.UserAgent})
}

// add adds a visit to one API. If the other API got it before, it is the same request.
func (h *history) add(r *request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.notifyLocked()
	key := h.key(r)
	if same := h.waiting[key]; len(same) > 0 {
		at := same[0] - h.requests[0].number
		if before := h.requests[at]; before.arrived != r.arrived {
			h.requests[at] = before.with(r)
			h.bytes += h.requests[at].size() - before.size()
			h.unwait(key)
			return
		}
	}
	h.last++
	r.number = h.last
	for _, text := range []*string{&r.UserAgent, &r.Host, &r.Referer, &r.method} {
		*text = h.share(*text)
	}
	h.requests = append(h.requests, r)
	h.bytes += r.size()
	h.waiting[key] = append(h.waiting[key], r.number)
	for len(h.requests) > maxRequests || h.bytes > maxTextBytes {
		h.forgetOldest()
	}
}

// unwait forgets the first request that waits with a key.
func (h *history) unwait(key uint64) {
	if h.waiting[key] = h.waiting[key][1:]; len(h.waiting[key]) == 0 {
		delete(h.waiting, key)
	}
}

func (h *history) forgetOldest() {
	oldest := h.requests[0]
	key := h.key(oldest)
	if same := h.waiting[key]; len(same) > 0 && same[0] == oldest.number {
		h.unwait(key)
	}
	h.bytes -= oldest.size()
	h.requests[0] = nil
	h.requests = h.requests[1:]
}

// share returns an equal text that takes memory once.
func (h *history) share(text string) string {
	if known, ok := h.shared[text]; ok {
		return known
	}
	if len(h.shared) == maxShared {
		clear(h.shared)
	}
	h.shared[text] = text
	return text
}

func (h *history) addRefusal(r refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.refusals) == maxRefusals {
		h.refusals = slices.Delete(h.refusals, 0, 1)
	}
	h.refusals = append(h.refusals, r)
	h.notifyLocked()
}

// notify wakes the pages when the totals have changed and nothing else.
func (h *history) notify() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.notifyLocked()
}

// notifyLocked requires the lock.
func (h *history) notifyLocked() {
	close(h.changed)
	h.changed = make(chan struct{})
}

// snapshot is a history at one moment.
type snapshot struct {
	requests []*request // the oldest first
	refusals []refusal  // the oldest first
	last     uint64     // how many requests have arrived, those that are forgotten included
}

// now returns what there is, and a channel that is closed at the next change.
func (h *history) now() (s snapshot, changed <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return snapshot{slices.Clone(h.requests), slices.Clone(h.refusals), h.last}, h.changed
}
