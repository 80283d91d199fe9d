// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"hash/maphash"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// remembered is what speaks against bodies that went back to the end of the queue, or were
// parked. There they have no mark, so they are known by a hash of their first visit. A process
// that starts anew tries them anew. The dispatcher guards it.
type remembered struct {
	seed   maphash.Seed
	bodies map[uint64]suspected
}

// suspected is a body against which something speaks.
type suspected struct {
	suspicion
	visits   int // from the first one on
	wasAsked bool
}

// mostRemembered bounds the memory. Instead of one more, some other is tried anew: it may
// never come back.
const mostRemembered = 10_000

func newRemembered() remembered {
	return remembered{seed: maphash.MakeSeed(), bodies: make(map[uint64]suspected)}
}

// throttledEnough is how often a body must be throttled that is parked each time before it is
// taken for one to which the API objects. A limit of requests throttles one that does not come
// back first after the pause, perhaps several times.
const throttledEnough = 15

// wasAsked reports whether a body is one visit that was sent in vain to learn how the API is. Once
// others are accepted it need not be asked again.
func (b *body) wasAsked() bool { return b.visits.Count == 1 && b.probes > 0 && b.throttles == 0 }

// note remembers a body, if anything speaks against it.
func (r *remembered) note(b *body) {
	if !b.isSuspect && b.throttles == 0 && !b.wasAsked() {
		return
	}
	if len(r.bodies) >= mostRemembered {
		for other := range r.bodies {
			delete(r.bodies, other)
			break
		}
	}
	r.bodies[r.hash(b)] = suspected{suspicion: b.suspicion, visits: b.visits.Count, wasAsked: b.wasAsked()}
}

// forget is for a body that was remembered, but went nowhere.
func (r *remembered) forget(b *body) { delete(r.bodies, r.hash(b)) }

// hash is that of a body's first visit.
func (r *remembered) hash(b *body) uint64 {
	for line := range b.visits.Lines() {
		return maphash.Bytes(r.seed, line)
	}
	return 0
}

// recall makes bodies of visits: one for each that is remembered, as far as its visits are
// still together, and one of the others. The first is of the others, if there are any.
func (r *remembered) recall(s *shipment, visits *queue.Batch) (bodies []*body) {
	whole := &body{shipment: s, visits: visits}
	if len(r.bodies) == 0 {
		return []*body{whole}
	}
	others, rest, before, inside := (*queue.Batch)(nil), visits, 0, 0
	keep := func(part *queue.Batch) {
		if others == nil {
			others = part
		} else {
			others.Merge(part)
		}
	}
	for line := range visits.Lines() {
		if inside > 0 {
			inside--
			continue
		}
		known := maphash.Bytes(r.seed, line)
		found, is := r.bodies[known]
		if !is {
			before++
			continue
		}
		delete(r.bodies, known)
		if before > 0 {
			var part *queue.Batch
			part, rest = rest.CutCount(before)
			keep(part)
		}
		var one *queue.Batch
		one, rest = rest.CutCount(found.visits)
		if !found.isSuspect && !found.wasAsked && found.throttles < throttledEnough {
			found.suspicion = suspicion{throttling: throttling{throttles: found.throttles}}
		}
		bodies = append(bodies, &body{shipment: s, visits: one, suspicion: found.suspicion})
		before, inside = 0, found.visits-1
	}
	if len(bodies) == 0 {
		return []*body{whole}
	}
	if rest != nil {
		keep(rest)
	}
	if others != nil {
		bodies = append([]*body{{shipment: s, visits: others}}, bodies...)
	}
	return bodies
}
