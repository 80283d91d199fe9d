// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"hash/maphash"

	"github.com/agentvisits/agentvisitsexporter/internal/queue"
)

// remembered is what is known of visits that have failed alone and went back to the end of
// the queue. There they have no mark, so they are known by a hash of their bytes. A process
// that starts anew tries them anew. The dispatcher guards it.
type remembered struct {
	seed   maphash.Seed
	visits map[uint64]suspicion
}

// mostRemembered bounds the memory. More visits than that are tried anew.
const mostRemembered = 1000

func newRemembered() remembered {
	return remembered{seed: maphash.MakeSeed(), visits: make(map[uint64]suspicion)}
}

// note remembers the only visit of a body.
func (r *remembered) note(b *body) {
	if len(r.visits) >= mostRemembered {
		return
	}
	for line := range b.visits.Lines() {
		r.visits[maphash.Bytes(r.seed, line)] = b.suspicion
	}
}

// recall makes bodies of visits: one for each that is remembered, and one of the others. The
// first is of the others, if there are any.
func (r *remembered) recall(s *shipment, visits *queue.Batch) (bodies []*body) {
	whole := &body{shipment: s, visits: visits}
	if len(r.visits) == 0 {
		return []*body{whole}
	}
	others, rest, before := (*queue.Batch)(nil), visits, 0
	keep := func(part *queue.Batch) {
		if others == nil {
			others = part
		} else {
			others.Merge(part)
		}
	}
	for line := range visits.Lines() {
		known := maphash.Bytes(r.seed, line)
		suspicion, is := r.visits[known]
		if !is {
			before++
			continue
		}
		delete(r.visits, known)
		if before > 0 {
			var part *queue.Batch
			part, rest = rest.CutCount(before)
			keep(part)
		}
		var one *queue.Batch
		one, rest = rest.CutCount(1)
		bodies, before = append(bodies, &body{shipment: s, visits: one, suspicion: suspicion}), 0
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
