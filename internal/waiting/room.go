// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package waiting

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Room holds the visits of server spans that name a parent. They wait before the helper's
// queue, with one goroutine and one timer. The queue hands batches on in the order in which
// it got them, so one that waits there would hold up all visits behind it. A second helper
// with a queue for them would need an ID of its own, and would count each visit twice.
//
// nil is for a signal of which no visit waits.
type Room struct {
	settings Settings
	tracker  *hops.Tracker // nil: hops count
	began    time.Time     // monotonic
	payloads atomic.Uint64
	early    queue.DropEpisode // visits are let go for lack of memory

	wake chan struct{}   // holds a value when the goroutine must look again
	idle atomic.Bool     // the goroutine has no timer
	open context.Context // until the exporter shuts down
	stop context.CancelFunc
	done sync.WaitGroup

	busy     chan struct{}  // holds a value while somebody releases; guards the next two
	refused  []*queue.Batch // by the queue, with backpressure
	released unpacked
	blocked  atomic.Bool // there are some that were refused
	kept     keptPayloads
	unkept   atomic.Int64 // until when a visit may wait that is not on the disk; see encode
}

// Settings are what a room has to know of the exporter.
type Settings struct {
	Config   *hops.Config // which was validated
	Counters *telemetry.Counters
	Logger   *zap.Logger
	// Storage is nil if the queue is not on disk. Memory makes what goes there.
	Storage *queue.Storage
	Memory  *queue.Memory
	// Encode adds a visit as its destination wants it, with what separates it from the next
	// one. It reports false, and adds nothing, if no site has it, or the destination cannot
	// take it.
	Encode func(to *queue.Shares, v *visit.Visit) bool
	// Begin begins a bundle of visits that go on, and Offer puts its batch into the queue.
	Begin func() Bundle
	Offer func(context.Context, *queue.Batch) error
}

// tolerance is how far the clocks of two services may differ, and how long after an answer
// a service may still call others for the request.
const tolerance = time.Second

// NewRoom makes a room in which nothing waits.
func NewRoom(s Settings) *Room {
	w := &Room{settings: s, began: time.Now(), wake: make(chan struct{}, 1), busy: make(chan struct{}, 1)}
	w.open, w.stop = context.WithCancel(context.Background())
	if !s.Config.InternalHops {
		var seed [32]byte
		_, _ = rand.Read(seed[:]) // never fails
		of := hops.Settings{Wait: s.Config.Wait, MaxBytes: s.Config.MaxBytes(), Tolerance: tolerance}
		for i := range of.Seed {
			of.Seed[i] = binary.LittleEndian.Uint64(seed[8*i:])
		}
		if s.Storage != nil {
			of.Found = w.found
		}
		w.tracker = hops.New(of)
	}
	return w
}

// found notes that a visit is a hop. It stays on the disk while it may complete one that is not
// there.
func (w *Room) found(packed string) {
	if !w.hasUnkept() {
		w.kept.found(numberAt(packed, 0))
	}
}

func (w *Room) now() time.Duration { return time.Since(w.began) }

// Notes says whether spans are to be noted.
func (w *Room) Notes() bool { return w != nil && w.tracker != nil }

// Blocked is an error while the queue refuses visits that have waited. Payloads are refused
// then, because what they bring would have to wait without a bound.
func (w *Room) Blocked() error {
	if w != nil && w.blocked.Load() {
		return exporterhelper.ErrQueueIsFull
	}
	return nil
}

// Start queues what the last process left on the disk, and begins to release.
func (w *Room) Start(ctx context.Context) error {
	if w == nil {
		return nil
	}
	if w.settings.Storage != nil {
		left, end, err := w.settings.Storage.LeftWaiting(ctx)
		if err != nil {
			return err
		}
		w.refused = left
		w.kept.addLeft(end) // as soon as the queue has them
	}
	w.done.Go(func() { w.run(w.open) })
	return nil
}

const (
	// leastPause lets visits whose wait is over at about the same time go on together.
	leastPause = 100 * time.Millisecond
	// refusedPause is how long visits wait that the queue refused.
	refusedPause = time.Second
)

// run releases visits when their wait is over.
func (w *Room) run(ctx context.Context) {
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
func (w *Room) pause() (pause time.Duration, ok bool) {
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
func (w *Room) release(ctx context.Context, atShutdown func(*queue.Batch)) {
	if !w.begin(ctx) {
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
	if w.settings.Storage != nil {
		w.settings.Storage.WithdrawWaiting(ctx, w.kept.takeSolved()...)
	}
	switch {
	case w.settings.Storage == nil && atShutdown != nil:
		for _, b := range w.refused {
			atShutdown(b)
		}
	case w.settings.Storage != nil && len(w.refused) == 0:
		if atShutdown != nil {
			now = math.MaxInt64
		}
		if end, ok := w.kept.over(now); ok {
			w.settings.Storage.ForgetWaiting(ctx, end)
		}
	}
}

// begin waits until nobody else releases, or until the context is over.
func (w *Room) begin(ctx context.Context) bool {
	select {
	case w.busy <- struct{}{}:
		return true
	default:
	}
	select {
	case w.busy <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// offer offers a batch to the queue. One on a disk may be full until after the shutdown, so
// nobody waits for room in it then.
func (w *Room) offer(ctx context.Context, b *queue.Batch) error {
	if w.settings.Storage != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(w.open, cancel)() //nolint:contextcheck // it only ends the caller's
		if w.open.Err() != nil {
			cancel() // AfterFunc may be later than the queue's answer
		}
	}
	return w.settings.Offer(ctx, b)
}

// Shutdown lets go of all that waits. drop is told of what the queue refuses and no disk
// has.
func (w *Room) Shutdown(ctx context.Context, drop func(*queue.Batch)) {
	if w == nil {
		return
	}
	w.stop()
	w.done.Wait()
	w.release(ctx, drop)
}

// Holding is called when visits of a payload wait.
func (w *Room) Holding(ctx context.Context) {
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
