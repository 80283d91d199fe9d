// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"fmt"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
)

// reportDelay is how long the queue is given to read all that is to be set aside,
// so that one line in the log reports it.
const reportDelay = time.Second

// reportSoon has the log report what is set aside. The caller holds the lock.
func (s *Storage) reportSoon() {
	if s.reportTimer == nil {
		s.reportTimer = time.AfterFunc(reportDelay, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.report()
		})
	}
}

// report writes a line for each owner of what is set aside, and one for what was
// dropped. The caller holds the lock.
func (s *Storage) report() {
	s.reportTimer = nil
	for i, r := range s.index.runs {
		if s.mayReturn(r.owner) || s.index.find(r.owner) != i {
			continue
		}
		visits, batches := s.index.total(func(o owner) bool { return o == r.owner })
		s.settings.Logger.Warn("Visits in the queue on disk are not for this exporter. They are set aside there: neither sent nor deleted.",
			zap.String("they_are_for", r.Identity), zap.String("this_exporter_is_for", s.settings.Encoding.identity()),
			zap.Int("visits", visits), zap.Int("batches", batches), zap.String("remedy", s.remedy(r.owner)))
	}
	if s.droppedVisits > 0 {
		s.settings.Logger.Error("Dropping visits that are set aside in the queue on disk. They need more space than a queue may set aside, or the queue has lost its notes.",
			zap.String("reason", "unreadable"), zap.Int("visits", s.droppedVisits))
		s.droppedVisits = 0
	}
}

// remedy says how to have the batches of another owner delivered.
func (s *Storage) remedy(o owner) string {
	if o.Identity == "" {
		return fmt.Sprintf("Another version of this exporter wrote them (format %d); that version delivers them.", o.Version)
	}
	if o.Version == mixedVersion {
		return fmt.Sprintf("They are of several sites. Configure `%s` with its sites again to have them delivered.", o.Identity)
	}
	current := s.settings.Encoding.Destination.Name
	block, site, hasSite := strings.Cut(o.Identity, "/")
	key := destination.SiteKeys[block]
	switch {
	case block == current && hasSite:
		return fmt.Sprintf("`%s::%s` was changed; set it back to %s to have them delivered.", block, key, site)
	case block == current:
		return fmt.Sprintf("`%s::%s` was set; remove it to have them delivered.", block, key)
	case hasSite:
		return fmt.Sprintf("`%s` was replaced by `%s`; set `%s` with `%s: %s` again to have them delivered.", block, current, block, key, site)
	}
	return fmt.Sprintf("`%s` was replaced by `%s`; set `%s` again to have them delivered.", block, current, block)
}

// warn warns once that nothing returns, and why if a failure is the reason.
func (r *returner) warn(err error) {
	if r.warned {
		return
	}
	r.warned = true
	r.mu.Lock()
	defer r.mu.Unlock()
	visits, batches := r.index.total(r.mayReturn)
	r.settings.Logger.Warn("Visits that are set aside wait to return to the queue. They return while it is at most a quarter full, so that new visits have room.",
		zap.Int("visits", visits), zap.Int("batches", batches), zap.Error(err))
}

// finish reports what has returned, and what cannot.
func (r *returner) finish() {
	if r.tooLarge > 0 {
		r.settings.Logger.Warn("Visits that are set aside are too large for the queue and cannot return. Increase `sending_queue::queue_size` to have them delivered.",
			zap.Int("visits", r.tooLarge))
	}
	if r.visits > 0 || r.tooLarge == 0 {
		r.settings.Logger.Info("Visits that were set aside are in the queue again.", zap.Int("visits", r.visits))
	}
}
