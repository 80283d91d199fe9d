// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// indexKey is the storage's key of the index.
const indexKey = "agent_visits_set_aside"

// owner is who can send a stored batch: the exporter of this destination, site and
// version of the format.
type owner struct {
	Identity string `json:"identity,omitempty"` // the destination's; unknown for another version
	Version  byte   `json:"version"`
}

// run is a run of batches of one owner, whose numbers follow each other.
type run struct {
	owner
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
	Visits int    `json:"visits"`
	Bytes  int    `json:"bytes"`
}

// batches is how many there are at most: some places may be empty.
func (r run) batches() int { return int(r.Last-r.First) + 1 }

// asideIndex says which batches are set aside, the oldest first.
type asideIndex struct {
	runs    []run
	changed bool // since it was last written
}

// storedIndex is the form of the index in the storage.
type storedIndex struct {
	Checksum uint32          `json:"crc32c"` // of the runs as they are stored
	Runs     json.RawMessage `json:"runs"`
}

// load reads a stored index. An empty one was never written.
func (x *asideIndex) load(stored []byte) error {
	if len(stored) == 0 {
		return nil
	}
	runs, err := readIndex(stored)
	if err != nil {
		return fmt.Errorf("the index of the batches that are set aside is damaged, so they cannot be found: %w", err)
	}
	x.runs = runs
	return nil
}

// readIndex refuses what write cannot have written.
func readIndex(stored []byte) ([]run, error) {
	var index storedIndex
	if err := json.Unmarshal(stored, &index); err != nil {
		return nil, err
	}
	if crc32.Checksum(index.Runs, castagnoli) != index.Checksum {
		return nil, errors.New("its checksum does not match")
	}
	var runs []run
	if err := json.Unmarshal(index.Runs, &runs); err != nil {
		return nil, err
	}
	for i, r := range runs {
		switch {
		case r.Last < r.First:
			return nil, errors.New("a run ends before it begins")
		case i > 0 && r.First <= runs[i-1].Last:
			return nil, errors.New("two runs overlap")
		case r.Visits < 0 || r.Bytes < 0 || r.Bytes > maxRunBytes || r.Last-r.First >= uint64(r.Bytes):
			return nil, errors.New("a run has more batches than its bytes can hold")
		}
	}
	return runs, nil
}

// maxRunBytes is more than a disk has.
const maxRunBytes = 1 << 50

// write is the operation that stores the index.
func (x *asideIndex) write() *storage.Operation {
	runs, _ := json.Marshal(slices.Concat([]run{}, x.runs)) // cannot fail: numbers and text
	stored, _ := json.Marshal(storedIndex{crc32.Checksum(runs, castagnoli), runs})
	return storage.SetOperation(indexKey, stored)
}

// bytes is the size of all batches in the storage.
func (x *asideIndex) bytes() (sum int) {
	for _, r := range x.runs {
		sum += r.Bytes
	}
	return sum
}

// add adds a batch, unless it is there already.
func (x *asideIndex) add(o owner, number uint64, visits, bytes int) {
	if x.has(number) >= 0 {
		return
	}
	x.runs = append(x.runs, run{owner: o, First: number, Last: number, Visits: visits, Bytes: bytes})
	slices.SortFunc(x.runs, byFirst)
	joined := x.runs[:1]
	for _, r := range x.runs[1:] {
		if last := &joined[len(joined)-1]; last.owner == r.owner && last.Last+1 == r.First {
			last.Last, last.Visits, last.Bytes = r.Last, last.Visits+r.Visits, last.Bytes+r.Bytes
		} else {
			joined = append(joined, r)
		}
	}
	x.runs, x.changed = joined, true
}

// beyond is a number for a batch that never was in the queue.
func (x *asideIndex) beyond() uint64 {
	if len(x.runs) == 0 {
		return maxBatchNumber
	}
	return max(x.runs[len(x.runs)-1].Last+1, maxBatchNumber)
}

// has is the position of the run that holds a number, or -1.
func (x *asideIndex) has(number uint64) int {
	return slices.IndexFunc(x.runs, func(r run) bool { return r.First <= number && number <= r.Last })
}

// remove takes a batch out. If it is in the middle of a run, the run's other visits
// and bytes are counted with the later batches. Each batch that is left counts as one
// byte at least.
func (x *asideIndex) remove(number uint64, visits, bytes int) {
	i := x.has(number)
	if i < 0 {
		return
	}
	x.changed = true
	before, after := x.runs[i], x.runs[i]
	after.Visits, after.Bytes = max(after.Visits-visits, 0), max(after.Bytes-bytes, 0)
	var left []run
	if before.First < number {
		before.Last, before.Visits, before.Bytes = number-1, 0, 0
		left = append(left, before)
	}
	if number < after.Last {
		after.First = number + 1
		left = append(left, after)
	} else if len(left) > 0 {
		left[0].Visits, left[0].Bytes = after.Visits, after.Bytes
	}
	for i := range left {
		left[i].Bytes = max(left[i].Bytes, left[i].batches())
	}
	x.runs = slices.Replace(x.runs, i, i+1, left...)
}

// isolate makes a batch that is there a run of its own, which counts exactly what the
// batch has.
func (x *asideIndex) isolate(number uint64, visits, bytes int) {
	alone := run{owner: x.runs[x.has(number)].owner, First: number, Last: number, Visits: visits, Bytes: bytes}
	x.remove(number, visits, bytes)
	x.runs = append(x.runs, alone)
	slices.SortFunc(x.runs, byFirst)
}

// resize corrects what the run of one batch counts.
func (x *asideIndex) resize(number uint64, visits, bytes int) {
	r := &x.runs[x.has(number)]
	r.Visits, r.Bytes, x.changed = visits, bytes, true
}

func byFirst(a, b run) int { return cmp.Compare(a.First, b.First) }

// first is the oldest batch that has the given number or a later one, of the owners that
// are wanted.
func (x *asideIndex) first(isWanted func(owner) bool, from uint64) (number uint64, found bool) {
	for _, r := range x.runs {
		if from <= r.Last && isWanted(r.owner) {
			return max(from, r.First), true
		}
	}
	return 0, false
}

// find is the position of an owner's oldest run, or -1.
func (x *asideIndex) find(o owner) int {
	return slices.IndexFunc(x.runs, func(r run) bool { return r.owner == o })
}

// total counts what is set aside for the owners that are wanted.
func (x *asideIndex) total(isWanted func(owner) bool) (visits, batches int) {
	for _, r := range x.runs {
		if isWanted(r.owner) {
			visits, batches = visits+r.Visits, batches+r.batches()
		}
	}
	return visits, batches
}
