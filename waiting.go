// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// waiting holds the visits of server spans that name a parent, until package hops knows
// whether another service of the user's has called. They wait before the helper's queue,
// with one goroutine and one timer. The queue hands batches on in the order in which it got
// them, so one that waits there would hold up all visits behind it. A second helper
// with a queue for them would need an ID of its own, and would count each visit twice.
//
// nil is for a signal of which no visit waits.
type waiting struct {
	tracker  *hops.Tracker // nil: hops count
	wait     time.Duration
	began    time.Time // monotonic
	intake   *intake
	storage  *queue.Storage // nil if the queue is not on disk
	offer    func(context.Context, *queue.Batch) error
	payloads atomic.Uint64
	early    queue.DropEpisode // visits are let go for lack of memory

	wake chan struct{} // holds a value when the goroutine must look again
	idle atomic.Bool   // the goroutine has no timer
	stop context.CancelFunc
	done sync.WaitGroup

	busy    chan struct{}  // holds a value while somebody releases; guards refused
	refused []*queue.Batch // by the queue, with backpressure
	blocked atomic.Bool    // there are some
	kept    keptPayloads
}

// tolerance is how far the clocks of two services may differ, and how long after an answer
// a service may still call others for the request.
const tolerance = time.Second

// newWaiting takes a configuration that was validated.
func newWaiting(c *hops.Config, in *intake, storage *queue.Storage, offer func(context.Context, *queue.Batch) error) *waiting {
	w := &waiting{
		wait: c.Wait, began: time.Now(), intake: in, storage: storage, offer: offer,
		wake: make(chan struct{}, 1), busy: make(chan struct{}, 1), stop: func() {},
	}
	if !c.InternalHops {
		var seed [32]byte
		_, _ = rand.Read(seed[:]) // never fails
		s := hops.Settings{Wait: c.Wait, MaxBytes: c.MaxBytes(), Tolerance: tolerance}
		for i := range s.Seed {
			s.Seed[i] = binary.LittleEndian.Uint64(seed[8*i:])
		}
		w.tracker = hops.New(s)
	}
	return w
}

func (w *waiting) now() time.Duration { return time.Since(w.began) }

// notes says whether spans are to be noted.
func (w *waiting) notes() bool { return w != nil && w.tracker != nil }

// Blocked is an error while the queue refuses visits that have waited. Payloads are refused
// then, because what they bring would have to wait without a bound.
func (w *waiting) Blocked() error {
	if w != nil && w.blocked.Load() {
		return exporterhelper.ErrQueueIsFull
	}
	return nil
}

// start queues what the last process left on the disk, and begins to release.
func (w *waiting) start(ctx context.Context) error {
	if w == nil {
		return nil
	}
	if w.storage != nil {
		left, end, err := w.storage.LeftWaiting(ctx)
		if err != nil {
			return err
		}
		w.refused = left
		w.kept.add(end, -overdue) // as soon as the queue has them
	}
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	w.done.Go(func() { w.run(ctx) })
	return nil
}

const (
	// leastPause lets visits whose wait is over at about the same time go on together.
	leastPause = 100 * time.Millisecond
	// refusedPause is how long visits wait that the queue refused.
	refusedPause = time.Second
)

// run releases visits when their wait is over.
func (w *waiting) run(ctx context.Context) {
	w.release(ctx, nil)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		w.idle.Store(true) // before the look, so that nobody who comes after it is missed
		var due <-chan time.Time
		if pause, ok := w.pause(); ok {
			w.idle.Store(false)
			timer.Reset(pause)
			due = timer.C
		}
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-due:
			w.release(ctx, nil)
		}
	}
}

// pause is how long until something is to be done, if there is something.
func (w *waiting) pause() (pause time.Duration, ok bool) {
	pause, ok = w.kept.next(w.now())
	if w.tracker != nil {
		if next, waits := w.tracker.Next(w.now()); waits && (!ok || next < pause) {
			pause, ok = next, true
		}
	}
	if w.blocked.Load() {
		return refusedPause, true
	}
	return max(pause, leastPause), ok
}

