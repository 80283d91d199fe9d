// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// A stored batch that belongs to another destination or site, or that has another
// version of the format, must not be sent, and must not be lost either: a typo in
// `site_id` would empty the queue. So it is set aside. It stays in the storage
// under the queue's own key, which the queue never uses again because its numbers
// only grow. The queue finds its place empty, and is kept from deleting it. An
// index beside the queue's keys remembers it.
//
// Whatever transaction makes the queue forget a batch takes along the changed
// index, so that at any moment the batch is known to one of them, or to both.

// setAside takes from the queue what it was given and cannot be sent. The caller
// holds the lock.
func (c *Storage) setAside(ctx context.Context, gets []*storage.Operation) {
	for _, o := range gets {
		number, isBatch := batchNumber(o)
		if !isBatch || len(o.Value) == 0 {
			continue
		}
		if whose, visits, ours := c.Encoding.owner(o.Value); !ours {
			c.kept[o.Key] = struct{}{}
			c.index.add(whose, number, visits, len(o.Value))
			o.Value = nil
			c.tellSoon()
		}
	}
	for c.index.bytes() > c.Limit {
		oldest := c.index.runs[0].First
		if c.drop(ctx, oldest) != nil {
			return
		}
		c.remove(ctx, oldest)
	}
}

// makeWay drops what is set aside where the queue is about to write a batch. That
// is only if the queue has lost its notes, and begins again at 0. The caller holds
// the lock.
func (c *Storage) makeWay(ctx context.Context, sets []*storage.Operation) error {
	for _, o := range sets {
		if number, isBatch := batchNumber(o); isBatch && c.index.has(number) >= 0 {
			if err := c.drop(ctx, number); err != nil {
				return err
			}
		}
	}
	return nil
}

// batchNumber is the number of the batch that an operation is about. The queue's
// notes have keys that are no numbers.
func batchNumber(o *storage.Operation) (number uint64, isBatch bool) {
	number, err := strconv.ParseUint(o.Key, 10, 64)
	return number, err == nil
}

func keyOf(number uint64) string { return strconv.FormatUint(number, 10) }

// drop takes a batch out of the index and counts its visits. The caller holds the
// lock.
func (c *Storage) drop(ctx context.Context, number uint64) error {
	stored, err := c.Get(ctx, keyOf(number))
	if err != nil {
		return err
	}
	visits := 0
	if len(stored) > 0 {
		_, visits, _ = c.Encoding.owner(stored)
	}
	c.Dropped(visits)
	c.droppedVisits += visits
	c.index.remove(number, visits, len(stored))
	c.tellSoon()
	return nil
}

// remove deletes a batch that the index does not have any more. The caller holds
// the lock.
func (c *Storage) remove(ctx context.Context, number uint64) {
	if c.write(ctx, []*storage.Operation{storage.DeleteOperation(keyOf(number))}) != nil {
		c.undeleted[keyOf(number)] = struct{}{}
	}
}

// giveBack puts what is set aside for this exporter back into the queue, the
// oldest first. offer puts a batch at the queue's end. A batch is deleted from its
// old place only when it has a new one: a process that is killed in between
// delivers it twice.
func (c *Storage) giveBack(ctx context.Context, offer func(context.Context, *Batch) error) {
	for visits := 0; ctx.Err() == nil; {
		number, stored, found, err := c.oldestOwn(ctx)
		if err == nil && !found {
			c.Logger.Info("Visits that were set aside are in the queue again.", zap.Int("visits", visits))
			return
		}
		size := 0
		if err == nil && len(stored) > 0 {
			if _, r, unreadable := c.Encoding.Unmarshal(stored); unreadable == nil {
				size = r.ItemsCount()
				err = offer(ctx, r.(*Batch))
			}
		}
		if err != nil { // the queue is full, or its storage fails
			select {
			case <-ctx.Done():
			case <-time.After(giveBackPause):
			}
			continue
		}
		visits += size
		c.release(context.WithoutCancel(ctx), number, size, len(stored))
	}
}

// giveBackPause is how long the queue is given to make room.
const giveBackPause = time.Second

// own is the owner of the batches that this exporter can send.
func (c *Storage) own() owner {
	return owner{Identity: c.Encoding.Destination.Identity(), Version: batchVersion}
}

// oldestOwn reads the oldest batch that is set aside for this exporter.
func (c *Storage) oldestOwn(ctx context.Context) (number uint64, stored []byte, found bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.index.find(c.own())
	if i < 0 {
		return 0, nil, false, nil
	}
	number = c.index.runs[i].First
	stored, err = c.Get(ctx, keyOf(number))
	return number, stored, true, err
}

// release deletes a batch that the queue has again.
func (c *Storage) release(ctx context.Context, number uint64, visits, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.index.find(c.own()); i >= 0 && c.index.runs[i].First == number { // else it was dropped meanwhile
		c.index.remove(number, visits, bytes)
		c.remove(ctx, number)
	}
}

// tellAfter is how long the queue is given to come upon all that is to be set
// aside, so that one line tells of it.
const tellAfter = time.Second

// tellSoon has the log told of what is set aside. The caller holds the lock.
func (c *Storage) tellSoon() {
	if c.telling == nil {
		c.telling = time.AfterFunc(tellAfter, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.tell()
		})
	}
}

// AsideLimit is how many bytes may be set aside: as many as the queue may have, if
// it counts bytes.
func AsideLimit(queue *Config) int {
	if countsBytes(queue) {
		return int(queue.QueueSize)
	}
	return defaultAsideBytes
}

// defaultAsideBytes is the limit for a queue that counts something else.
const defaultAsideBytes = 64 << 20

// tell writes a line for each owner of what is set aside. The caller holds the
// lock.
func (c *Storage) tell() {
	c.telling = nil
	own := c.own()
	for i, r := range c.index.runs {
		if r.owner == own || c.index.find(r.owner) != i {
			continue
		}
		visits, batches := c.index.total(r.owner)
		c.Logger.Warn("Visits in the queue on disk are not for this exporter. They are set aside there: neither sent nor deleted.",
			zap.String("they_are_for", r.Identity), zap.String("this_exporter_is_for", own.Identity),
			zap.Int("visits", visits), zap.Int("batches", batches), zap.String("remedy", c.remedy(r.owner)))
	}
	if c.droppedVisits > 0 {
		c.Logger.Error("Dropping visits that are set aside in the queue on disk. They need more space than `sending_queue::queue_size`, or the queue has lost its notes.",
			zap.String("reason", "unreadable"), zap.Int("visits", c.droppedVisits))
		c.droppedVisits = 0
	}
}

// remedy says how to have the batches of another owner delivered.
func (c *Storage) remedy(o owner) string {
	if o.Identity == "" {
		return fmt.Sprintf("Another version of this exporter wrote them (format %d); that version delivers them.", o.Version)
	}
	block, site, hasSite := strings.Cut(o.Identity, "/")
	switch {
	case block == c.Encoding.Destination.Name && hasSite:
		return fmt.Sprintf("`%s::site_id` was changed; set it back to %s to have them delivered.", block, site)
	case hasSite:
		return fmt.Sprintf("`%s` was replaced by `%s`; set `%s` with `site_id: %s` again to have them delivered.", block, c.Encoding.Destination.Name, block, site)
	}
	return fmt.Sprintf("`%s` was replaced by `%s`; set `%s` again to have them delivered.", block, c.Encoding.Destination.Name, block)
}
