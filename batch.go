// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"slices"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
)

// What the package uses of the Collector's queue goes by these names: its API is
// experimental, and a change of it is to be met here alone.
type (
	// queueRequest is what the queue takes, merges and cuts, and what delivery gets.
	queueRequest = xexporterhelper.Request
	// queueConfig is the queue's configuration.
	queueConfig = exporterhelper.QueueBatchConfig
)

var (
	_ queueRequest                                    = (*batch)(nil)
	_ xexporterhelper.RequestErrorHandler             = (*batch)(nil)
	_ exporterhelper.QueueBatchEncoding[queueRequest] = batchEncoding{}
)

// countsBytes says whether the size of the queue is one of bytes.
func countsBytes(queue *queueConfig) bool { return queue.Sizer == exporterhelper.RequestSizerTypeBytes }

// batch is what the queue holds: encoded visits for one destination. Merging
// appends and splitting cuts; no visit is ever encoded twice.
type batch struct {
	framing *framing
	// chunks are the visits, size all their bytes and count their number.
	chunks []chunk
	size   int
	count  int
	// since is when the oldest of the visits came to the exporter, in Unix
	// milliseconds, or 0 for a batch of none.
	since int64
	// memory is where the batch waits for its turn, or nil if it never did. It
	// guards what follows while the batch waits.
	memory  *memory
	state   state
	counted int    // bytes that the memory counts of it
	block   []byte // the visits in the place of chunks, compressed
}

// batchOf makes a batch of a chunk.
func batchOf(f *framing, c chunk, since int64) *batch {
	return &batch{framing: f, chunks: []chunk{c}, size: len(c.lines), count: c.count, since: since}
}

// ItemsCount is the number of visits.
func (b *batch) ItemsCount() int { return b.count }

// BytesSize is the exact size of the request body; of a coalesced batch that
// waits, the size that it can reach.
func (b *batch) BytesSize() int {
	if b.state.isCoalesced() {
		return b.framing.bodySize(coalescedBytes)
	}
	return b.framing.bodySize(b.size)
}

// bodyParts are the request body of the batch, in pieces of its own memory.
func (b *batch) bodyParts() [][]byte {
	parts := make([][]byte, 0, len(b.chunks)+2)
	parts = append(parts, []byte(b.framing.open))
	for _, c := range b.chunks {
		parts = append(parts, c.lines)
	}
	if last := len(parts) - 1; last > 0 {
		parts[last] = parts[last][:len(parts[last])-len(b.framing.separator)]
	}
	return append(parts, []byte(b.framing.end))
}

// OnError returns what is left to send after a failure: what the error says, or
// else the whole batch.
func (b *batch) OnError(err error) queueRequest {
	var partial interface{ Unsent() queueRequest }
	if errors.As(err, &partial) {
		return partial.Unsent()
	}
	return b
}

// take makes a batch whose turn has come ready for delivery.
func (b *batch) take() {
	if b.memory != nil {
		b.memory.take(b)
	}
}

// MergeSplit appends next to b, then cuts the whole so that no part is larger
// than maxSize, which counts bytes of the request body or visits; 0 is no
// limit. A single visit larger than maxSize stands alone. It never fails. The
// last part is never larger than another, as the queue requires.
func (b *batch) MergeSplit(_ context.Context, maxSize int, sizer exporterhelper.RequestSizerType, next queueRequest) ([]queueRequest, error) {
	b.take()
	if other, ok := next.(*batch); ok && other != nil {
		other.take()
		b.add(other)
	}
	if maxSize <= 0 {
		return []queueRequest{b}, nil
	}
	if sizer == exporterhelper.RequestSizerTypeItems {
		return b.cutAll((*batch).cutCount, maxSize), nil
	}
	return smallestLast(b.cutAll((*batch).cutBytes, maxSize)), nil
}

func (b *batch) cutAll(cut func(*batch, int) (head, rest *batch), maxSize int) []queueRequest {
	var parts []queueRequest
	for rest := b; rest != nil; {
		var part *batch
		part, rest = cut(rest, maxSize)
		parts = append(parts, part)
	}
	return parts
}

// add appends the visits of other.
func (b *batch) add(other *batch) {
	for _, c := range other.chunks {
		b.chunks = addChunk(b.chunks, c)
	}
	b.size += other.size
	b.count += other.count
	if b.since == 0 || other.since < b.since {
		b.since = other.since
	}
}

// smallestLast moves the smallest part to the end, but leaves the first in its
// place, because the queue's books demand both. If the last part is still larger
// than the first, one visit of it becomes the last part.
func smallestLast(parts []queueRequest) []queueRequest {
	if len(parts) < 2 {
		return parts
	}
	bySize := func(a, b queueRequest) int { return b.BytesSize() - a.BytesSize() }
	slices.SortStableFunc(parts[1:], bySize)
	last := parts[len(parts)-1].(*batch)
	if last.BytesSize() > parts[0].BytesSize() && last.count > 1 {
		head, tail := last.cutCount(last.count - 1)
		parts = append(parts[:len(parts)-1], head, tail)
		slices.SortStableFunc(parts[len(parts)-2:], bySize)
	}
	return parts
}

// cutBytes cuts off as many visits as fit into a body of maxSize bytes, and at
// least one. The rest is nil if all fit.
func (b *batch) cutBytes(maxSize int) (head, rest *batch) {
	if b.BytesSize() <= maxSize {
		return b, nil
	}
	room := b.framing.room(maxSize)
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

// cutCount cuts off count visits, and at least one. The rest is nil if there are
// no more.
func (b *batch) cutCount(count int) (head, rest *batch) {
	if b.count <= count {
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

// cutAt cuts in the chunk of the given number, between its two parts. The rest is
// nil if there is none.
func (b *batch) cutAt(number int, part, remainder chunk) (head, rest *batch) {
	head = &batch{framing: b.framing, since: b.since, chunks: slices.Clone(b.chunks[:number])}
	rest = &batch{framing: b.framing, since: b.since}
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
		head.count += c.count
	}
	rest.size, rest.count = b.size-head.size, b.count-head.count
	if rest.count == 0 {
		return b, nil
	}
	return head, rest
}
