// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// offer puts a payload of one visit into the memory, and tells it what the queue did
// with the batch. It returns nil if the visit joined another batch.
func offer(m *Memory, visit int, queueError error) *Batch {
	b := m.Put(share(lineOf(m, visit, 300), 1), 0)
	switch {
	case b == nil:
	case queueError != nil:
		m.Refused(b)
	default:
		m.Queued(b)
	}
	return b
}

func TestSmallPayloadsAreCoalescedWhileOthersWait(t *testing.T) {
	m := testMemory(t, true, coalesceAbove+1)
	first := offer(m, 0, nil)
	require.NotNil(t, first)
	assert.Equal(t, m.framing.BodySize(coalescedBytes), first.BytesSize(), "the queue reserves what it can reach")
	for i := 1; i < 5; i++ {
		assert.Nil(t, offer(m, i, nil), "it joins the batch")
	}
	assert.Equal(t, coalesceAbove+1+first.size, m.waiting)

	first.Take()
	assert.Equal(t, []string{fakeVisit(0, 298), fakeVisit(1, 298), fakeVisit(2, 298), fakeVisit(3, 298), fakeVisit(4, 298)}, visitsOf(t, first))
	assert.Equal(t, 5, first.ItemsCount())
	assert.Equal(t, m.framing.BodySize(first.size), first.BytesSize(), "its turn has come")
	assert.Equal(t, coalesceAbove+1, m.waiting)
	next := offer(m, 5, nil)
	require.NotNil(t, next, "nothing joins a batch that is on its way")
	assert.Equal(t, 5, first.ItemsCount())
	assert.Equal(t, 1, next.ItemsCount())
}

func TestAFullBatchIsCompressedInALongQueue(t *testing.T) {
	for name, c := range map[string]struct {
		waiting    int
		compressed bool
	}{
		"a short queue holds it as it is":  {coalesceAbove + 1, false},
		"a long queue holds it as a block": {compressAbove + 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			m := testMemory(t, true, c.waiting)
			first := offer(m, 0, nil)
			sent := 1
			var second *Batch
			for ; second == nil; sent++ {
				second = offer(m, sent, nil)
			}
			assert.Equal(t, c.compressed, first.block != nil)
			assert.LessOrEqual(t, first.size, coalescedBytes)
			assert.Greater(t, first.size, coalescedBytes-smallChunk)
			parts := mergeSplit(t, first, 0, inBytes, second)
			require.Len(t, parts, 1)
			assert.Len(t, visitsOf(t, parts[0]), sent)
			assert.Equal(t, c.waiting, m.waiting)
		})
	}
}

// TestABatchFillsItsRoomExactly: what fits into 64 KiB joins, and not a byte more.
func TestABatchFillsItsRoomExactly(t *testing.T) {
	for name, c := range map[string]struct {
		last   int
		joined bool
	}{
		"the last visit fits":               {coalescedBytes - 10*6000, true},
		"the last visit is a byte too long": {coalescedBytes - 10*6000 + 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := testMemory(t, true, coalesceAbove+1)
			b := m.Put(share(lineOf(m, 0, 6000), 1), 0)
			m.Queued(b)
			for i := range 9 {
				require.Nil(t, m.Put(share(lineOf(m, i+1, 6000), 1), 0))
			}
			room := cap(b.chunks[0].lines)
			assert.Equal(t, c.joined, m.Put(share(lineOf(m, 10, c.last), 1), 0) == nil)
			assert.Equal(t, room, cap(b.chunks[0].lines), "the room is made once")
		})
	}
}

func TestARefusedBatchIsNotOpen(t *testing.T) {
	m := testMemory(t, true, coalesceAbove+1)
	refused := offer(m, 0, exporterhelper.ErrQueueIsFull)
	require.NotNil(t, refused)
	assert.Less(t, cap(refused.chunks[0].lines), smallChunk, "a full queue refuses many, so they have no room for others")
	assert.NotNil(t, offer(m, 1, nil), "the first was dropped")
}

