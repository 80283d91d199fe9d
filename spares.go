// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"bytes"
	"slices"
	"sync"
)

// spares are pieces of memory whose visits have been delivered. The next visits
// are put there: memory that is new has to be cleared first, and collected in the
// end. A nil spares keeps none.
type spares struct {
	mu     sync.Mutex
	pieces [][]byte // the oldest first
	size   int
}

// Few pieces serve a busy exporter, for bodies are delivered as soon as they are
// full. What is beyond these bounds is left to the garbage collector.
const (
	maxSpareBytes = 4 << 20
	maxSpares     = 64
)

// copyOf makes a chunk of lines, which stay the caller's.
func (s *spares) copyOf(lines []byte, count int) chunk {
	if s == nil || len(lines) < smallChunk {
		return chunk{lines: slices.Clip(bytes.Clone(lines)), count: count}
	}
	memory := append(s.take(len(lines)), lines...)
	return chunk{lines: slices.Clip(memory), count: count, memory: memory}
}

// take is the piece that fits so many bytes best, or nil: one that is larger by
// more than a sixteenth would make the queue take more than it says.
func (s *spares) take(size int) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	best, most := -1, size+size/16
	for i, piece := range s.pieces {
		if c := cap(piece); c >= size && c <= most {
			best, most = i, c
		}
	}
	if best < 0 {
		return nil
	}
	piece := s.pieces[best]
	s.remove(best)
	return piece[:0]
}

// give takes the memory of a batch that was delivered, which is of no use after
// that. Nobody else may have it: see client.post, after which nobody reads a body
// any more, and chunk.cutAt.
func (s *spares) give(b *batch) {
	if s == nil {
		return
	}
	chunks := b.chunks
	b.chunks = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range chunks {
		if c.memory == nil {
			continue
		}
		s.pieces = append(s.pieces, c.memory)
		s.size += cap(c.memory)
		for len(s.pieces) > maxSpares || s.size > maxSpareBytes {
			s.remove(0)
		}
	}
}

func (s *spares) remove(i int) {
	s.size -= cap(s.pieces[i])
	s.pieces = slices.Delete(s.pieces, i, i+1)
}
