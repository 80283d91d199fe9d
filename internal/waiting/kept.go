// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package waiting

import (
	"sync"
	"time"
)

// keptPayloads are the payloads on the disk of which visits wait, in their order.
type keptPayloads struct {
	mu     sync.Mutex
	all    []keptPayload
	open   map[uint64]*onDisk // by the payload's number
	solved []uint64           // the numbers on the disk of which no visit waits
}

type keptPayload struct {
	payload uint64
	end     uint64        // the number after its own on the disk
	until   time.Duration // when the wait of its visits is over
}

// onDisk says where a payload lies, and how many of its visits are not known as hops.
type onDisk struct {
	number uint64
	visits int
}

// overdue is how long after their wait visits are gone for sure.
const overdue = time.Second

// add enters a payload that lies under a number on the disk.
func (k *keptPayloads) add(payload, number uint64, visits int, until time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open == nil {
		k.open = map[uint64]*onDisk{}
	}
	k.open[payload] = &onDisk{number, visits}
	k.all = append(k.all, keptPayload{payload, number + 1, until + overdue})
}

// addLeft enters what the last process left on the disk, up to a number.
func (k *keptPayloads) addLeft(end uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, keptPayload{end: end})
}

// found notes that a visit of a payload is a hop. If all of them are, the payload is solved.
func (k *keptPayloads) found(payload uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	of := k.open[payload]
	if of == nil {
		return
	}
	if of.visits--; of.visits == 0 {
		delete(k.open, payload)
		k.solved = append(k.solved, of.number)
	}
}

// takeSolved takes out the numbers on the disk of the payloads that are solved.
func (k *keptPayloads) takeSolved() (numbers []uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	numbers, k.solved = k.solved, nil
	return numbers
}

// solvedPause is how often payloads that are solved leave the disk, in one transaction.
const solvedPause = time.Second

// next says how long until the first payload is over, or some may be solved.
func (k *keptPayloads) next(now time.Duration) (wait time.Duration, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.all) == 0 {
		return 0, false
	}
	return min(max(k.all[0].until-now, 0), solvedPause), true
}

// over takes out the payloads that are over, and returns the end of their numbers.
func (k *keptPayloads) over(now time.Duration) (end uint64, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for ; n < len(k.all) && k.all[n].until <= now; n++ {
		end = max(end, k.all[n].end)
		delete(k.open, k.all[n].payload)
	}
	k.all = k.all[n:]
	return end, n > 0
}
