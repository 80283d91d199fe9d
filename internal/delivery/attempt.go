// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// maxRequests is the most HTTP requests that one attempt makes. The next attempt
// continues with what is left.
const maxRequests = 128

// errTooManyRequests ends an attempt that has found many rejected visits.
var errTooManyRequests = fmt.Errorf("the API rejects many visits: after %d requests to find them, the rest waits for the next attempt", maxRequests)

// attempt is one attempt to deliver a batch.
type attempt struct {
	delivery        *Delivery
	todo            []*queue.Batch // still to be sent, the next one last
	rejectedSingles []rejectedSingle
	accepted        bool // the API took a body of this attempt
	rejection       rejection
	probe           bool // the breaker waits for what this attempt finds out
	requests        int
}

// run sends everything. After an error, remaining has the rest.
func (a *attempt) run(ctx context.Context) error {
	for len(a.todo) > 0 {
		if a.requests == maxRequests {
			a.endProbe(a.delivery.breaker.abandon)
			return errTooManyRequests
		}
		if err := a.await(ctx); err != nil {
			return err
		}
		b := a.next()
		if err := a.act(ctx, b, a.post(ctx, b)); err != nil {
			return err
		}
	}
	if a.rejectsAll() {
		if err := a.allRejected(ctx); err != nil {
			return err
		}
	}
	a.dropRejected(ctx)
	a.endProbe(a.delivery.breaker.reset)
	return nil
}

// await waits for the breaker, unless this attempt is the probe already.
func (a *attempt) await(ctx context.Context) (err error) {
	if !a.probe {
		a.probe, err = a.delivery.breaker.await(ctx, a.delivery.ending)
	}
	return err
}

// endProbe tells the breaker what the attempt found out, if it is the probe.
func (a *attempt) endProbe(tell func()) {
	if a.probe {
		a.probe = false
		tell()
	}
}

// next takes the next body from todo, cut to the size that the API takes.
func (a *attempt) next() *queue.Batch {
	last := len(a.todo) - 1
	head, rest := a.todo[last].CutBytes(int(a.delivery.maxBytes.Load()))
	if a.todo[last] = rest; rest == nil {
		a.todo = a.todo[:last]
	}
	return head
}

func (a *attempt) post(ctx context.Context, b *queue.Batch) answer {
	got := a.delivery.client.post(ctx, b)
	a.requests++
	a.delivery.counters.Requested(ctx, got.status, got.took, b.BytesSize())
	return got
}

// act does what the outcome of a request asks for. What of b is still to be sent
// goes back to todo or to rejectedSingles. An error ends the attempt.
func (a *attempt) act(ctx context.Context, b *queue.Batch, got answer) error {
	switch got.outcome() {
	case delivered:
		a.accept(ctx, b)
	case rejected:
		return a.isolate(ctx, b, got)
	case tooLarge:
		a.shrink(ctx, b, got)
	case refused:
		a.drop(ctx, telemetry.DropRefused, b, got)
	case unavailable, throttled, misconfigured:
		a.todo = append(a.todo, b)
		return a.postpone(got)
	}
	return nil
}

// accept counts what was delivered. The single visits that were rejected before it
// are sent again: the attempt may have waited for the breaker since, and the API
// may have been mended meanwhile.
func (a *attempt) accept(ctx context.Context, b *queue.Batch) {
	d := a.delivery
	d.counters.Sent(ctx, b.Count, b.BytesSize(), b.Since)
	d.settings.Memory.Delivered(b)
	d.acceptedBodies.Add(1)
	d.consecutiveRejections.Store(0)
	d.health.recovered()
	a.accepted = true
	for _, single := range a.rejectedSingles {
		a.todo = append(a.todo, single.visit)
	}
	a.rejectedSingles = nil
	a.endProbe(d.breaker.reset)
}

// shrink learns from a body that is too large. Its visits are sent again in
// smaller bodies. A single visit is dropped.
func (a *attempt) shrink(ctx context.Context, b *queue.Batch, got answer) {
	if b.Count == 1 {
		a.drop(ctx, telemetry.DropTooLarge, b, got)
		return
	}
	limit, size := &a.delivery.maxBytes, int64(b.BytesSize()/2)
	for known := limit.Load(); size < known; known = limit.Load() {
		if limit.CompareAndSwap(known, size) {
			a.delivery.logger.Warn("The API refuses a body as too large; sending smaller ones from now on.",
				zap.Int("refused_bytes", b.BytesSize()), zap.Int64("max_bytes", size))
		}
	}
	a.todo = append(a.todo, b)
}

// postpone ends an attempt because the API takes nothing now.
func (a *attempt) postpone(got answer) error {
	err := a.delivery.client.describe(got)
	if got.outcome() == misconfigured {
		a.delivery.health.unhealthy(err)
	}
	if pause := got.pause(); pause > 0 {
		a.trip(pause, err)
	}
	a.endProbe(a.delivery.breaker.abandon)
	return err
}

// trip opens the breaker: nobody sends anything during the pause.
func (a *attempt) trip(pause time.Duration, err error) {
	if a.delivery.breaker.trip(a.probe, pause) {
		a.delivery.logger.Warn("Delivery is paused.", zap.Duration("pause", pause), zap.Error(err))
	}
	a.probe = false
}

// drop counts visits that the API does not take and logs why. The log holds nothing
// of what is in them.
func (a *attempt) drop(ctx context.Context, reason telemetry.DropReason, b *queue.Batch, got answer) {
	a.delivery.counters.Dropped(ctx, reason, b.Count)
	a.delivery.logger.Error("Dropping visits that the API does not take.", zap.String("reason", telemetry.DropReasons[reason]),
		zap.Int("visits", b.Count), zap.Strings("fields_named_in_answer", got.fields), zap.Error(a.delivery.client.describe(got)))
}

// remaining is one batch of all that is left, in the order of the visits.
func (a *attempt) remaining() *queue.Batch {
	rest := &queue.Batch{Framing: &a.delivery.destination.Framing}
	for _, single := range a.rejectedSingles {
		rest.Merge(single.visit)
	}
	for _, b := range slices.Backward(a.todo) {
		rest.Merge(b)
	}
	return rest
}