// release lets visits go whose wait is over, and the oldest for which there is no room. At
// a shutdown it lets all go.
func (w *waiting) release(ctx context.Context, atShutdown func(*queue.Batch)) {
	select {
	case w.busy <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-w.busy }()
	ctx = context.WithoutCancel(ctx) // most of what goes on belongs to other payloads
	now := w.now()
	if w.tracker != nil {
		w.refused = append(w.refused, w.fromWaiting(ctx, now, atShutdown != nil)...)
	}
	for len(w.refused) > 0 && w.offer(ctx, w.refused[0]) == nil {
		w.refused = w.refused[1:]
	}
	w.blocked.Store(len(w.refused) > 0)
	switch {
	case w.storage == nil && atShutdown != nil:
		for _, b := range w.refused {
			atShutdown(b)
		}
	case w.storage != nil && len(w.refused) == 0:
		if atShutdown != nil {
			now = math.MaxInt64
		}
		if end, ok := w.kept.over(now); ok {
			w.storage.ForgetWaiting(ctx, end)
		}
	}
}

// shutdown lets go of all that waits. drop is told of what the queue refuses and no disk
// has.
func (w *waiting) shutdown(ctx context.Context, drop func(*queue.Batch)) {
	if w == nil {
		return
	}
	w.stop()
	w.done.Wait()
	w.release(ctx, drop)
}

// holding is called when visits of a payload wait.
func (w *waiting) holding(ctx context.Context) {
	if w.idle.CompareAndSwap(true, false) {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	if w.tracker.IsFull() {
		w.release(ctx, nil)
	}
}

// fromWaiting makes batches of the visits whose wait is over, or of all, and counts what
// became of each.
func (w *waiting) fromWaiting(ctx context.Context, now time.Duration, all bool) (batches []*queue.Batch) {
	in, release := w.intake, w.tracker.Expired
	outcomes := [...]telemetry.Outcome{telemetry.WaitedVisit, telemetry.WaitedTooShort, telemetry.WaitedBare}
	if all {
		release, outcomes[1] = w.tracker.Drain, telemetry.WaitedShutdown
	}
	s := in.scratches.Get().(*scratch)
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
		s.addWaiter(r)
		if s.visits >= releasedVisits || len(s.lines) >= visit.MaxVisitBytes {
			if b := in.finish(ctx, s); b != nil {
				batches = append(batches, b)
			}
			s = in.scratches.Get().(*scratch)
		}
	})
	if b := in.finish(ctx, s); b != nil {
		batches = append(batches, b)
	}
	for i, visits := range counts {
		if visits > 0 {
			in.counters.Waited(ctx, outcomes[i], visits)
		}
	}
	w.countHops(ctx, found)
	if !all {
		w.reportEarly(counts[1])
	}
	return batches
}

// releasedVisits is how many visits go on in one batch: a small queue must take it.
const releasedVisits = 100

// countHops counts visits that waited and are hops.
func (w *waiting) countHops(ctx context.Context, found int) {
	if found > 0 {
		w.intake.counters.Waited(ctx, telemetry.WaitedHop, found)
		w.intake.counters.Skipped(ctx, visit.SkipInternalHop, int64(found))
	}
}

// reportEarly tells the log, once an episode, that visits were let go early.
func (w *waiting) reportEarly(visits int) {
	if visits == 0 {
		if early := w.early.Queued(); early > 0 {
			w.intake.logger.Info("Visits wait for visits::internal_hops_wait again.", zap.Int("visits", early))
		}
	} else if w.early.Dropped(visits) {
		w.intake.logger.Warn("Visits wait for less than visits::internal_hops_wait, for lack of memory, so inner hops may count. Raise visits::internal_hops_memory, or let the spans of a trace come sooner or less far apart.")
	}
}

// isPublic says whether an address belongs to the internet.
func isPublic(ip string) bool {
	parsed, err := netip.ParseAddr(ip)
	return err == nil && address.IsPublic(parsed)
}
