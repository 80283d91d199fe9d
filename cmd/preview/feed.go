// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import "sync"

// feedLength is the number of entries that the feed keeps. A page that falls further
// behind misses the older ones. The totals still count them.
const feedLength = 100

// entry is one row of the page. Exactly one field is set.
type entry struct {
	Visit   *visit   `json:"visit,omitempty"`
	Refusal *refusal `json:"refusal,omitempty"`
}

// feed is a ring of the newest entries. Any number of pages can follow it, each at
// its own pace, and a slow page does not delay the others. Safe for concurrent use.
type feed struct {
	mu      sync.Mutex
	ring    [feedLength]entry
	count   uint64        // entries added since the start
	changed chan struct{} // closed and replaced at each change
}

func newFeed() *feed { return &feed{changed: make(chan struct{})} }

func (f *feed) add(e entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring[f.count%feedLength] = e
	f.count++
	f.notifyLocked()
}

// notify wakes the pages when the totals have changed without a new entry.
func (f *feed) notify() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notifyLocked()
}

// notifyLocked requires the lock.
func (f *feed) notifyLocked() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// since returns the entries after the first seen ones, oldest first, the value of
// seen for the next call, and a channel that is closed at the next change.
func (f *feed) since(seen uint64) (entries []entry, count uint64, changed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count > feedLength {
		seen = max(seen, f.count-feedLength)
	}
	entries = make([]entry, 0, f.count-seen)
	for ; seen < f.count; seen++ {
		entries = append(entries, f.ring[seen%feedLength])
	}
	return entries, f.count, f.changed
}
