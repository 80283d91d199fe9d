// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAReaderGetsOnlyTheEntriesItHasNotSeen(t *testing.T) {
	f := newFeed()
	entries, seen, changed := f.since(0)
	assert.Empty(t, entries)
	f.add(entry{Visit: &visit{Status: 1}})
	<-changed // closed by add

	f.add(entry{Refusal: &refusal{Status: 2}})
	entries, seen, changed = f.since(seen)
	assert.Equal(t, []entry{{Visit: &visit{Status: 1}}, {Refusal: &refusal{Status: 2}}}, entries)
	f.notify()
	<-changed
	entries, _, _ = f.since(seen)
	assert.Empty(t, entries)
}

func TestTheFeedKeepsOnlyTheNewestEntries(t *testing.T) {
	f := newFeed()
	for i := range 3*feedLength + 7 {
		f.add(entry{Visit: &visit{Status: i}})
	}
	entries, seen, _ := f.since(5)
	assert.Len(t, entries, feedLength)
	assert.Equal(t, 2*feedLength+7, entries[0].Visit.Status)
	assert.Equal(t, 3*feedLength+6, entries[feedLength-1].Visit.Status)
	assert.EqualValues(t, 3*feedLength+7, seen)
}