func TestABatchThatIsTakenBeforeItsProducerKnowsIsNotOpen(t *testing.T) {
	m := testMemory(t, true, coalesceAbove+1)
	quick := m.Put(share(lineOf(m, 0, 300), 1), 0)
	quick.Take()
	m.Queued(quick)
	assert.NotNil(t, offer(m, 1, nil))
	assert.Equal(t, 1, quick.ItemsCount())
}

// TestOneCoalescedBatchIsQueuedAtATime: otherwise each of many payloads that come at
// once would reserve the room of a whole coalesced batch.
func TestOneCoalescedBatchIsQueuedAtATime(t *testing.T) {
	m := testMemory(t, true, coalesceAbove+1)
	first := m.Put(share(lineOf(m, 0, 300), 1), 0)
	meanwhile := m.Put(share(lineOf(m, 1, 300), 1), 0)
	assert.Less(t, meanwhile.BytesSize(), 1000)
	m.Queued(first)
	assert.Nil(t, offer(m, 2, nil))
	assert.Equal(t, 2, first.ItemsCount())
}

func TestABatchThatIsTakenLetsNoSecondOneOpen(t *testing.T) {
	m := testMemory(t, true, coalesceAbove+1)
	first := offer(m, 0, nil)
	m.change(first, stateFull)
	second := m.Put(share(lineOf(m, 1, 300), 1), 0)
	require.Equal(t, stateOpening, second.state)
	first.Take()
	third := m.Put(share(lineOf(m, 2, 300), 1), 0)
	assert.Equal(t, statePlain, third.state)
}

func TestABatchThatIsTakenAtOnceLetsNoSecondOneOpen(t *testing.T) {
	m := testMemory(t, true, coalesceAbove+1)
	quick := m.Put(share(lineOf(m, 0, 300), 1), 0)
	quick.Take()
	second := m.Put(share(lineOf(m, 1, 300), 1), 0)
	require.Equal(t, stateOpening, second.state)
	m.Queued(quick) // its producer learns late that it was queued
	assert.Equal(t, statePlain, m.Put(share(lineOf(m, 2, 300), 1), 0).state)
}

func TestCoalescingIsForSmallPayloadsThatWait(t *testing.T) {
	for name, c := range map[string]struct {
		memory *Memory
		size   int
		want   bool
	}{
		"enough wait":          {testMemory(t, true, coalesceAbove+1), smallChunk - 1, true},
		"too few wait":         {testMemory(t, true, coalesceAbove), 100, false},
		"the payload is large": {testMemory(t, true, coalesceAbove+1), smallChunk, false},
		"the queue is on disk": {NewDiskMemory(nil), 100, false},
		"the queue must not":   {testMemory(t, false, coalesceAbove+1), 100, false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, c.memory.wants(c.size)) })
	}
}

// TestAQueueThatMayCoalesce has the default queue, and each change that forbids it.
func TestAQueueThatMayCoalesce(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		want   bool
	}{
		"as it is by default":                                                   {func(*Config) {}, true},
		"of the smallest size with room for many":                               {func(c *Config) { c.QueueSize = minCoalescingQueue }, true},
		"without room for many":                                                 {func(c *Config) { c.QueueSize = minCoalescingQueue - 1 }, false},
		"receivers wait for the end of a batch":                                 {func(c *Config) { c.WaitForResult = true }, false},
		"it counts visits":                                                      {func(c *Config) { c.Sizer = exporterhelper.RequestSizerTypeItems }, false},
		"it wakes one who waits for room per batch":                             {func(c *Config) { c.BlockOnOverflow = true }, false},
		"nothing dequeues a batch before the helper reads its number of visits": {func(c *Config) { c.Batch = configoptional.None[exporterhelper.BatchConfig]() }, false},
	} {
		t.Run(name, func(t *testing.T) {
			queue := exporterhelper.NewDefaultQueueConfig()
			queue.Sizer, queue.QueueSize = exporterhelper.RequestSizerTypeBytes, 64<<20
			queue.Batch.GetOrInsertDefault()
			c.change(&queue)
			assert.Equal(t, c.want, Coalesces(&queue))
		})
	}
	assert.False(t, Coalesces(nil), "there is no queue")
}
