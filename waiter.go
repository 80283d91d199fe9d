// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/hops"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// A visit that waits is packed, behind the number of its payload, when that arrived in
// Unix milliseconds, and what the visit gives notice of. It is encoded for its destination
// when it goes on, because an inner hop may complete it until then. On the disk it is
// encoded at once.
const (
	arrivalAt = 8
	noticesAt = 16
	isBareAt  = 17 // 1: visits::who excludes the visit unless it is completed
	visitAt   = 18
)

// held says what of a payload waits.
type held struct {
	payload  uint64        // its number
	at       time.Duration // when it came
	visits   int
	tooShort int    // how many more should wait, but have no room
	stored   bool   // on the disk
	number   uint64 // there
}

// waiterScratch is memory for visits that wait.
type waiterScratch struct {
	packed, facts visit.Packed
	lines         []byte // the encoded visits, for the disk
	encoded       int

	since   int64 // when the oldest of those that have waited came, in Unix milliseconds; 0: none has
	notices translate.Notices
	visit   visit.Visit // one that has waited
	text    [visit.FieldCount]string
	present visit.FieldSet
}

func (w *waiterScratch) forget() {
	w.lines, w.encoded, w.since, w.notices = w.lines[:0], 0, 0, 0
	w.forgetVisit()
}

func (w *waiterScratch) forgetVisit() {
	for f := range w.present.Shared(&w.present) {
		w.text[f] = ""
	}
	w.visit, w.present = visit.Visit{}, visit.FieldSet{}
}

// note tells the tracker of a payload's spans.
func (w *waiting) note(ctx context.Context, s *scratch, td ptrace.Traces) {
	s.spans.Read(td, w.tracker, s.translator)
	s.held = held{payload: w.payloads.Add(1), at: w.now()}
	w.countHops(ctx, w.tracker.Note(s.held.at, s.spans.All))
}

// judge says what becomes of a visit, and completes it if it goes on at once. before are
// the notices that the payload gave before it: a hop gives none.
func (w *waiting) judge(s *scratch, span ptrace.Span, hop *hops.Span, v *visit.Visit, before translate.Notices) hops.Verdict {
	isBare := v.Text[visit.UserAgent] == ""
	mayWait := hop.Parent != 0 || isBare && w.tracker.HasCompleted(s.held.at)
	if !mayWait && !w.tracker.HasInner() {
		return hops.Visit
	}
	request := s.translator.HopRequest(span, w.tracker, v)
	request.IsBare = isBare
	verdict := hops.Visit
	if mayWait {
		s.pack(v, s.translator.Notices()&^before)
		verdict = w.tracker.Hold(s.held.at, hop, request, s.waiter.packed, s.waiter.facts)
	}
	switch verdict {
	case hops.NoRoom:
		s.held.tooShort++
		return hops.Visit
	case hops.Visit:
		if inner := w.tracker.Inner(hop, request); inner != nil {
			v.Complete(string(inner), isPublic)
			if isBare && v.Text[visit.UserAgent] != "" {
				w.tracker.Completed(s.held.at)
			}
		}
		return verdict
	case hops.Waits:
		s.held.visits++
		if w.storage != nil && !s.translator.IsBare() { // nobody could complete it after a crash
			s.encodeForDisk(v)
		}
	}
	s.translator.Retract(before)
	return verdict
}

// pack packs a visit, and what it knows of its visitor.
func (s *scratch) pack(v *visit.Visit, notices translate.Notices) {
	w := &s.waiter
	packed := binary.LittleEndian.AppendUint64(w.packed[:0], s.held.payload)
	packed = binary.LittleEndian.AppendUint64(packed, uint64(s.translator.Arrival()/int64(time.Millisecond)))
	isBare := byte(0)
	if s.translator.IsBare() {
		isBare = 1
	}
	w.packed = visit.Pack(append(packed, byte(notices), isBare), v)
	w.facts = visit.PackShared(w.facts[:0], v)
}

// encodeForDisk encodes a visit that waits. One that the destination cannot take needs no
// place.
func (s *scratch) encodeForDisk(v *visit.Visit) {
	if e := s.destination.Encode(s.waiter.lines, v); e.Skip == visit.NotSkipped {
		s.waiter.lines = append(e.Bytes, s.destination.Framing.Separator...)
		s.waiter.encoded++
	}
}

// addWaiter adds a visit that has waited.
func (s *scratch) addWaiter(r hops.Released) {
	w := &s.waiter
	w.forgetVisit()
	w.visit.Borrow(&w.text, &w.present)
	w.visit.Unpack(string(r.Visit[visitAt:]))
	if r.Inner != nil {
		w.visit.Complete(string(r.Inner), isPublic)
	}
	w.notices |= translate.Notices(r.Visit[noticesAt])
	if since := int64(binary.LittleEndian.Uint64(r.Visit[arrivalAt:])); w.since == 0 || since < w.since {
		w.since = since
	}
	reason := visit.NotSkipped
	if r.Visit[isBareAt] == 1 && s.translator.Excludes(&w.visit) {
		reason = visit.SkipWho
	}
	s.add(&w.visit, reason)
}

// keep stores those of a payload's visits that wait, before the payload is acknowledged.
// If the disk does not take them they go on at once: the queue says what becomes of them.
func (w *waiting) keep(ctx context.Context, s *scratch) {
	if s.held.tooShort > 0 {
		w.intake.counters.Waited(ctx, telemetry.WaitedTooShort, s.held.tooShort)
		w.reportEarly(s.held.tooShort)
	}
	if s.held.visits == 0 || w.storage == nil || s.waiter.encoded == 0 {
		return
	}
	lines := &s.waiter
	b := queue.NewDiskMemory(&s.destination.Framing).Put(lines.lines, lines.encoded, s.since())
	number, err := w.storage.KeepWaiting(ctx, b)
	if err != nil {
		w.tracker.Withdraw(s.held.at, func(packed []byte) bool {
			isOf := s.held.isOf(packed)
			if isOf {
				s.addWaiter(hops.Released{Visit: packed})
			}
			return isOf
		})
		s.held = held{}
		return
	}
	s.held.stored, s.held.number = true, number
	w.kept.add(number+1, w.now()+w.wait)
}

func (h *held) isOf(packed []byte) bool { return binary.LittleEndian.Uint64(packed) == h.payload }

// withdraw lets go of a payload's visits that wait, because the pipeline was told that
// the payload is refused.
func (w *waiting) withdraw(ctx context.Context, h held) {
	if h.visits == 0 {
		return
	}
	w.tracker.Withdraw(h.at, h.isOf)
	if h.stored {
		w.storage.WithdrawWaiting(ctx, h.number)
	}
}

// keptPayloads are the payloads on the disk of which visits wait, in their order.
type keptPayloads struct {
	mu  sync.Mutex
	all []keptPayload
}

type keptPayload struct {
	end   uint64        // the number after its own
	until time.Duration // when the wait of its visits is over
}

// overdue is how long after their wait visits are gone for sure.
const overdue = time.Second

func (k *keptPayloads) add(end uint64, until time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, keptPayload{end, until + overdue})
}

// next says how long until the first payload is over.
func (k *keptPayloads) next(now time.Duration) (wait time.Duration, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.all) == 0 {
		return 0, false
	}
	return max(k.all[0].until-now, 0), true
}

// over takes out the payloads that are over, and returns the end of their numbers.
func (k *keptPayloads) over(now time.Duration) (end uint64, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for ; n < len(k.all) && k.all[n].until <= now; n++ {
		end = max(end, k.all[n].end)
	}
	k.all = k.all[n:]
	return end, n > 0
}
