// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// chunkOf makes a chunk of visits of 100 bytes.
func chunkOf(visits int) chunk {
	return chunk{lines: []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", visits)), count: visits}
}

func TestSmallChunksShareMemory(t *testing.T) {
	var chunks []chunk
	for range 600 {
		chunks = addChunk(chunks, chunkOf(1))
	}
	assert.Len(t, chunks, 1)
	assert.Equal(t, 600, chunks[0].count)
	assert.Equal(t, chunkRoom, cap(chunks[0].lines), "nothing was copied again")
}

func TestARoomIsFilledToItsLastByte(t *testing.T) {
	for name, c := range map[string]struct{ last, chunks int }{
		"what fits exactly is copied":  {36, 1},
		"what does not is a new chunk": {37, 2},
	} {
		t.Run(name, func(t *testing.T) {
			chunks := addChunk(nil, chunkOf(1))
			for range chunkRoom/100 - 1 {
				chunks = addChunk(chunks, chunkOf(1))
			}
			chunks = addChunk(chunks, chunk{lines: []byte(strings.Repeat("x", c.last-1) + "\n"), count: 1}) // 64 KiB is 65,536 bytes
			assert.Len(t, chunks, c.chunks)
		})
	}
}

func TestALargeChunkIsNotCopied(t *testing.T) {
	for name, c := range map[string]struct {
		size   int
		copied bool
	}{
		"of 8 KiB": {smallChunk, false}, "a byte smaller": {smallChunk - 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			large := chunk{lines: append(make([]byte, 0, 2*smallChunk), strings.Repeat("x", c.size-1)+"\n"...), count: 1}
			got := addChunk(nil, large)[0]
			assert.Equal(t, c.copied, &large.lines[0] != &got.lines[0])
			if !c.copied {
				assert.Equal(t, len(got.lines), cap(got.lines), "others may use the room")
			}
		})
	}
}

func TestAChunkIsCutBetweenVisits(t *testing.T) {
	c := chunkOf(5)
	for size, want := range map[int]int{0: 0, 99: 0, 100: 1, 199: 1, 200: 2, 499: 4, 500: 5, 1000: 5} {
		part, rest := c.cutBytes(size)
		assert.Equal(t, want, part.count, size)
		assert.Equal(t, 5-want, rest.count, size)
		assert.Len(t, part.lines, 100*want)
		assert.Len(t, rest.lines, 100*rest.count)
	}
}
