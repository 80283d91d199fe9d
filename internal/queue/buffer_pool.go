// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import "slices"

// bufferPool holds the buffers of delivered visits for the next visits. New memory
// would have to be cleared first and collected in the end. The caller of its methods
// holds the Memory's lock.
type bufferPool struct {
	buffers [][]byte // the oldest first
	size    int      // bytes of all
}

// Few buffers serve a busy exporter, because bodies are delivered as soon as they are
// full. The garbage collector gets what exceeds these limits.
const (
	maxPoolBytes   = 4 << 20
	maxPoolBuffers = 64
)

// get returns the smallest buffer that fits size bytes, or nil. It returns none that is much
// larger than new memory would be: the queue would take more than it counts.
func (p *bufferPool) get(size int) []byte {
	best, most := -1, mostFor(size)
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

// put adds a buffer, and drops the oldest ones that exceed the limits.
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

// mostFor is what new memory for so many bytes takes at most in Go: a sixth more, or whole
// pages of 8 KiB if it is large.
func mostFor(size int) int {
	const large, page = 32 << 10, 8 << 10
	if size <= large {
		return size + size/6
	}
	return max(size+size/6, (size+page-1)/page*page)
}
