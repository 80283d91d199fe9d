// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// Parking keeps visits of sites that are paused, so that they hold no consumer of the
// queue. It is nil if the exporter has one site.
//
// Between a failure and Park the pause of the site can end. So whoever calls Park looks
// after it whether the site is still paused, and calls Unpark if it is not.
type Parking interface {
	// Park keeps a batch of one site, and lets nothing of the site return until Unpark or
	// TryOne. On a disk it is written when Park returns. If it fails, the batch is still the
	// caller's. Visits for which there is no room are dropped and counted.
	Park(ctx context.Context, b *Batch) error
	// TryOne lets the oldest batch of a site return to the queue, to see whether the site is
	// well again. Neither TryOne nor Unpark waits for a disk.
	TryOne(site *destination.Site)
	// Unpark lets all batches of a site return to the queue, the oldest first.
	Unpark(site *destination.Site)
}

var _ Parking = (*Lot)(nil)

// Lot is the parking of an exporter with several sites, in memory or on a disk. What
// returns to the queue returns while that has room (see room), in turns of the sites.
//
// When a process starts, no site is paused: what the last one left on the disk returns,
// unless its site was removed. Visits of a removed site stay for removedLimit on a disk, and
// in memory as long as the process.
type Lot struct {
	settings ParkingSettings
	shelf    shelf
	sizer    exporterhelper.RequestSizerType
	limit    int64 // of what is parked, in the unit of the sizer

	mu    sync.Mutex // guards what follows
	sites map[string]*parkedSite
	used  int64         // in the same unit
	turns []*parkedSite // those with a permit, in the order of their turns
	last  func(*Batch)  // gets what comes after the end; see Rest

	visits atomic.Int64 // that are parked

	askedMu sync.Mutex        // for what follows, and never held for long
	asked   map[string]permit // what TryOne and Unpark have asked for, by identity

	wake      chan struct{} // holds a value when there is a new permit
	stop      context.CancelFunc
	returning sync.WaitGroup
}

// ParkingSettings is what a Lot needs of its exporter.
type ParkingSettings struct {
	Logger   *zap.Logger
	Encoding Encoding
	// Full is told of visits that are dropped because the parking is full, and Removed of
	// those whose site has been removed for too long.
	Full, Removed func(site string, visits int)
}

// parkedShare is which part of queue_size is for what is parked: 1/parkedShare.
const parkedShare = 4

// Divide divides the size of a queue that is configured: what the helper's queue gets, and
// how much may be parked. Together they are queue_size.
func Divide(queue *Config) (helper Config, parked int64) {
	helper, parked = *queue, queue.QueueSize/parkedShare
	helper.QueueSize -= parked
	return helper, parked
}

// shelf is where batches are parked: each site's one after the other. The caller holds the
// lot's lock.
type shelf interface {
	// put appends batches, of the amount added, all or none.
	put(ctx context.Context, s *parkedSite, batches []*Batch, added amount) error
	// at reads a batch: number first is the oldest one, and next-1 the newest. It is nil if it
	// is lost or set aside, which at reports.
	at(ctx context.Context, s *parkedSite, number uint64) (*Batch, error)
	// removed is called after the range of s has become smaller.
	removed(ctx context.Context, s *parkedSite, numbers ...uint64)
	// hasRoom says whether the queue has room for a batch that returns.
	hasRoom(b *Batch) bool
	// offered is called before a batch returns, and refused if the queue does not take it.
	offered(b *Batch)
	refused(b *Batch)
	// isLasting says whether visits stay after the process.
	isLasting() bool
}

// append adds batches to what a site has.
func (s *parkedSite) append(batches int, added amount) {
	s.next, s.has = s.next+uint64(batches), s.has.plus(added)
}

// parkedSite is what is parked of one site.
type parkedSite struct {
	identity    string
	first, next uint64 // the number of the oldest batch, and the one after the newest
	has         amount
	removedAt   time.Time // when the site was found to be removed from the configuration; zero: it is there

	permit         permit
	hasTurn        bool // it is in turns
	isMoving       bool // the oldest batch is being offered to the queue
	wasToldRemoved bool
	drops          DropEpisode

	batches []*Batch // in memory
	slot    uint64   // on a disk
	stale   []string // keys on a disk that are still to be deleted
}

// permit says what of a site may return.
type permit uint8

const (
	mayStay permit = iota
	mayTryOne
	mayReturn
)

