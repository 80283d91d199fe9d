// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// removedLimit is how long visits of a site that was removed from the configuration stay on
// a disk.
const removedLimit = 7 * 24 * time.Hour

// lookPause is how often the lot looks for sites that were removed for too long.
const lookPause = time.Hour

// SitesChanged is called after sites were added or removed. What is parked of an added one
// returns.
func (l *Lot) SitesChanged(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lookAtAll(ctx)
}

// lookAtAll looks whether sites are still in the configuration. The caller holds the lock.
func (l *Lot) lookAtAll(ctx context.Context) {
	for _, s := range l.sites {
		l.look(ctx, s)
	}
}

// look notes that a site was removed or has come back, and drops the visits of one that was
// removed for too long. The caller holds the lock.
func (l *Lot) look(ctx context.Context, s *parkedSite) {
	isRemoved := l.settings.Encoding.siteOf([]byte(s.identity)).Destination() == nil
	switch {
	case s.isEmpty():
		s.removedAt, s.wasToldRemoved = time.Time{}, false
	case !isRemoved && !s.removedAt.IsZero():
		s.removedAt, s.wasToldRemoved = time.Time{}, false
		l.shelf.removed(ctx, s) // notes it
		l.allow(s, mayReturn)
	case !isRemoved:
	case s.removedAt.IsZero():
		s.removedAt = time.Now()
		l.shelf.removed(ctx, s) // notes it
		l.tellRemoved(s)
	case l.shelf.isLasting() && time.Since(s.removedAt) >= removedLimit && !s.isMoving:
		l.forgetRemoved(ctx, s)
	default:
		l.tellRemoved(s)
	}
}

// tellRemoved says once that visits of a removed site wait.
func (l *Lot) tellRemoved(s *parkedSite) {
	if s.wasToldRemoved {
		return
	}
	s.wasToldRemoved = true
	fields := []zap.Field{zap.String("site", l.nameOf(s)), zap.Int("visits", s.has.visits)}
	if l.shelf.isLasting() {
		fields = append(fields, zap.Time("until", s.removedAt.Add(removedLimit)))
	}
	l.settings.Logger.Warn("Visits wait for a site that is not in the configuration any more. They are neither sent nor deleted for 7 days, or in memory until a restart or reload. Add the site again to have them delivered.", fields...)
}

// forgetRemoved drops what is parked of a site. The caller holds the lock.
func (l *Lot) forgetRemoved(ctx context.Context, s *parkedSite) {
	visits, numbers := s.has.visits, make([]uint64, 0, s.next-s.first)
	for ; s.first < s.next; s.first++ {
		numbers = append(numbers, s.first)
	}
	l.uncount(s, amount{})
	s.removedAt, s.wasToldRemoved = time.Time{}, false
	l.settings.Removed(l.nameOf(s), visits)
	l.settings.Logger.Error("Dropping visits of a site that has not been in the configuration for 7 days.",
		zap.String("site", l.nameOf(s)), zap.String("reason", "site_removed"), zap.Int("visits", visits))
	l.shelf.removed(ctx, s, numbers...)
}
