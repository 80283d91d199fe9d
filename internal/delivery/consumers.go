// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"slices"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// A consumer of the helper's queue is held until its shipment is settled, and the queue
// gives out nothing while all are held. Visits at fault could hold all of them; then the
// good ones behind could never show that the API is well. So a shipment that waits goes
// on without its consumer, if all are held: it is detached. This process has its visits in
// memory still. A queue on disk would forget them, so that there none is detached.

// extraConsumers is how many more consumers the helper's queue gets than num_consumers
// says, so that a shipment can wait for a visit at fault.
const extraConsumers = 8

// The bounds of what a delivery detaches: so many shipments, and an eighth of the queue,
// but no more than so many bytes.
const (
	maxDetached      = 256
	maxDetachedBytes = 8 << 20
	detachedShare    = 8
)

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
	most          int
	detaches      bool        // the visits of its shipments are in memory alone
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
	c := consumers{most: q.NumConsumers + extraConsumers, detaches: keeperOf(set.Queue) == keptInMemory, mostBytes: maxDetachedBytes}
	if q.Sizer == exporterhelper.RequestSizerTypeBytes {
		c.mostBytes = min(c.mostBytes, int(q.QueueSize/detachedShare))
	}
	return c
}

// areHeld reports whether none is free.
func (c *consumers) areHeld() bool { return len(c.held) >= c.most }

// take is called when a shipment begins.
func (c *consumers) take(s *shipment) {
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
	if !c.detaches || !c.areHeld() || !d.breaker.tripped && len(d.ready) > 0 {
		return
	}
	s := c.held[0]
	if c.detached >= maxDetached || c.detachedBytes+s.bytes > c.mostBytes {
		return
	}
	c.held = slices.Delete(c.held, 0, 1)
	c.detached, c.detachedBytes, s.isDetached = c.detached+1, c.detachedBytes+s.bytes, true
	of.detached.Add(1)
	close(s.detached)
}
