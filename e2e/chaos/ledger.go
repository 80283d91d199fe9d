// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// ledger records what happened to each visit. The index of a visit is its id.
type ledger struct {
	mu      sync.Mutex
	visits  []entry
	unknown int
	sites   int           // among which visits take turns; 0 means one, which has no name
	strays  int           // deliveries at another site than the visit's own, or with another host
	largest int           // bytes of the largest body that was accepted since takeLargest
	changed chan struct{} // closed at each change
}

type entry struct {
	acknowledged bool // by the Collector
	poison       bool // the API must reject it
	times        int  // how often it was delivered
	issued       time.Time
	arrived      time.Time // the first time
}

// sum counts the visits of a ledger.
type sum struct {
	acknowledged int
	poison       int
	accepted     int // deliveries of poison
	delivered    int // acknowledged and delivered
	early        int // delivered but not acknowledged, because the Collector ended first
	lost         int // acknowledged, not poison, and not delivered
	duplicates   int // deliveries after the first
	unknown      int // deliveries with an unknown id
	strays       int // deliveries at another site, or with another host
}

func newLedger() *ledger { return &ledger{changed: make(chan struct{})} }

// siteHost is the host of a site, and how the stand-in calls it.
func siteHost(site int) string { return fmt.Sprintf("www.client%03d.example", site) }

// host is the host of a visit.
func (l *ledger) host(id int) string {
	if l.sites == 0 {
		return "www.example.com"
	}
	return siteHost(id % l.sites)
}

// issue makes n new ids in sequence and returns the first.
func (l *ledger) issue(n int, poison bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	from, now := len(l.visits), time.Now()
	for range n {
		l.visits = append(l.visits, entry{poison: poison, issued: now})
	}
	return from
}

// acknowledge records that the Collector has acknowledged n visits.
func (l *ledger) acknowledge(from, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := from; i < from+n; i++ {
		l.visits[i].acknowledged = true
	}
	l.notifyLocked()
}

// arrive records that the API has received a visit.
func (l *ledger) arrive(v fakeapi.Visit) {
	var target, host string
	if v.Destination == fakeapi.KnownAgents {
		target, host = v.KnownAgents.RequestPath, v.KnownAgents.RequestHeaders["host"]
	} else {
		target, host = v.Scrunch.URL, v.Scrunch.Domain
	}
	_, id, _ := strings.Cut(target, "?visit=")
	i, err := strconv.Atoi(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || i < 0 || i >= len(l.visits) {
		l.unknown++
		return
	}
	if own := l.host(i); l.sites > 0 && (host != own || v.Site != own) {
		l.strays++
	}
	if l.visits[i].times++; l.visits[i].times == 1 {
		l.visits[i].arrived = time.Now()
	}
}

// answered wakes the callers of until once for each request.
func (l *ledger) answered(r fakeapi.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Stored > 0 {
		l.largest = max(l.largest, r.BodySize)
	}
	l.notifyLocked()
}

// takeLargest returns the bytes of the largest body that was accepted since the last call.
func (l *ledger) takeLargest() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	largest := l.largest
	l.largest = 0
	return largest
}

// delay is how long it took until 99 of 100 delivered visits had arrived, each counted from
// when it was sent.
func (l *ledger) delay() time.Duration {
	return l.delayOf(99, func(int) bool { return true })
}

// delayOf is how long it took until so many percent of some delivered visits had arrived.
func (l *ledger) delayOf(percent int, counts func(id int) bool) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var delays []time.Duration
	for id, v := range l.visits {
		if v.times > 0 && counts(id) {
			delays = append(delays, v.arrived.Sub(v.issued))
		}
	}
	if len(delays) == 0 {
		return 0
	}
	slices.Sort(delays)
	return delays[len(delays)*percent/100]
}

// notifyLocked wakes the callers of until. It requires the lock.
func (l *ledger) notifyLocked() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *ledger) sum() sum {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sumLocked()
}

// sumLocked requires the lock.
func (l *ledger) sumLocked() sum {
	s := sum{unknown: l.unknown, strays: l.strays}
	for _, v := range l.visits {
		if v.times > 1 {
			s.duplicates += v.times - 1
		}
		switch {
		case !v.acknowledged && v.times > 0:
			s.early++
		case !v.acknowledged:
			continue
		default:
			s.acknowledged++
		}
		switch {
		case v.poison:
			s.poison++
			s.accepted += v.times
		case v.acknowledged && v.times > 0:
			s.delivered++
		case v.acknowledged:
			s.lost++
		}
	}
	return s
}

// awaitDelivered waits until every acknowledged visit except poison is delivered.
func (l *ledger) awaitDelivered(ctx context.Context) error {
	return l.until(ctx, func(s sum) error {
		if s.lost > 0 {
			return fmt.Errorf("%d of %d acknowledged visits have not arrived", s.lost, s.acknowledged)
		}
		return nil
	})
}

// awaitDeliveredOf waits until some of the acknowledged visits are delivered.
func (l *ledger) awaitDeliveredOf(ctx context.Context, counts func(id int) bool) error {
	return l.until(ctx, func(sum) error {
		missing := 0
		for id, v := range l.visits {
			if v.acknowledged && v.times == 0 && counts(id) {
				missing++
			}
		}
		if missing > 0 {
			return fmt.Errorf("%d visits have not arrived", missing)
		}
		return nil
	})
}

// until waits until check returns nil for the sum. It calls check with the lock.
func (l *ledger) until(ctx context.Context, check func(sum) error) error {
	for {
		l.mu.Lock()
		err, changed := check(l.sumLocked()), l.changed
		l.mu.Unlock()
		if err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

// agree compares the visits that arrived with the exporter's metrics.
func (s sum) agree(c counts) error {
	dropped := 0
	for _, n := range c.dropped {
		dropped += n
	}
	switch {
	case c.sent != s.delivered+s.early:
		return fmt.Errorf("the exporter counts %d visits as sent, but %d arrived", c.sent, s.delivered+s.early)
	case dropped != s.lost+s.poison:
		return fmt.Errorf("the exporter counts %d visits as dropped, but %d did not arrive", dropped, s.lost+s.poison)
	}
	return nil
}