// isEmpty says whether nothing is parked.
func (s *parkedSite) isEmpty() bool { return s.first == s.next }

// NewLot makes the parking for a queue with this configuration, which Divide has divided for
// the helper: on the disk of the storage, or in memory if that is nil. It comes before the
// queue starts.
func NewLot(queue *Config, settings ParkingSettings, storage *Storage, memory *Memory) *Lot {
	if storage == nil {
		return newLot(queue, settings, newMemoryShelf(queue, settings.Encoding, memory))
	}
	on := &diskShelf{storage: storage, encoding: settings.Encoding}
	l := newLot(queue, settings, on)
	storage.loadParked = func(ctx context.Context) error { return l.load(ctx, on) }
	return l
}

func newLot(queue *Config, settings ParkingSettings, on shelf) *Lot {
	_, limit := Divide(queue)
	return &Lot{
		settings: settings, shelf: on, sizer: queue.Sizer, limit: limit, sites: map[string]*parkedSite{}, asked: map[string]permit{},
		wake: make(chan struct{}, 1), stop: func() {},
	}
}

// amount is how much is parked.
type amount struct{ batches, visits, bytes int }

func amountOf(b *Batch) amount { return amount{1, b.Count, b.Framing.BodySize(b.size)} }

func (a amount) plus(b amount) amount {
	return amount{a.batches + b.batches, a.visits + b.visits, a.bytes + b.bytes}
}

func (a amount) minus(b amount) amount {
	return amount{max(a.batches-b.batches, 0), max(a.visits-b.visits, 0), max(a.bytes-b.bytes, 0)}
}

// average is what a batch of a site has, for one that cannot be read. There must be one.
func (s *parkedSite) average() amount {
	batches := int(s.next - s.first)
	return amount{1, s.has.visits / batches, s.has.bytes / batches}
}

// in is the amount in the unit of a queue.
func (a amount) in(sizer exporterhelper.RequestSizerType) int64 {
	switch sizer {
	case exporterhelper.RequestSizerTypeRequests:
		return int64(a.batches)
	case exporterhelper.RequestSizerTypeItems:
		return int64(a.visits)
	}
	return int64(a.bytes)
}

// Visits is how many visits are parked.
func (l *Lot) Visits() int { return int(l.visits.Load()) }

var errMixed = errors.New("only batches of one site can be parked")

// Park implements Parking.
func (l *Lot) Park(ctx context.Context, b *Batch) error {
	site := b.Site()
	switch {
	case b.Count == 0:
		return nil
	case site == nil || b.isMixed():
		return errMixed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && !l.shelf.isLasting() {
		l.last(b)
		return nil
	}
	s := l.siteOf(site.Identity())
	s.permit = mayStay
	err := l.keep(context.WithoutCancel(ctx), s, b)
	if site.Destination() == nil { // the configuration may have the site again, with another handle
		l.allow(s, mayReturn)
	}
	return err
}

// siteOf is what is parked of a site. The caller holds the lock.
func (l *Lot) siteOf(identity string) *parkedSite {
	s := l.sites[identity]
	if s == nil {
		s = &parkedSite{identity: identity}
		l.sites[identity] = s
	}
	return s
}

// TryOne implements Parking.
func (l *Lot) TryOne(site *destination.Site) { l.ask(site, mayTryOne) }

// Unpark implements Parking.
func (l *Lot) Unpark(site *destination.Site) { l.ask(site, mayReturn) }

func (l *Lot) ask(site *destination.Site, p permit) {
	l.askedMu.Lock()
	defer l.askedMu.Unlock()
	l.asked[site.Identity()] = p
	l.poke()
}

// answer gives the permits that were asked for. The caller holds the lock.
func (l *Lot) answer() {
	l.askedMu.Lock()
	defer l.askedMu.Unlock()
	for identity, p := range l.asked {
		if s := l.sites[identity]; s != nil {
			l.allow(s, p)
		}
	}
	clear(l.asked)
}

// allow gives a site a permit, unless nothing of it can return. The caller holds the lock.
func (l *Lot) allow(s *parkedSite, p permit) {
	if s.isEmpty() || l.settings.Encoding.siteOf([]byte(s.identity)).Destination() == nil {
		return
	}
	s.permit = p
	if !s.hasTurn {
		s.hasTurn = true
		l.turns = append(l.turns, s)
	}
	l.poke()
}

// poke has the lot look again at what may return.
func (l *Lot) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
