// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// pieceBytes is how large a batch that is parked may be: a queue must take it again.
const pieceBytes = destination.MaxBodyBytes

// keep parks a batch as far as there is room. The newest visits of the fullest site are
// dropped for it, which may be the batch itself. The caller holds the lock.
func (l *Lot) keep(ctx context.Context, s *parkedSite, b *Batch) error {
	var kept []*Batch
	var added amount
	lost := 0
	for rest := b; rest != nil; {
		var piece *Batch
		piece, rest = l.cut(rest)
		if with := added.plus(amountOf(piece)); l.makeRoom(ctx, s, with) {
			kept, added = append(kept, piece), with
		} else {
			lost += piece.Count
		}
	}
	if len(kept) > 0 {
		if err := l.shelf.put(ctx, s, kept, added); err != nil {
			return err
		}
	}
	l.count(added, amount{})
	l.look(ctx, s)
	l.dropped(s, lost)
	return nil
}

// cut cuts off as many visits as a batch that is parked may have: no more than all of the
// parking has room for.
func (l *Lot) cut(b *Batch) (piece, rest *Batch) {
	switch limit := int(l.limit); {
	case l.sizer == exporterhelper.RequestSizerTypeItems && b.Count > limit:
		return b.CutCount(limit)
	case l.sizer == exporterhelper.RequestSizerTypeBytes:
		return b.CutBytes(min(pieceBytes, limit))
	}
	return b.CutBytes(pieceBytes)
}

// makeRoom drops the newest batches of the fullest sites until there is room for what is to
// be added to a site. It reports false if that site is the fullest itself. The caller holds
// the lock.
func (l *Lot) makeRoom(ctx context.Context, s *parkedSite, added amount) bool {
	for l.used+added.in(l.sizer) > l.limit {
		fullest, most := s, s.has.plus(added).in(l.sizer)
		for _, other := range l.sites {
			if size := other.has.in(l.sizer); other != s && size > most && other.hasNewest() {
				fullest, most = other, size
			}
		}
		if fullest == s || !l.dropNewest(ctx, fullest) {
			return false
		}
	}
	return true
}

// hasNewest says whether there is a batch that does not return just now.
func (s *parkedSite) hasNewest() bool {
	return !s.isEmpty() && (!s.isMoving || s.next-s.first > 1)
}

// dropNewest drops the newest batch of a site. It reports false if it cannot be read, and
// so not be counted.
func (l *Lot) dropNewest(ctx context.Context, s *parkedSite) bool {
	b, err := l.shelf.at(ctx, s, s.next-1)
	if err != nil {
		return false
	}
	had := s.average()
	if b != nil {
		had = amountOf(b)
	}
	s.next--
	l.uncount(s, had)
	l.shelf.removed(ctx, s, s.next)
	if b != nil {
		l.dropped(s, b.Count)
	}
	return true
}

// uncount takes an amount out of what is counted; that of a batch that was lost is not known.
// The caller holds the lock.
func (l *Lot) uncount(s *parkedSite, had amount) {
	before := s.has
	s.has = s.has.minus(had)
	if s.isEmpty() {
		s.has = amount{}
	}
	l.count(s.has, before)
}

// count counts what a site has instead of what it had. The caller holds the lock.
func (l *Lot) count(has, had amount) {
	l.used += has.in(l.sizer) - had.in(l.sizer)
	l.visits.Add(int64(has.visits - had.visits))
}

// dropped counts visits of a site for which there was no room, and says so once an
// episode; 0 is none.
func (l *Lot) dropped(s *parkedSite, visits int) {
	switch {
	case visits > 0:
		l.settings.Full(l.nameOf(s), visits)
		if s.drops.Dropped(visits) {
			l.settings.Logger.Warn("Dropping visits of a site that cannot be delivered for long. What waits for such sites has no more room; the newest of the fullest site are dropped first. "+
				"Mend the site's key or configuration, or raise `sending_queue::queue_size`.",
				zap.String("site", l.nameOf(s)), zap.String("reason", "site_full"), zap.Int("visits_kept", s.has.visits))
		}
	default:
		if lost := s.drops.Queued(); lost > 0 {
			l.settings.Logger.Info("There is room for the visits of a site again.", zap.String("site", l.nameOf(s)), zap.Int("dropped_visits", lost))
		}
	}
}

// nameOf is how people know a site.
func (l *Lot) nameOf(s *parkedSite) string {
	return l.settings.Encoding.siteOf([]byte(s.identity)).Name()
}
