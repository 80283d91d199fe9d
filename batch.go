// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
)

// queueRequest is what the queue takes, merges and cuts, and what delivery gets.
type queueRequest = xexporterhelper.Request

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
	// reserved is the size that the queue was told of a carton, and left is set
	// when its turn has come; see carton.go.
	reserved int
	left     bool
	// packed are the visits in the place of chunks, while the batch waits in a long
	// queue. While it waits in one at all, backlog counts so many bytes of it.
	packed  []byte
	backlog atomic.Pointer[backlog]
	counted int
}

// batchOf makes a batch of a chunk.
func batchOf(f *framing, c chunk, since int64) *batch {
	return &batch{framing: f, chunks: []chunk{c}, size: len(c.lines), count: c.count, since: since}
}

var (
	_ queueRequest                        = (*batch)(nil)
	_ xexporterhelper.RequestErrorHandler = (*batch)(nil)
)

// ItemsCount is the number of visits.
func (b *batch) ItemsCount() int { return b.count }

// BytesSize is the exact size of the request body; of a carton that waits, the
// size that it can reach.
func (b *batch) BytesSize() int {
	if b.reserved > 0 && !b.left {
		return b.reserved
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

// MergeSplit appends next to b, then cuts the whole so that no part is larger
// than maxSize, which counts bytes of the request body or visits; 0 is no
// limit. A single visit larger than maxSize stands alone. It never fails. The
// last part is never larger than another, as the queue requires.
func (b *batch) MergeSplit(_ context.Context, maxSize int, sizer exporterhelper.RequestSizerType, next queueRequest) ([]queueRequest, error) {
	b.leave()
	if other, ok := next.(*batch); ok && other != nil {
		other.leave()
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

// smallestLast brings the smallest part but the first to the end: the queue's
// books want the first in its place. If the last is larger than the first
// still, one of its visits is enough for a last part.
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
		part, left := c.cutBytes(room)
		if i == 0 && part.count == 0 {
			part, left = c.cutCount(1)
		}
		return b.cutAt(i, part, left)
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
		part, left := c.cutCount(count)
		return b.cutAt(i, part, left)
	}
	return b, nil
}

// cutAt cuts in the chunk of the given number, between its two parts. The rest is
// nil if there is none.
func (b *batch) cutAt(number int, part, left chunk) (head, rest *batch) {
	head = &batch{framing: b.framing, since: b.since, chunks: slices.Clone(b.chunks[:number])}
	rest = &batch{framing: b.framing, since: b.since}
	if part.count > 0 {
		head.chunks = append(head.chunks, part)
	}
	if left.count > 0 {
		rest.chunks = append(rest.chunks, left)
	}
	rest.chunks = append(rest.chunks, b.chunks[number+1:]...)
	leaveNoRoom(head.chunks)
	leaveNoRoom(rest.chunks)
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
