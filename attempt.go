// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"go.uber.org/zap"
)

// maxRequests bounds the HTTP requests of one attempt. What is left then goes
// on after a pause, from where it was.
const maxRequests = 128

// errTooManyRequests ends an attempt that has found many rejected visits.
var errTooManyRequests = fmt.Errorf("the API rejects many visits: %d requests were made to find them, the rest follows", maxRequests)

// attempt is one attempt to deliver a batch. A body that the API rejects is
// halved until the visits at fault stand alone, so that no other visit is lost
// or sent twice: k rejected visits among n cost about 2*k*log2(n) requests.
type attempt struct {
	*delivery
	todo     []*batch  // still to be sent, the next one last
	suspects []suspect // single visits rejected before anything was accepted
	accepted bool
	rejected rejection
	probe    bool // this attempt decides whether the gate opens
	requests int
}

// rejection is what is known of a batch of which an attempt, or several, found
// rejected visits only.
type rejection struct {
	known bool
	taken int64 // bodies that the API had accepted then
	// alone is set when the API has accepted others since: it is not the API
	// that is at fault.
	alone bool
}

// suspect is a single visit and why it was rejected.
type suspect struct {
	visit *batch
	got   answer
}

// run sends all there is to do. An error leaves the rest in todo and suspects.
func (a *attempt) run(ctx context.Context) error {
	for len(a.todo) > 0 {
		if a.requests == maxRequests {
			a.settle(a.gate.release)
			return errTooManyRequests
		}
		if err := a.enter(ctx); err != nil {
			return err
		}
		b := a.next()
		answer := a.client.post(ctx, b)
		a.requests++
		a.counters.requested(ctx, answer, b)
		if err := a.act(ctx, b, answer); err != nil {
			return err
		}
	}
	if !a.accepted && len(a.suspects) > 0 && a.strikes.Load()+int64(len(a.suspects)) >= maxStrikes {
		if err := a.allRejected(ctx); err != nil {
			return err
		}
	}
	a.convict(ctx)
	a.settle(a.gate.open)
	return nil
}

// enter waits at the gate, unless this attempt is the probe already.
func (a *attempt) enter(ctx context.Context) (err error) {
	if !a.probe {
		a.probe, err = a.gate.enter(ctx)
	}
	return err
}

// settle ends the probe, if this attempt is one.
func (a *attempt) settle(end func()) {
	if a.probe {
		a.probe = false
		end()
	}
}

// next takes what is to be sent now, cut to the size that the API takes.
func (a *attempt) next() *batch {
	last := len(a.todo) - 1
	head, rest := a.todo[last].cutBytes(int(a.maxBytes.Load()))
	if a.todo[last] = rest; rest == nil {
		a.todo = a.todo[:last]
	}
	return head
}

// act does what an answer asks for. What of b is still to be sent goes back to
// todo or to suspects.
func (a *attempt) act(ctx context.Context, b *batch, got answer) error {
	switch got.verdict() {
	case delivered:
		a.accept(ctx, b)
	case rejected:
		return a.isolate(ctx, b, got)
	case tooLarge:
		a.shrink(ctx, b, got)
	case refused:
		a.drop(ctx, dropRefused, b, got)
	default:
		a.todo = append(a.todo, b)
		return a.postpone(got)
	}
	return nil
}

// postpone ends an attempt at which the API took nothing.
func (a *attempt) postpone(got answer) error {
	err := a.client.fault(got)
	switch got.verdict() {
	case throttled:
		return a.pause(cmp.Or(got.retryAfter, throttleRetry), err)
	case misconfigured:
		a.health.failing(err)
		return a.pause(max(got.retryAfter, slowRetry), err)
	}
	a.settle(a.gate.release)
	return err
}

// accept counts what was delivered. The suspects are asked for again, each
// alone: the API may have been mended since it rejected them, for the attempt
// may have waited at the gate.
func (a *attempt) accept(ctx context.Context, b *batch) {
	a.counters.sent(ctx, b)
	a.memory.delivered(b)
	a.accepted = true
	a.taken.Add(1)
	a.strikes.Store(0)
	for _, s := range a.suspects {
		a.todo = append(a.todo, s.visit)
	}
	a.suspects = nil
	a.settle(a.gate.open)
	a.health.fine()
}

