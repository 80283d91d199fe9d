// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// sitesModel is an exporter with several sites on a disk: a queue that uses its storage as
// the Collector's does, and a delivery that parks what is paused.
type sitesModel struct {
	t      *testing.T
	random *rand.Rand
	known  knownSites
	sites  []*destination.Site
	apis   []*destination.Destination // of the sites
	paused map[*destination.Site]bool
	visits *siteVisits

	disk    *fixture.Disk
	storage *Storage
	lot     *Lot

	mu     sync.Mutex
	queue  queueNotes
	held   []heldItem // what could not be parked
	events []modelEvent
}

// heldItem is what is left of a batch that the queue has given out.
type heldItem struct {
	number uint64
	parts  []*Batch
}

// modelEvent is a visit that the pipeline knows as queued, or that was delivered, after so
// many transactions of the process.
type modelEvent struct {
	transactions int
	line         string
	isDelivered  bool
}

func newSitesModel(t *testing.T, random *rand.Rand) *sitesModel {
	t.Helper()
	known, sites := newSites(1 + random.IntN(5))
	m := &sitesModel{
		t: t, random: random, known: known, sites: sites, paused: map[*destination.Site]bool{}, disk: fixture.NewDisk(map[string][]byte{}),
		visits: &siteVisits{random: random, sites: sites, next: map[*destination.Site]int{}},
	}
	for _, site := range sites {
		m.apis = append(m.apis, site.Destination())
	}
	m.start()
	return m
}

// start starts a process with what is on the disk. No site is paused.
func (m *sitesModel) start() {
	config := Config{Sizer: inItems, QueueSize: 1 << 20, StorageID: &fixture.DiskID}
	lost := func(visits int) { assert.Zero(m.t, visits, "nothing is dropped") }
	lostOf := func(_ string, visits int) { lost(visits) }
	encoding := NewSitesEncoding(allDestinations()["scrunch"], m.known, func(err error, visits int) { m.t.Errorf("%d visits: %v", visits, err) })
	m.storage = NewStorage(&config, StorageSettings{Logger: zap.NewNop(), Encoding: encoding, Files: NewFiles(), Dropped: lost})
	m.lot = NewLot(&config, ParkingSettings{Logger: zap.NewNop(), Encoding: encoding, Full: lostOf, Removed: lostOf}, m.storage, nil)
	require.NoError(m.t, m.storage.open(m.t.Context(), fixture.DiskClient{Disk: m.disk}))
	clear(m.paused)
	m.held, m.queue = nil, queueNotes{}
	if stored := m.disk.Now()[notesKey]; stored != nil {
		m.queue, _ = readNotes(stored)
	}
	m.takeUp(m.queue.dispatched)
	m.storage.Started(m.t.Context(), m.offer)
	m.lot.Start(m.t.Context(), m.offer)
}

// takeUp puts what the last process was delivering at the end, as the queue does.
func (m *sitesModel) takeUp(dispatched []uint64) {
	var batches [][]byte
	var deletes []*storage.Operation
	for _, number := range dispatched {
		stored, err := m.storage.Get(m.t.Context(), keyOf(number))
		require.NoError(m.t, err)
		batches, deletes = append(batches, stored), append(deletes, storage.DeleteOperation(keyOf(number)))
	}
	require.NoError(m.t, m.storage.Batch(m.t.Context(), deletes...))
	for _, stored := range batches {
		if len(stored) > 0 {
			require.NoError(m.t, m.write(m.t.Context(), stored))
		}
	}
	m.queue.dispatched = nil
}

// write puts a batch at the queue's end.
func (m *sitesModel) write(ctx context.Context, stored []byte) error {
	now := m.queue
	now.write++
	err := m.storage.Batch(ctx, storage.SetOperation(notesKey, now.stored()), storage.SetOperation(keyOf(m.queue.write), stored))
	if err == nil {
		m.queue = now
	}
	return err
}

func (m *sitesModel) offer(ctx context.Context, b *Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	stored, err := m.storage.settings.Encoding.Marshal(ctx, b)
	require.NoError(m.t, err)
	return m.write(ctx, stored)
}

// put brings a payload.
func (m *sitesModel) put() {
	b := NewDiskMemory(&allDestinations()["scrunch"].Framing).Put(m.visits.shares(5, 200), 1)
	lines := slices.Clone(b.chunks)
	if m.offer(m.t.Context(), b) != nil {
		return
	}
	for _, c := range lines {
		m.note(c, false)
	}
}

func (m *sitesModel) note(c chunk, isDelivered bool) {
	m.disk.Mu.Lock()
	transactions := len(m.disk.Past)
	m.disk.Mu.Unlock()
	for line := range slices.Values(requireOwn(m.t, batchOf(&destination.Framing{}, c, 0))) {
		m.events = append(m.events, modelEvent{transactions, line, isDelivered})
	}
}

// consume delivers the next batch of the queue.
func (m *sitesModel) consume() {
	m.mu.Lock()
	number := m.queue.read
	if number == m.queue.write {
		m.mu.Unlock()
		return
	}
	m.queue.read++
	m.queue.dispatched = append(m.queue.dispatched, number)
	get := storage.GetOperation(keyOf(number))
	require.NoError(m.t, m.storage.Batch(m.t.Context(), storage.SetOperation(notesKey, m.queue.stored()), get))
	m.mu.Unlock()
	item := heldItem{number: number}
	if len(get.Value) > 0 {
		_, request, err := m.storage.settings.Encoding.Unmarshal(get.Value)
		require.NoError(m.t, err)
		item.parts = request.(*Batch).BySite()
	}
	m.deliver(item)
}

// deliver parks or delivers the parts of a batch, which the queue deletes after that.
func (m *sitesModel) deliver(item heldItem) {
	for len(item.parts) > 0 {
		part := item.parts[0]
		requireOwn(m.t, part)
		if m.paused[part.Site()] || part.Site().Destination() == nil {
			if m.lot.Park(m.t.Context(), part) != nil {
				m.held = append(m.held, item)
				return
			}
		} else {
			for _, c := range part.chunks {
				m.note(c, true)
			}
		}
		item.parts = item.parts[1:]
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue.dispatched = slices.DeleteFunc(m.queue.dispatched, func(n uint64) bool { return n == item.number })
	require.NoError(m.t, m.storage.Batch(m.t.Context(), storage.SetOperation(notesKey, m.queue.stored()), storage.DeleteOperation(keyOf(item.number))))
}

// retry delivers what could not be parked.
func (m *sitesModel) retry() {
	held := m.held
	m.held = nil
	for _, item := range held {
		m.deliver(item)
	}
}
