// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// maxConsecutiveRejections is the number of single visits, rejected one after
// another, from which on the exporter or the API is taken to be at fault, and not
// the visits.
const maxConsecutiveRejections = 3

// rejectedSingle is a visit that was rejected while it stood alone, and before the
// API accepted anything of the attempt.
type rejectedSingle struct {
	visit *queue.Batch
	got   answer
}

// rejection is what earlier attempts found out about a batch of which the API
// accepted nothing.
type rejection struct {
	known          bool
	acceptedBodies int64 // of all batches, when the rejection was found
	// othersAccepted is set when the API has accepted other batches since. Then the
	// API is not at fault.
	othersAccepted bool
}

// isolate halves a rejected body until the visits at fault stand alone, so that no
// other visit is lost or sent twice. k rejected visits among n cost about
// 2*k*log2(n) requests. A single visit is dropped if the API accepted others of the
// attempt before.
func (a *attempt) isolate(ctx context.Context, b *queue.Batch, got answer) error {
	if b.Count > 1 {
		head, rest := b.CutCount(b.Count / 2)
		a.todo = append(a.todo, rest, head)
		return nil
	}
	a.rejectedSingles = append(a.rejectedSingles, rejectedSingle{b, got})
	if a.accepted {
		a.dropRejected(ctx)
	} else if len(a.rejectedSingles) == maxConsecutiveRejections {
		return a.allRejected(ctx)
	}
	return nil
}

// rejectsAll reports whether the API has accepted nothing for so long that the
// rejected visits may not be at fault.
func (a *attempt) rejectsAll() bool {
	return !a.accepted && len(a.rejectedSingles) > 0 &&
		a.delivery.consecutiveRejections.Load()+int64(len(a.rejectedSingles)) >= maxConsecutiveRejections
}

// allRejected decides what happens to single visits that were all rejected. If the
// API has accepted other batches since this one was last rejected, the visits are
// at fault and are dropped. Otherwise the API may be at fault, and the visits are
// kept. Unless the API is known to accept others, everybody waits and the
// exporter's status says so.
func (a *attempt) allRejected(ctx context.Context) error {
	d := a.delivery
	accepted := d.acceptedBodies.Load()
	others := a.rejection.known && accepted > a.rejection.acceptedBodies
	a.rejection = rejection{known: true, acceptedBodies: accepted, othersAccepted: a.rejection.othersAccepted || others}
	if others {
		a.dropRejected(ctx)
		return nil
	}
	last := a.rejectedSingles[len(a.rejectedSingles)-1]
	err := fmt.Errorf("%w; it rejects every visit alike, so they are kept until it accepts one", d.client.describe(last.got))
	a.rotate()
	if a.rejection.othersAccepted {
		a.endProbe(d.breaker.abandon)
		return err
	}
	d.health.unhealthy(err)
	a.trip(throttleRetry, err)
	return err
}

// rotate lets the next attempt begin at another visit, because perhaps only the
// first ones are wrong.
func (a *attempt) rotate() {
	rest := a.remaining()
	if rest.Count > 1 {
		head, tail := rest.CutCount(1 + rand.N(rest.Count-1)) //nolint:gosec // chooses a place, guards nothing
		tail.Merge(head)
		rest = tail
	}
	a.todo, a.rejectedSingles = []*queue.Batch{rest}, nil
}

// dropRejected drops the single visits that were rejected.
func (a *attempt) dropRejected(ctx context.Context) {
	for _, single := range a.rejectedSingles {
		a.drop(ctx, telemetry.DropRejected, single.visit, single.got)
	}
	if !a.accepted {
		a.delivery.consecutiveRejections.Add(int64(len(a.rejectedSingles)))
	}
	a.rejectedSingles = nil
}
