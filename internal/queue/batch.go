// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"iter"
	"slices"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// These are the names for what the exporter uses of the Collector's queue. That API
// is experimental. Only this file and the factory change with it.
type (
	// Request is what the queue takes, merges and splits, and what delivery gets.
	Request = xexporterhelper.Request
	// Config is the queue's configuration.
	Config = exporterhelper.QueueBatchConfig
)

var (
	_ Request                                    = (*Batch)(nil)
	_ exporterhelper.QueueBatchEncoding[Request] = Encoding{}
)

// countsBytes says whether the queue's size is in bytes.
func countsBytes(queue *Config) bool { return queue.Sizer == exporterhelper.RequestSizerTypeBytes }

// Batch is the request that the queue holds: encoded visits for one destination, each of
// a site. Merging appends and splitting cuts; no visit is encoded twice, and each keeps
// its site. A body has visits of one site: see BySite.
type Batch struct {
	// Framing makes a request body of the visits. All sites have the same.
	Framing *destination.Framing
	// Count is the number of visits.
	Count int
	// Since is when the oldest visit came to the exporter, in Unix milliseconds, or 0
	// if there are no visits.
	Since int64

	chunks []chunk // the visits
	size   int     // of all chunks, in bytes

	// memory is where the batch waits for its turn, or nil if it never did. While the
	// batch waits, memory guards what follows, and the fields above.
	memory  *Memory
	counted int // bytes that the memory counts as waiting
	// block is the compressed visits, instead of chunks. They are of one site, or chunks
	// without lines say how many each site has.
	block []byte
	site  *destination.Site // of the block's visits, or nil
	state state

	// Weightless makes the queue count the batch as nothing, so that it takes it although it
	// is full. On the disk there is no such mark.
	Weightless bool
}

// batchOf makes a batch of one chunk.
func batchOf(f *destination.Framing, c chunk, since int64) *Batch {
	return &Batch{Framing: f, chunks: []chunk{c}, size: len(c.lines), Count: c.count, Since: since}
}

// ItemsCount is the number of visits, or 0 for a weightless batch.
func (b *Batch) ItemsCount() int {
	if b.Weightless {
		return 0
	}
	return b.Count
}

// BytesSize is the exact size of the request body. For a coalesced batch that waits,
// it is the size that the body can reach; for a weightless one it is 0.
func (b *Batch) BytesSize() int {
	if b.Weightless {
		return 0
	}
	if b.state.isCoalesced() {
		return b.Framing.BodySize(coalescedBytes)
	}
	return b.Framing.BodySize(b.size)
}

// Lines are the visits, each with the separator, in the batch's own memory.
func (b *Batch) Lines() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, c := range b.chunks {
			for line := range bytes.Lines(c.lines) {
				if !yield(line) {
					return
				}
			}
		}
	}
}

// BodyParts is the request body in pieces, which are the batch's own memory.
func (b *Batch) BodyParts() [][]byte {
	parts := make([][]byte, 0, len(b.chunks)+2)
	parts = append(parts, []byte(b.Framing.Open))
	for _, c := range b.chunks {
		parts = append(parts, c.lines)
	}
	if last := len(parts) - 1; last > 0 {
		parts[last] = parts[last][:len(parts[last])-len(b.Framing.Separator)]
	}
	return append(parts, []byte(b.Framing.End))
}

// Take makes a batch whose turn has come ready for delivery.
func (b *Batch) Take() {
	if b.memory != nil {
		b.memory.take(b)
	}
}

