// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package waiting

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Bundle makes one batch of visits that have waited.
type Bundle interface {
	Add(Released)
	// Size is what Add has brought so far.
	Size() (visits, bytes int)
	// Batch ends the bundle. It is nil if there are no visits, or if they joined a batch that is
	// in the queue already.
	Batch(context.Context) *queue.Batch
}

// fromWaiting makes batches of the visits whose wait is over, or of all, and counts what
// became of each.
func (w *Room) fromWaiting(ctx context.Context, now time.Duration, all bool) (batches []*queue.Batch) {
	release := w.tracker.Expired
	outcomes := [...]telemetry.Outcome{telemetry.WaitedVisit, telemetry.WaitedTooShort, telemetry.WaitedBare}
	if all {
		release, outcomes[1] = w.tracker.Drain, telemetry.WaitedShutdown
	}
	b := w.settings.Begin()
	var counts [len(outcomes)]int
	found := release(now, func(r hops.Released) {
		switch {
		case r.TooShort:
			counts[1]++
		case r.IsRoot:
			counts[2]++
		default:
			counts[0]++
		}
		b.Add(w.released.unpack(r))
		if visits, bytes := b.Size(); visits >= releasedVisits || bytes >= visit.MaxVisitBytes {
			batches = appendBatch(batches, b.Batch(ctx))
			b = w.settings.Begin()
		}
	})
	batches = appendBatch(batches, b.Batch(ctx))
	for i, visits := range counts {
		if visits > 0 {
			w.settings.Counters.Waited(ctx, outcomes[i], visits)
		}
	}
	w.countHops(ctx, found)
	if !all {
		w.reportEarly(counts[1])
	}
	return batches
}

func appendBatch(batches []*queue.Batch, b *queue.Batch) []*queue.Batch {
	if b == nil {
		return batches
	}
	return append(batches, b)
}

// releasedVisits is how many visits go on in one batch: a small queue must take it.
const releasedVisits = 100

// countHops counts visits that waited and are hops.
func (w *Room) countHops(ctx context.Context, found int) {
	if found > 0 {
		w.settings.Counters.Waited(ctx, telemetry.WaitedHop, found)
		w.settings.Counters.Skipped(ctx, visit.SkipInternalHop, int64(found))
	}
}

// reportEarly tells the log, once an episode, that visits were let go early.
func (w *Room) reportEarly(visits int) {
	if visits == 0 {
		if early := w.early.Queued(); early > 0 {
			w.settings.Logger.Info("Visits wait for visits::internal_hops_wait again.", zap.Int("visits", early))
		}
	} else if w.early.Dropped(visits) {
		w.settings.Logger.Warn("Visits wait for less than visits::internal_hops_wait, for lack of memory, so inner hops may count. Raise visits::internal_hops_memory, or let the spans of a trace come sooner or less far apart.")
	}
}
