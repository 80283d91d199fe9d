// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package waiting

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Held says what of a payload waits.
type Held struct {
	payload  uint64        // its number
	at       time.Duration // when it came
	visits   int
	tooShort int    // how many more should wait, but have no room
	instead  int    // how many hops are to be on the disk instead of visits that are not
	stored   bool   // on the disk
	number   uint64 // there
}

// Visits is how many visits wait.
func (h *Held) Visits() int { return h.visits }

// IsEmpty says whether nothing of the payload waits, not even to be deleted.
func (h *Held) IsEmpty() bool { return h.visits == 0 && !h.stored }

// Payload is one payload of spans while its visits are judged. Its memory is used again.
type Payload struct {
	translator *translate.Translator
	spans      translate.HopSpans
	held       Held

	packed   visit.Packed
	known    int          // where it says what the visit knows of its visitor
	encoded  queue.Shares // for the disk
	released unpacked
}

// InnerFirst says that the payload's inner spans must be judged before its roots, whose
// visits they complete.
func (p *Payload) InnerFirst() bool { return p.spans.Called && p.spans.Roots }

// Visits is how many visits of the payload wait.
func (p *Payload) Visits() int { return p.held.visits }

// Forget makes the memory ready for another payload.
func (p *Payload) Forget() {
	p.held, p.spans.Called, p.spans.Roots = Held{}, false, false
	p.encoded.Clear()
	p.released.forget()
}

// Note tells the tracker of a payload's spans.
func (w *Room) Note(ctx context.Context, p *Payload, t *translate.Translator, td ptrace.Traces) {
	p.translator = t
	p.spans.Read(td, w.tracker, t)
	p.held = Held{payload: w.payloads.Add(1), at: w.now()}
	if p.spans.Called && w.settings.Storage != nil {
		w.kept.begin(p.held.payload)
	}
	w.countHops(ctx, w.tracker.Note(p.held.at, p.spans.All))
}

// Judge says what becomes of a visit, and completes it if it goes on at once. at is the place
// of its span among all of the payload. before are the notices that the payload gave before
// it: a hop gives none.
func (w *Room) Judge(p *Payload, span ptrace.Span, at int, v *visit.Visit, before translate.Notices) hops.Verdict {
	hop := &p.spans.All[at]
	isBare := v.Text[visit.UserAgent] == ""
	mayWait := hop.Parent != 0 || isBare && w.tracker.HasCompleted(p.held.at)
	if !mayWait && !isBare && !w.tracker.HasInner() {
		return hops.Visit
	}
	request := p.translator.HopRequest(span, w.tracker, v)
	request.IsBare = isBare
	verdict := hops.Visit
	if mayWait {
		p.pack(v, p.translator.Notices()&^before)
		verdict = w.tracker.Hold(p.held.at, hop, request, p.packed, p.known)
	}
	switch verdict {
	case hops.NoRoom:
		p.held.tooShort++
		return hops.Visit
	case hops.Visit:
		if inner := w.tracker.Inner(hop, request); inner != "" {
			v.Complete(inner, isPublic)
			if isBare && v.Text[visit.UserAgent] != "" {
				w.tracker.Completed(p.held.at)
			}
		}
		return verdict
	case hops.Waits:
		p.held.visits++
		w.encode(p, hop, request, v)
	case hops.Hop:
		w.encodeInstead(p, v)
	}
	p.translator.Retract(before)
	return verdict
}

// Offer has the span that visits::hosts has just left out complete the visit of its request.
func (w *Room) Offer(p *Payload, span ptrace.Span, at int) {
	v := p.translator.LeftOut()
	request := p.translator.HopRequest(span, w.tracker, v)
	request.IsBare = v.Text[visit.UserAgent] == ""
	p.pack(v, 0)
	w.tracker.Offer(p.held.at, &p.spans.All[at], request, p.packed[p.known:])
}

// encode encodes a visit that waits for the disk, with what its inner hops have told so far:
// these are on the disk no more. One that does not count or that the destination cannot take
// needs no place, unless an inner hop completes it.
func (w *Room) encode(p *Payload, hop *hops.Span, request hops.Request, v *visit.Visit) {
	if w.settings.Storage == nil {
		return
	}
	if inner := w.tracker.InnerSoFar(hop, request); inner != "" {
		v.Complete(inner, isPublic)
	}
	isKept := (!p.translator.IsBare() || !p.translator.Excludes(v)) && w.settings.Encode(&p.encoded, v)
	if !isKept && v.Text[visit.UserAgent] == "" {
		w.unkept.Store(int64(w.now() + w.settings.Config.Wait))
	}
}

// encodeInstead encodes a hop for the disk if it may complete a visit that waits and is not
// there: after a crash the hop counts instead.
func (w *Room) encodeInstead(p *Payload, v *visit.Visit) {
	if w.settings.Storage != nil && w.hasUnkept() && v.Text[visit.UserAgent] != "" && w.settings.Encode(&p.encoded, v) {
		p.held.instead++
	}
}

// hasUnkept says whether a visit may wait that is not on the disk, for lack of a user agent.
func (w *Room) hasUnkept() bool { return int64(w.now()) < w.unkept.Load() }

// Keep stores those of a payload's visits that wait, before the payload is acknowledged. If
// the disk does not take them they go on at once, in the bundle of the payload's others: the
// queue says what becomes of them. It returns what waits.
func (w *Room) Keep(ctx context.Context, p *Payload, others Bundle) Held {
	if p.held.tooShort > 0 {
		w.settings.Counters.Waited(ctx, telemetry.WaitedTooShort, p.held.tooShort)
		w.reportEarly(p.held.tooShort)
	}
	if p.encoded.Visits() == 0 {
		if p.spans.Called && w.settings.Storage != nil {
			w.kept.end(p.held.payload)
		}
		return p.held
	}
	b := w.settings.Memory.Put(p.encoded.All(), p.translator.Arrival()/int64(time.Millisecond))
	number, err := w.settings.Storage.KeepWaiting(ctx, b)
	if err != nil {
		w.tracker.Withdraw(p.held.at, func(packed string) bool {
			isOf := p.held.isOf(packed)
			if isOf {
				others.Add(p.released.unpack(hops.Released{Visit: packed}))
			}
			return isOf
		})
		w.kept.end(p.held.payload)
		p.held = Held{}
		return p.held
	}
	p.held.stored, p.held.number = true, number
	open := p.held.visits
	if p.held.instead > 0 {
		open = 0
	}
	w.kept.add(p.held.payload, number, open, w.now()+w.settings.Config.Wait)
	return p.held
}

func (h *Held) isOf(packed string) bool { return numberAt(packed, 0) == h.payload }

// Withdraw lets go of a payload's visits that wait, because the pipeline was told that
// the payload is refused.
func (w *Room) Withdraw(ctx context.Context, h Held) {
	if h.IsEmpty() {
		return
	}
	w.tracker.Withdraw(h.at, h.isOf)
	if h.stored {
		w.settings.Storage.WithdrawWaiting(ctx, h.number)
	}
}
