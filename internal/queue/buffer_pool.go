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

// get returns the smallest buffer that fits size bytes, or nil. It returns none that is
// larger by more than a sixteenth: the queue would take more memory than it counts.
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
