// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// give returns buffers of these sizes to the memory, as a delivered batch does.
func give(m *Memory, sizes ...int) {
	for _, size := range sizes {
		buffer := make([]byte, size)
		m.Delivered(&Batch{chunks: []chunk{{lines: buffer, count: 1, isBuffer: true}}})
	}
}

func TestABufferIsUsedAgainIfItFits(t *testing.T) {
	m := testMemory(t, false, 0)
	give(m, 20_000, 10_000, 10_600, 10_500)
	for _, c := range []struct{ size, want int }{
		{10_001, 10_500}, // the smallest that is large enough
		{10_001, 10_600},
		{10_001, 0}, // 20,000 is too much
		{10_000, 10_000},
		{17_100, 0},
		{19_000, 20_000},
		{19_000, 0}, // each once
		{16_000, 0},
	} {
		got := m.buffers.get(c.size)
		assert.Equal(t, c.want, cap(got), c.size)
		assert.Empty(t, got)
	}
	assert.Zero(t, m.buffers.size)
}

func TestABufferMayBeLargerByASixthOrByAPage(t *testing.T) {
	m := testMemory(t, false, 0)
	give(m, 18_600, 40<<10)
	assert.Nil(t, m.buffers.get(15_900))
	assert.Equal(t, 18_600, cap(m.buffers.get(16_000)))
	assert.Nil(t, m.buffers.get(32<<10))
	assert.Equal(t, 40<<10, cap(m.buffers.get(32<<10+1)))
}

// TestABufferFitsTheNextPayloadOfItsSize: Go's memory comes in steps, which are larger than the
// payload by up to a sixth, or by a page.
func TestABufferFitsTheNextPayloadOfItsSize(t *testing.T) {
	for size := smallChunk; size < 1<<20; size += size / 50 {
		m := testMemory(t, false, 0)
		first := m.Put(share(lineOf(m, 0, size), 1), 0)
		memory := &first.chunks[0].lines[0]
		first.Take()
		m.Delivered(first)
		require.Same(t, memory, &m.Put(share(lineOf(m, 1, size), 1), 0).chunks[0].lines[0], size)
	}
}

// TestSmallPayloadsHaveNoBuffer: only a payload from 8 KiB on is worth one.
func TestSmallPayloadsHaveNoBuffer(t *testing.T) {
	for name, c := range map[string]struct {
		size int
		want bool
	}{
		"of 8 KiB": {smallChunk, true}, "a byte smaller": {smallChunk - 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := testMemory(t, false, 0)
			give(m, c.size)
			b := m.Put(share(lineOf(m, 0, c.size), 1), 0)
			assert.Equal(t, c.want, b.chunks[0].isBuffer)
			assert.Equal(t, !c.want, len(m.buffers.buffers) == 1, "it is taken from the pool")
		})
	}
}

// TestDeliveredVisitsLeaveTheirMemoryToTheNext: new memory would have to be cleared.
func TestDeliveredVisitsLeaveTheirMemoryToTheNext(t *testing.T) {
	m := testMemory(t, false, 0)
	first := m.Put(share(lineOf(m, 0, 10_000), 1), 0)
	memory := &first.chunks[0].lines[0]
	first.Take()
	assert.NotSame(t, memory, &m.Put(share(lineOf(m, 1, 10_000), 1), 0).chunks[0].lines[0], "it is in use")
	m.Delivered(first)
	assert.Empty(t, first.chunks)
	assert.Same(t, memory, &m.Put(share(lineOf(m, 2, 9_900), 1), 0).chunks[0].lines[0])
}

func TestFewBuffersAreKept(t *testing.T) {
	m := testMemory(t, false, 0)
	pool := &m.buffers
	give(m, slices.Repeat([]int{10_000}, 3*maxPoolBuffers)...)
	assert.Len(t, pool.buffers, maxPoolBuffers)
	give(m, 3<<20, 3<<20)
	assert.LessOrEqual(t, pool.size, maxPoolBytes)
	assert.Equal(t, 3<<20, cap(pool.buffers[len(pool.buffers)-1]), "the latest stay")
	give(m, maxPoolBytes)
	assert.Len(t, pool.buffers, 1, "as many bytes as may be kept")
	give(m, maxPoolBytes+1)
	assert.Empty(t, pool.buffers)
	assert.Zero(t, pool.size)
}

func TestOnlyMemoryOfItsOwnIsUsedAgain(t *testing.T) {
	m := testMemory(t, false, 0)
	lines := []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 100))
	whole := m.Put(share(lines, 100), 0).chunks[0]
	require.True(t, whole.isBuffer)
	part, rest := whole.cutCount(40)
	small := m.Put(share(lines[:100], 1), 0).chunks[0]
	room := addChunk(nil, m.Put(share(lines[:smallChunk-smallChunk%100], smallChunk/100), 0).chunks[0])
	for name, c := range map[string]chunk{"a part": part, "the rest": rest, "a small payload": small, "copied together": room[0]} {
		t.Run(name, func(t *testing.T) { assert.False(t, c.isBuffer) })
	}
}

func TestTheMemoryOfAQueueOnDiskKeepsNothing(t *testing.T) {
	m := NewDiskMemory(&allDestinations()["known_agents"].Framing)
	lines := []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 100))
	b := m.Put(share(lines, 100), 0)
	m.Queued(b)
	assert.False(t, b.chunks[0].isBuffer)
	assert.Equal(t, stateDequeued, b.state)
	assert.Zero(t, m.waiting)
	give(m, 10_000)
	assert.Empty(t, m.buffers.buffers)
}