// isolate halves a rejected body. A single visit is dropped if another of the
// attempt was accepted before.
func (a *attempt) isolate(ctx context.Context, b *batch, got answer) error {
	if b.count > 1 {
		head, rest := b.cutCount(b.count / 2)
		a.todo = append(a.todo, rest, head)
		return nil
	}
	a.suspects = append(a.suspects, suspect{b, got})
	if a.accepted {
		a.convict(ctx)
	} else if len(a.suspects) == maxStrikes {
		return a.allRejected(ctx)
	}
	return nil
}

// allRejected decides when the API has rejected some visits, each alone, and
// accepted none. If it has accepted others since the batch was last found so,
// these visits are at fault and are dropped. Else it may be the API: the visits
// are kept, and if nothing speaks for the API, everybody waits and somebody is
// told. The next attempt begins at another place, for it may be that only the
// first visits are wrong.
func (a *attempt) allRejected(ctx context.Context) error {
	taken := a.taken.Load()
	others := a.rejected.known && taken > a.rejected.taken
	a.rejected = rejection{known: true, taken: taken, alone: a.rejected.alone || others}
	if others {
		a.convict(ctx)
		return nil
	}
	last := a.suspects[len(a.suspects)-1]
	err := fmt.Errorf("%w; it rejects every visit alike, so they are kept until it accepts one", a.client.fault(last.got))
	rest := a.unsent()
	if rest.count > 1 {
		head, tail := rest.cutCount(1 + rand.N(rest.count-1)) //nolint:gosec // chooses a place, guards nothing
		tail.add(head)
		rest = tail
	}
	a.todo, a.suspects = []*batch{rest}, nil
	if a.rejected.alone {
		a.settle(a.gate.release)
		return err
	}
	a.health.failing(err)
	return a.pause(throttleRetry, err)
}

// convict drops the suspects.
func (a *attempt) convict(ctx context.Context) {
	for _, s := range a.suspects {
		a.drop(ctx, dropRejected, s.visit, s.got)
	}
	if !a.accepted {
		a.strikes.Add(int64(len(a.suspects)))
	}
	a.suspects = nil
}

// shrink learns from a body that is too large. Its visits are sent again in
// smaller ones; a single visit is dropped.
func (a *attempt) shrink(ctx context.Context, b *batch, got answer) {
	if b.count == 1 {
		a.drop(ctx, dropTooLarge, b, got)
		return
	}
	size := int64(b.BytesSize() / 2)
	for known := a.maxBytes.Load(); size < known; known = a.maxBytes.Load() {
		if a.maxBytes.CompareAndSwap(known, size) {
			a.telemetry.Logger.Warn("The API refuses a body as too large; sending smaller ones from now on.",
				zap.Int("refused_bytes", b.BytesSize()), zap.Int64("max_bytes", size))
		}
	}
	a.todo = append(a.todo, b)
}

// drop counts visits that the API does not take and says why, without a word
// of what is in them.
func (a *attempt) drop(ctx context.Context, reason dropReason, b *batch, got answer) {
	a.counters.dropped(ctx, reason, b.count)
	a.telemetry.Logger.Error("Dropping visits that the API does not take.", zap.String("reason", dropReasons[reason]),
		zap.Int("visits", b.count), zap.Strings("fields_named_in_answer", got.fields), zap.Error(a.client.fault(got)))
}

// pause closes the gate.
func (a *attempt) pause(wait time.Duration, err error) error {
	if a.gate.close(a.probe, wait) {
		a.telemetry.Logger.Warn("Delivery is paused.", zap.Duration("pause", wait), zap.Error(err))
	}
	a.probe = false
	return err
}

// unsent is one batch of all that is left, in the order of the visits.
func (a *attempt) unsent() *batch {
	rest := &batch{framing: &a.destination.framing, rejected: a.rejected}
	for _, s := range a.suspects {
		rest.add(s.visit)
	}
	for _, b := range slices.Backward(a.todo) {
		rest.add(b)
	}
	return rest
}
