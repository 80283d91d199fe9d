// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"slices"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// chunk is a run of encoded visits of one site, each followed by the framing's separator.
// Its bytes never change, so several batches can share them. Only the batch that made a
// chunk may write to the room after its bytes.
type chunk struct {
	site  *destination.Site
	lines []byte
	count int
	// isBuffer says that the memory of the lines, and the room after them, can be used again
	// after their delivery. No other chunk shares it, and nobody writes to the room.
	isBuffer bool
}

// A chunk of less than smallChunk bytes is not worth memory of its own. Small chunks
// are copied into one with room for chunkRoom bytes.
const (
	smallChunk = 8 << 10
	chunkRoom  = 64 << 10
)

// addChunk appends a chunk: to the room of the last one, or as it is. Chunks of two sites
// share a room, but are not joined.
func addChunk(chunks []chunk, c chunk) []chunk {
	if last := len(chunks) - 1; last >= 0 && chunks[last].room() >= len(c.lines) {
		return appendLines(chunks, c)
	}
	switch {
	case len(c.lines) < smallChunk:
		c.lines, c.isBuffer = append(make([]byte, 0, chunkRoom), c.lines...), false
	case !c.isBuffer:
		c.lines = slices.Clip(c.lines)
	}
	return append(chunks, c)
}

// appendLines copies a chunk to the room of the last one, which has enough.
func appendLines(chunks []chunk, c chunk) []chunk {
	last := &chunks[len(chunks)-1]
	end := len(last.lines)
	room := append(last.lines, c.lines...)
	if last.site == c.site {
		last.lines, last.count = room, last.count+c.count
		return chunks
	}
	last.lines = slices.Clip(last.lines)
	return append(chunks, chunk{site: c.site, lines: room[end:], count: c.count})
}

// room is how many bytes can be appended to the lines.
func (c *chunk) room() int {
	if c.isBuffer {
		return 0
	}
	return cap(c.lines) - len(c.lines)
}

// clipLast clips the capacity of the last chunk: its memory is shared from now on. That of
// a buffer is not.
func clipLast(chunks []chunk) {
	if last := len(chunks) - 1; last >= 0 && !chunks[last].isBuffer {
		chunks[last].lines = slices.Clip(chunks[last].lines)
	}
}

var lineBreak = []byte{'\n'}

// cutBytes cuts off as many visits as fit into size bytes, which may be none.
func (c chunk) cutBytes(size int) (part, rest chunk) {
	end := bytes.LastIndexByte(c.lines[:min(size, len(c.lines))], '\n') + 1
	return c.cutAt(end, bytes.Count(c.lines[:end], lineBreak))
}

// cutCount cuts off count visits. The chunk has that many or more.
func (c chunk) cutCount(count int) (part, rest chunk) {
	end := 0
	for range count {
		end += bytes.IndexByte(c.lines[end:], '\n') + 1
	}
	return c.cutAt(end, count)
}

// cutAt cuts at the byte end, after count visits. The parts share their memory, so
// neither has room in it, and neither has a buffer.
func (c chunk) cutAt(end, count int) (part, rest chunk) {
	part = chunk{site: c.site, lines: c.lines[:end:end], count: count}
	return part, chunk{site: c.site, lines: c.lines[end:len(c.lines):len(c.lines)], count: c.count - count}
}
