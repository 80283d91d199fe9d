// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"slices"
)

// bufferPool holds buffers whose visits have been delivered. The next visits are
// put there: memory that is new has to be cleared first, and collected in the end.
// Whoever calls it holds the memory's lock.
type bufferPool struct {
	buffers [][]byte // the oldest first
	size    int      // of all
}

// Few buffers serve a busy exporter, because bodies are delivered as soon as they
// are full. What is beyond these bounds is left to the garbage collector.
const (
	maxPoolBytes   = 4 << 20
	maxPoolBuffers = 64
)

// get returns the empty buffer that fits so many bytes best, or nil: one that is
// larger by more than a sixteenth would make the queue take more than it says.
func (p *bufferPool) get(size int) []byte {
	best, most := -1, size+size/16
	for i, buffer := range p.buffers {
		if c := cap(buffer); c >= size && c <= most {
			best, most = i, c
		}
	}
	if best < 0 {
		return nil
	}
	buffer := p.buffers[best]
	p.remove(best)
	return buffer[:0]
}

// put adds a buffer, and drops the oldest ones that are too many.
func (p *bufferPool) put(buffer []byte) {
	p.buffers = append(p.buffers, buffer)
	p.size += cap(buffer)
	for len(p.buffers) > maxPoolBuffers || p.size > maxPoolBytes {
		p.remove(0)
	}
}

func (p *bufferPool) remove(i int) {
	p.size -= cap(p.buffers[i])
	p.buffers = slices.Delete(p.buffers, i, i+1)
}
