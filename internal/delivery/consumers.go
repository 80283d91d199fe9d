// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"slices"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// A consumer of the helper's queue is held until its shipment is settled, and the queue
// gives out nothing while all are held. Visits at fault could hold all of them; then the
// good ones behind could never show that the API is well. So a shipment that waits goes
// on without its consumer, if all are held: it is detached. Who keeps its visits keeps
// them still: the memory of this process, or the disk, which gets them anew (Shelf)
// before the queue is told to forget them.

// extraConsumers is how many more consumers the helper's queue gets than num_consumers
// says, so that a shipment can wait for a visit at fault.
const extraConsumers = 8

// The bounds of what a delivery detaches: so many shipments, and an eighth of the queue,
// but no more than so many bytes.
const (
	maxDetached      = queue.ShelfSlots
	maxDetachedBytes = 8 << 20
	detachedShare    = 8
)

// Shelf keeps shipments on the disk that the queue does not have any more. It has room for
// maxDetached of them.
type Shelf interface {
	Put(context.Context, *queue.Batch) (slot int, err error)
	// Replace leaves only these visits of those in a slot.
	Replace(ctx context.Context, slot int, left *queue.Batch) error
	Remove(ctx context.Context, slot int)
}

// QueueConfig is for the helper's queue. num_consumers bounds the requests under way,
// which is the dispatcher's part.
func (d *Delivery) QueueConfig() configoptional.Optional[exporterhelper.QueueBatchConfig] {
	if !d.settings.Queue.HasValue() {
		return d.settings.Queue
	}
	q := *d.settings.Queue.Get()
	q.NumConsumers += extraConsumers
	return configoptional.Some(q)
}

// consumers are those of a delivery's queue. The dispatcher guards them.
type consumers struct {
	most          int         // 0 if senders wait for their shipments
	mostBytes     int         // detached
	held          []*shipment // the oldest first
	detached      int
	detachedBytes int
}

func newConsumers(set *Settings) consumers {
	if keeperOf(set.Queue) == keptBySender {
		return consumers{}
	}
	q := set.Queue.Get()
	c := consumers{most: q.NumConsumers + extraConsumers, mostBytes: maxDetachedBytes}
	if q.Sizer == exporterhelper.RequestSizerTypeBytes {
		c.mostBytes = min(c.mostBytes, int(q.QueueSize/detachedShare))
	}
	return c
}

// areHeld reports whether none is free.
func (c *consumers) areHeld() bool { return len(c.held) >= c.most }

// take is called when a shipment begins.
func (c *consumers) take(s *shipment) {
	if s.isDetached {
		c.detached, c.detachedBytes = c.detached+1, c.detachedBytes+s.bytes
		return
	}
	c.held = append(c.held, s)
}

// free is called when a shipment ends.
func (c *consumers) free(s *shipment) {
	if s.isDetached {
		c.detached, c.detachedBytes = c.detached-1, c.detachedBytes-s.bytes
		return
	}
	c.held = slices.DeleteFunc(c.held, func(other *shipment) bool { return other == s })
}

// detach frees the consumer of the oldest shipment if all are held, and nothing else can
// show whether the API is well: it takes nothing, or only visits at fault are left.
func (d *dispatcher) detach(of *Delivery) {
	c := &of.consumers
	if c.most == 0 || !c.areHeld() || of.leavesOnDisk() || !d.breaker.tripped && len(d.ready) > 0 {
		return
	}
	i := slices.IndexFunc(c.held, func(s *shipment) bool { return !s.isTied })
	if i < 0 {
		return
	}
	s := c.held[i]
	if c.detached >= maxDetached || c.detachedBytes+s.bytes > c.mostBytes {
		return
	}
	c.held = slices.Delete(c.held, i, i+1)
	c.detached, c.detachedBytes, s.isDetached = c.detached+1, c.detachedBytes+s.bytes, true
	of.detached.Add(1)
	close(s.detached)
}

// attach takes back that a shipment is detached: the disk does not take it.
func (d *dispatcher) attach(s *shipment) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &s.delivery.consumers
	select {
	case <-s.done: // free has been called
		return
	default:
	}
	c.free(s)
	s.isDetached, s.isTied = false, true
	c.held = append(c.held, s)
}

// shelve sees to it that somebody keeps the visits of a detached shipment. It reports
// false, and the shipment keeps its consumer, if nobody can.
func (d *Delivery) shelve(s *shipment) bool {
	if d.keeper != keptOnDisk {
		return true
	}
	var err error
	if s.slot, err = d.settings.Shelf.Put(context.WithoutCancel(s.ctx), s.whole); err != nil {
		d.dispatcher.attach(s)
		d.detached.Done()
		return false
	}
	s.isShelved = true
	return true
}

// Resume goes on with a shipment that a slot of the Shelf has from an earlier process.
func (d *Delivery) Resume(slot int, visits *queue.Batch) {
	s := d.newShipment(context.Background(), visits)
	s.slot, s.isShelved, s.isDetached = slot, true, true
	d.detached.Add(1)
	d.begin(s, visits)
	go d.endDetached(s)
}

// AwaitDetached waits for the shipments that go on without a consumer. They end when
// delivery may not go on any more.
func (d *Delivery) AwaitDetached() { d.detached.Wait() }
