// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"slices"

	"github.com/klauspost/compress/s2"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// Site is the site of a batch of one site, as BySite makes it. In a batch of several it is
// that of the first visit. It is nil if there are no visits.
func (b *Batch) Site() *destination.Site {
	if len(b.chunks) > 0 {
		return b.chunks[0].site
	}
	return b.site
}

// isMixed says whether there are visits of several sites.
func (b *Batch) isMixed() bool {
	for i := 1; i < len(b.chunks); i++ {
		if b.chunks[i].site != b.chunks[0].site {
			return true
		}
	}
	return false
}

// BySite makes a batch for each site, in the order in which the sites come first. Visits
// are not copied, and those of a site stay in order. A batch of one site is returned as it
// is. The batch must be ready for delivery (see Take), and is not to be used any more.
func (b *Batch) BySite() []*Batch {
	if !b.isMixed() {
		return []*Batch{b}
	}
	clipLast(b.chunks) // the parts share its memory
	numbers, of := map[*destination.Site]int{}, make([]int, len(b.chunks))
	var lengths []int
	for i, c := range b.chunks {
		number, has := numbers[c.site]
		if !has {
			number = len(lengths)
			numbers[c.site], lengths = number, append(lengths, 0)
		}
		of[i] = number
		lengths[number]++
	}
	parts, memory, free := make([]*Batch, len(lengths)), make([]Batch, len(lengths)), make([]chunk, len(b.chunks))
	for number, length := range lengths {
		memory[number] = Batch{Framing: b.Framing, Since: b.Since, chunks: free[:0:length]}
		parts[number], free = &memory[number], free[length:]
	}
	for i, c := range b.chunks {
		part := parts[of[i]]
		part.chunks = append(part.chunks, c)
		part.size, part.Count = part.size+len(c.lines), part.Count+c.count
	}
	return parts
}

// chunksOf copies shares to clipped chunks: a large one, if it is the only one, to the
// buffer or a new one, and several to one piece of memory.
func chunksOf(shares []Share, buffer []byte) []chunk {
	if s := &shares[0]; len(shares) == 1 && len(s.Lines) >= smallChunk {
		buffer = append(buffer, s.Lines...)
		return []chunk{{site: s.Site, lines: buffer, count: s.Count, isBuffer: true}}
	} else if len(shares) == 1 {
		return []chunk{{site: s.Site, lines: slices.Clip(bytes.Clone(s.Lines)), count: s.Count}}
	}
	size, _ := sizeOfAll(shares)
	lines, chunks := make([]byte, 0, size), make([]chunk, len(shares))
	for i, s := range shares {
		start := len(lines)
		lines = append(lines, s.Lines...)
		chunks[i] = chunk{site: s.Site, lines: slices.Clip(lines[start:]), count: s.Count}
	}
	return chunks
}

// pack puts a block in the place of the visits. Chunks without lines stay if there are
// several sites.
func (b *Batch) pack(block []byte) {
	b.block, b.site = block, b.Site()
	if !b.isMixed() {
		b.chunks = nil
		return
	}
	b.chunks = slices.Clone(b.chunks)
	for i := range b.chunks {
		b.chunks[i].lines, b.chunks[i].isBuffer = nil, false
	}
}

// decompress takes the visits out of the block.
func (b *Batch) decompress() error {
	lines, err := s2.Decode(nil, b.block)
	b.block = nil
	if err != nil {
		b.chunks, b.size, b.Count = nil, 0, 0
		return err
	}
	rest := chunk{site: b.site, lines: slices.Clip(lines), count: b.Count}
	if len(b.chunks) == 0 {
		b.chunks = []chunk{rest}
		return nil
	}
	for i, c := range b.chunks {
		b.chunks[i], rest = rest.cutCount(c.count)
		b.chunks[i].site = c.site
	}
	return nil
}
