// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// queued is a batch as the intake would put it into the queue behind the given
// number of bytes.
func queued(t *testing.T, behind int64, visits ...string) (*batch, *backlog) {
	t.Helper()
	in := newTestIntake(t, knownAgentsConfig(""))
	in.backlog = &backlog{unreadable: func(err error, visits int) { t.Errorf("%d visits: %v", visits, err) }}
	in.backlog.bytes.Store(behind)
	d := in.scratches.Get().(*scratch)
	for _, visit := range visits {
		d.lines = append(append(d.lines, visit...), in.destination.framing.separator...)
		d.count++
	}
	b := in.batch(d)
	in.backlog.enter(b)
	return b, in.backlog
}

func someVisits(n int) []string {
	visits := make([]string, n)
	for i := range visits {
		visits[i] = fakeVisit(i, 300)
	}
	return visits
}

func TestALongQueueHoldsVisitsCompressed(t *testing.T) {
	visits := someVisits(100)
	short, _ := queued(t, longBacklog, visits...)
	long, backlog := queued(t, longBacklog+1, visits...)
	assert.Nil(t, short.packed)
	assert.Nil(t, long.chunks)
	assert.Less(t, len(long.packed), short.size/4)
	assert.Equal(t, short.BytesSize(), long.BytesSize(), "the queue's books count what will be sent")
	assert.Equal(t, short.ItemsCount(), long.ItemsCount())
	assert.Equal(t, int64(longBacklog+1+short.size), backlog.bytes.Load())

	long.leave()
	assert.Equal(t, visits, visitsOf(t, long))
	assert.Equal(t, int64(longBacklog+1), backlog.bytes.Load())
	long.leave()
	assert.Equal(t, int64(longBacklog+1), backlog.bytes.Load(), "a batch leaves once")
}

func TestCompressedBatchesMergeWithOthers(t *testing.T) {
	first, _ := queued(t, longBacklog+1, someVisits(3)...)
	second, backlog := queued(t, longBacklog+1, someVisits(4)...)
	parts := mergeSplit(t, first, 0, inBytes, second)
	require.Len(t, parts, 1)
	assert.Equal(t, append(someVisits(3), someVisits(4)...), visitsOf(t, parts[0]))
	assert.Equal(t, int64(longBacklog+1), backlog.bytes.Load())
}

func TestCompressedBatchIsDelivered(t *testing.T) {
	d, b := newTestDelivery(t), newBatch(3)
	packed := &batch{framing: b.framing, packed: b.appendPacked(nil), size: b.size, count: b.count}
	require.NoError(t, d.push(context.Background(), packed))
	assert.Len(t, d.arrived(), 3)
}

// TestBrokenMemoryIsReported: what cannot be unpacked is counted, and is no batch
// to be sent any more.
func TestBrokenMemoryIsReported(t *testing.T) {
	b, backlog := queued(t, longBacklog+1, someVisits(3)...)
	reported := ""
	backlog.unreadable = func(err error, visits int) { reported = fmt.Sprint(visits, " ", err) }
	b.packed = b.packed[:len(b.packed)/2]
	b.leave()
	assert.Contains(t, reported, "3 ")
	assert.Zero(t, b.ItemsCount())
	assert.Zero(t, b.BytesSize())
}

// TestRefusedBatchesDoNotCount: a batch that the queue did not take is no part of
// the backlog.
func TestRefusedBatchesDoNotCount(t *testing.T) {
	b, backlog := queued(t, 0, someVisits(3)...)
	in := newTestIntake(t, knownAgentsConfig(""))
	in.backlog = backlog
	assert.NoError(t, in.settle(context.Background(), b, assert.AnError))
	assert.Zero(t, backlog.bytes.Load())
}