// MergeSplit appends next to b, then cuts the whole so that no part is larger than
// maxSize, which is in bytes of the request body or in visits; 0 is no limit. A visit
// that is larger than maxSize is a part of its own. The last part is never larger
// than another, as the queue requires. MergeSplit never fails.
func (b *Batch) MergeSplit(_ context.Context, maxSize int, sizer exporterhelper.RequestSizerType, next Request) ([]Request, error) {
	b.Take()
	if other, ok := next.(*Batch); ok && other != nil {
		other.Take()
		b.Merge(other)
	}
	if maxSize <= 0 {
		return []Request{b}, nil
	}
	if sizer == exporterhelper.RequestSizerTypeItems {
		return b.cutAll((*Batch).CutCount, maxSize), nil
	}
	return smallestLast(b.cutAll((*Batch).CutBytes, maxSize)), nil
}

func (b *Batch) cutAll(cut func(*Batch, int) (head, rest *Batch), maxSize int) []Request {
	var parts []Request
	for rest := b; rest != nil; {
		var part *Batch
		part, rest = cut(rest, maxSize)
		parts = append(parts, part)
	}
	return parts
}

// Merge appends the visits of other. Both are ready for delivery.
func (b *Batch) Merge(other *Batch) {
	for _, c := range other.chunks {
		b.chunks = addChunk(b.chunks, c)
	}
	b.size += other.size
	b.Count += other.Count
	if b.Since == 0 || other.Since < b.Since {
		b.Since = other.Since
	}
}

// smallestLast moves the smallest part to the end and leaves the first in its place,
// because the queue's accounting requires both. If the last part is still larger than
// the first, its last visit becomes a part of its own.
func smallestLast(parts []Request) []Request {
	if len(parts) < 2 {
		return parts
	}
	bySize := func(a, b Request) int { return b.BytesSize() - a.BytesSize() }
	slices.SortStableFunc(parts[1:], bySize)
	last := parts[len(parts)-1].(*Batch)
	if last.BytesSize() > parts[0].BytesSize() && last.Count > 1 {
		head, tail := last.CutCount(last.Count - 1)
		parts = append(parts[:len(parts)-1], head, tail)
		slices.SortStableFunc(parts[len(parts)-2:], bySize)
	}
	return parts
}

// CutBytes cuts off as many visits as fit into a body of maxSize bytes, but at least
// one. The rest is nil if all fit.
func (b *Batch) CutBytes(maxSize int) (head, rest *Batch) {
	if b.BytesSize() <= maxSize {
		return b, nil
	}
	room := b.Framing.Room(maxSize)
	for i, c := range b.chunks {
		if len(c.lines) <= room {
			room -= len(c.lines)
			continue
		}
		part, remainder := c.cutBytes(room)
		if i == 0 && part.count == 0 {
			part, remainder = c.cutCount(1)
		}
		return b.cutAt(i, part, remainder)
	}
	return b, nil
}

// CutCount cuts off count visits, but at least one. The rest is nil if there are no
// more.
func (b *Batch) CutCount(count int) (head, rest *Batch) {
	if b.Count <= count {
		return b, nil
	}
	count = max(count, 1)
	for i, c := range b.chunks {
		if c.count <= count {
			count -= c.count
			continue
		}
		part, remainder := c.cutCount(count)
		return b.cutAt(i, part, remainder)
	}
	return b, nil
}

// cutAt cuts between part and remainder, which are the chunk with the given number.
// The rest is nil if it has no visits.
func (b *Batch) cutAt(number int, part, remainder chunk) (head, rest *Batch) {
	head = &Batch{Framing: b.Framing, Since: b.Since, chunks: slices.Clone(b.chunks[:number])}
	rest = &Batch{Framing: b.Framing, Since: b.Since}
	if part.count > 0 {
		head.chunks = append(head.chunks, part)
	}
	if remainder.count > 0 {
		rest.chunks = append(rest.chunks, remainder)
	}
	rest.chunks = append(rest.chunks, b.chunks[number+1:]...)
	clipLast(head.chunks)
	clipLast(rest.chunks)
	for _, c := range head.chunks {
		head.size += len(c.lines)
		head.Count += c.count
	}
	rest.size, rest.Count = b.size-head.size, b.Count-head.Count
	if rest.Count == 0 {
		return b, nil
	}
	return head, rest
}
