// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// TestEachVisitKeepsItsSiteAndItsPlace brings random payloads through all that can happen
// to them in the queue.
func TestEachVisitKeepsItsSiteAndItsPlace(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		known, sites := newSites(1 + random.IntN(6))
		v := &siteVisits{random: random, sites: sites, next: map[*destination.Site]int{}}
		coalesces := random.IntN(2) == 0 // payloads may pass others then
		memory := NewMemory(&allDestinations()["scrunch"].Framing, coalesces, func(err error, _ int) { t.Error(err) })
		memory.waiting = []int{0, coalesceAbove + 1, compressAbove + 1}[random.IntN(3)]
		if random.IntN(4) == 0 {
			memory = NewDiskMemory(memory.framing)
		}
		queued := putAll(v, memory)
		encoding := sitesEncoding(t, known)
		arrived := map[*destination.Site][]string{}
		deliver := func(b *Batch) {
			for _, part := range b.BySite() {
				for part != nil {
					var head *Batch
					head, part = cutAtRandom(random, part)
					arrived[head.Site()] = append(arrived[head.Site()], requireOwn(t, head)...)
					memory.Delivered(head)
				}
			}
		}
		var current *Batch
		for _, b := range queued {
			if memory.onDisk || random.IntN(3) == 0 {
				b.Take()
				b = throughStorage(t, encoding, b)
			}
			if current == nil {
				current = b
				continue
			}
			parts := mergeSplit(t, current, random.IntN(2)*(1+random.IntN(40)), exporterhelper.RequestSizerTypeItems, b)
			for _, part := range parts[:len(parts)-1] {
				deliver(part)
			}
			current = parts[len(parts)-1]
		}
		current.Take()
		deliver(throughStorage(t, encoding, current))
		for site, n := range v.next {
			require.Len(t, arrived[site], n, "each once")
			if coalesces {
				slices.SortFunc(arrived[site], func(a, b string) int { return cmp.Compare(numberOf(a), numberOf(b)) })
			}
			for i, line := range arrived[site] {
				require.Equal(t, i, numberOf(line), "seed %d: in order", seed)
			}
		}
	}
}

// numberOf is the number of a visit of visitOf.
func numberOf(line string) (number int) {
	_, after, _ := strings.Cut(line, `"number":"`)
	digits, _, _ := strings.Cut(after, `"`)
	number, _ = strconv.Atoi(digits)
	return number
}

// putAll puts random payloads into a memory, as an exporter does.
func putAll(v *siteVisits, m *Memory) (queued []*Batch) {
	for range 1 + v.random.IntN(30) {
		if b := m.Put(v.shares(1+v.random.IntN(30), 1+v.random.IntN(1200)), 1); b != nil {
			m.Queued(b)
			queued = append(queued, b)
		}
	}
	return queued
}

// throughStorage writes a batch and reads it.
func throughStorage(t *testing.T, e Encoding, b *Batch) *Batch {
	t.Helper()
	stored := marshal(t, e, b)
	_, request, err := e.Unmarshal(stored)
	require.NoError(t, err)
	read := request.(*Batch)
	require.Equal(t, b.Count, read.Count)
	require.Equal(t, b.size, read.size)
	clear(stored) // the storage may use its memory again
	return read
}

func cutAtRandom(random *rand.Rand, b *Batch) (head, rest *Batch) {
	switch random.IntN(3) {
	case 0:
		return b.CutCount(1 + random.IntN(b.Count))
	case 1:
		return b.CutBytes(1 + random.IntN(b.BytesSize()))
	}
	return b, nil
}

// TestAMixedBatchSharesNoMemoryWithItsParts merges into each part, and looks at the others.
func TestAMixedBatchSharesNoMemoryWithItsParts(t *testing.T) {
	_, sites := newSites(3)
	v := &siteVisits{random: rand.New(rand.NewPCG(1, 2)), sites: sites, next: map[*destination.Site]int{}}
	m := NewDiskMemory(&allDestinations()["scrunch"].Framing)
	whole := m.Put(v.shares(20, 100), 0)
	for range 10 { // copied together, with room to grow into
		whole.Merge(m.Put(v.shares(20, 100), 0))
	}
	var want [][]string
	parts := whole.BySite()
	for i, part := range parts {
		want = append(want, requireOwn(t, part))
		added := visitOf(sites[i], 1000+i, 50)
		part.Merge(m.Put([]Share{{Site: part.Site(), Lines: []byte(visitOf(part.Site(), 1000+i, len(added))), Count: 1}}, 0))
	}
	for i, part := range parts {
		assert.Equal(t, want[i], requireOwn(t, part)[:len(want[i])])
	}
}

func TestABatchOfOneSiteIsItsOwnPart(t *testing.T) {
	_, sites := newSites(1)
	m := NewDiskMemory(&allDestinations()["scrunch"].Framing)
	b := m.Put([]Share{{sites[0], []byte("{}\n"), 1}, {sites[0], []byte("{}\n"), 1}}, 0)
	assert.Equal(t, []*Batch{b}, b.BySite())
	assert.Zero(t, testing.AllocsPerRun(100, func() { b.isMixed() }))
	assert.Same(t, sites[0], b.Site())
	assert.Nil(t, (&Batch{}).Site())
}

func TestABatchWithoutASiteIsNotStored(t *testing.T) {
	known, _ := newSites(1)
	_, err := sitesEncoding(t, known).Marshal(context.Background(), lineUp(allDestinations()["scrunch"].Framing, fakeVisit(1, 50)))
	assert.ErrorContains(t, err, "without a site")
}
