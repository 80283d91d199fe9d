// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

// ledger holds for each visit, by its id, what became of it.
type ledger struct {
	mu      sync.Mutex
	visits  []entry
	unknown int
	changed chan struct{} // closed at each change
}

type entry struct {
	acknowledged bool // by the Collector
	poison       bool // the API is not to take it
	times        int  // that it was delivered
}

// sum is what a ledger comes to.
type sum struct {
	acknowledged int
	poison       int
	accepted     int // poison that is there all the same
	delivered    int // acknowledged and there
	early        int // there and not acknowledged: the Collector ended before it could
	lost         int // acknowledged, no poison, and not there
	duplicates   int
	unknown      int
}

func newLedger() *ledger { return &ledger{changed: make(chan struct{})} }

// issue makes n new ids, the first of which it returns.
func (l *ledger) issue(n int, poison bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := len(l.visits)
	for range n {
		l.visits = append(l.visits, entry{poison: poison})
	}
	return from
}

// acknowledge notes that the Collector has taken n visits.
func (l *ledger) acknowledge(from, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := from; i < from+n; i++ {
		l.visits[i].acknowledged = true
	}
	l.tell()
}

// arrive notes that the API has a visit.
func (l *ledger) arrive(v fakeapi.Visit) {
	var target string
	if v.Destination == fakeapi.KnownAgents {
		target = v.KnownAgents.RequestPath
	} else {
		target = v.Scrunch.URL
	}
	_, id, _ := strings.Cut(target, "?visit=")
	i, err := strconv.Atoi(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || i < 0 || i >= len(l.visits) {
		l.unknown++
		return
	}
	l.visits[i].times++
}

// answered wakes those who wait, once for each request.
func (l *ledger) answered(fakeapi.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell()
}

func (l *ledger) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *ledger) sum() sum {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.add()
}

func (l *ledger) add() sum {
	s := sum{unknown: l.unknown}
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

// wait returns when at most missing of the acknowledged visits that the API
// takes are not there.
func (l *ledger) wait(ctx context.Context, missing int) error {
	return l.until(ctx, func(s sum) error {
		if s.lost > missing {
			return fmt.Errorf("%d of %d acknowledged visits have not arrived", s.lost, s.acknowledged)
		}
		return nil
	})
}

// until returns when the ledger comes to what check wants.
func (l *ledger) until(ctx context.Context, check func(sum) error) error {
	for {
		l.mu.Lock()
		err, changed := check(l.add()), l.changed
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

// agree compares what arrived with what the exporter says it has done.
func (s sum) agree(c counts) error {
	dropped := 0
	for _, n := range c.dropped {
		dropped += n
	}
	switch {
	case c.sent != s.delivered+s.early:
		return fmt.Errorf("the exporter counts %d visits as sent, %d arrived", c.sent, s.delivered+s.early)
	case dropped != s.lost+s.poison:
		return fmt.Errorf("the exporter counts %d visits as dropped, %d did not arrive", dropped, s.lost+s.poison)
	}
	return nil
}
