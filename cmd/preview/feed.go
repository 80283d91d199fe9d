// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import "sync"

// feedLength is how many of the newest entries a page can still ask for. A page
// that falls further behind misses the older ones; the totals tell of them all.
const feedLength = 100

// entry is one row of the page: exactly one of the two is set.
type entry struct {
	Visit   *visit   `json:"visit,omitempty"`
	Refusal *refusal `json:"refusal,omitempty"`
}

// feed is a ring of the newest entries that any number of pages follow, each at
// its own pace. A slow page holds up nobody. Safe for concurrent use.
type feed struct {
	mu      sync.Mutex
	ring    [feedLength]entry
	count   uint64        // entries ever added
	changed chan struct{} // closed and replaced at each change
}

func newFeed() *feed { return &feed{changed: make(chan struct{})} }

func (f *feed) add(e entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ring[f.count%feedLength] = e
	f.count++
	f.wake()
}

// touch tells pages of new totals when no entry came with them.
func (f *feed) touch() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wake()
}

// wake is called with the lock held.
func (f *feed) wake() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// since returns the entries after the first seen ones, oldest first, the number
// to ask with next time, and a channel that is closed when there is more.
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
