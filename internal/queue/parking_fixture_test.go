// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// lotRig is a parking with all that can be seen of it. Its queue takes what returns, unless
// it refuses.
type lotRig struct {
	*Lot
	t       *testing.T
	known   knownSites
	sites   []*destination.Site
	memory  *Memory
	storage *Storage      // nil if it is in memory
	disk    *fixture.Disk // likewise
	logs    *observer.ObservedLogs

	full, expired int // visits
	unreadable    func(err error, visits int)

	mu       sync.Mutex
	refuses  error
	returned []*Batch
}

// bothLots runs a test with a parking in memory and with one on a disk.
func bothLots(t *testing.T, queue Config, sites int, test func(r *lotRig)) {
	t.Helper()
	for name, isOnDisk := range map[string]bool{"memory": false, "disk": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				known, all := newSites(sites)
				r := &lotRig{t: t, known: known, sites: all}
				if isOnDisk {
					r.disk = fixture.NewDisk(map[string][]byte{})
				}
				r.begin(t, queue)
				test(r)
				r.end(t)
			})
		})
	}
}

// begin starts a process.
func (r *lotRig) begin(t *testing.T, queue Config) {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	r.logs, r.storage, r.returned = logs, nil, nil
	encoding := sitesEncoding(t, r.known)
	if r.unreadable != nil {
		encoding.Unreadable = r.unreadable
	}
	helper, _ := Divide(&queue)
	if r.disk != nil {
		helper.StorageID = &fixture.DiskID
		r.storage = NewStorage(&helper, StorageSettings{Logger: zap.New(core), Encoding: encoding, Files: NewFiles(), Dropped: func(int) {}})
	}
	r.memory = NewMemory(&encoding.Destination.Framing, false, encoding.Unreadable)
	r.Lot = NewLot(&queue, ParkingSettings{
		Logger: zap.New(core), Encoding: encoding,
		Full: func(_ string, visits int) { r.full += visits }, Removed: func(_ string, visits int) { r.expired += visits },
	}, r.storage, r.memory)
	if r.storage != nil {
		require.NoError(t, r.storage.open(t.Context(), fixture.DiskClient{Disk: r.disk}))
		r.storage.Started(t.Context(), r.offer)
	}
	r.Start(t.Context(), r.offer)
}

// end ends the process as a shutdown does.
func (r *lotRig) end(t *testing.T) {
	t.Helper()
	r.BeginShutdown()
	if r.storage != nil {
		r.storage.BeginShutdown()
		require.NoError(t, r.storage.Close(t.Context()))
	}
}

func (r *lotRig) offer(_ context.Context, b *Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuses != nil {
		return r.refuses
	}
	b.Take()
	r.returned = append(r.returned, b)
	return nil
}

func (r *lotRig) refuse(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuses = err
}

// numbers are those of the visits that returned, by the number of their site. Each batch
// must have the handle of its visits' site.
func (r *lotRig) numbers(t *testing.T) map[int][]int {
	t.Helper()
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	numbers := map[int][]int{}
	for _, b := range r.returned {
		for i, site := range r.sites {
			if site.Identity() != b.Site().Identity() {
				continue
			}
			for _, line := range requireOwn(t, b) {
				numbers[i] = append(numbers[i], numberOf(line))
			}
		}
	}
	return numbers
}

// park parks batches of perBatch visits of a site, with numbers from one on.
func (r *lotRig) park(t *testing.T, site, from, batches, perBatch int) {
	t.Helper()
	for range batches {
		require.NoError(t, r.Park(t.Context(), siteBatch(r.sites[site], from, perBatch)))
		from += perBatch
	}
}

// siteBatch is a batch of one site.
func siteBatch(site *destination.Site, from, visits int) *Batch {
	var s Shares
	for i := range visits {
		s.Add(site, append(s.Buffer(), visitOf(site, from+i, 100)...))
	}
	return NewDiskMemory(&allDestinations()["scrunch"].Framing).Put(s.All(), 5)
}

func upTo(n int) (numbers []int) {
	for i := range n {
		numbers = append(numbers, i)
	}
	return numbers
}

// aQueue is a queue of visits with ample room.
func aQueue() Config { return Config{Sizer: exporterhelper.RequestSizerTypeItems, QueueSize: 4000} }

func (r *lotRig) told(snippet string) int { return r.logs.FilterMessageSnippet(snippet).Len() }

// requireParked fails unless so many visits are parked.
func (r *lotRig) requireParked(t *testing.T, visits int) {
	t.Helper()
	synctest.Wait()
	assert.Equal(t, visits, r.Visits())
}
