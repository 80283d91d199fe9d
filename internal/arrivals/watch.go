// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package arrivals

import (
	"sync/atomic"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Watch counts what arrives. Count may be called at any time by anybody; Check is called
// after each period by one caller.
type Watch struct {
	visits  atomic.Int64 // in this period
	skipped [visit.SkipReasonCount]atomic.Int64

	lost    [visit.SkipReasonCount]int64 // skipped since the last visit, by reason
	anyItem bool                         // ever
	anyHit  bool                         // a visit, ever
	silence episode                      // nothing arrives
	drought episode                      // something arrives, and nothing of it is a visit
}

// Count counts the items of a payload.
func (w *Watch) Count(visits int, skipped *[visit.SkipReasonCount]int64) {
	if visits > 0 {
		w.visits.Add(int64(visits))
	}
	for reason, items := range skipped {
		if items > 0 {
			w.skipped[reason].Add(items)
		}
	}
}

// CountRefused counts a payload that is refused unread, because visits before it must go first.
func (w *Watch) CountRefused() { w.visits.Add(1) }

// Finding is what people are to be told after a period.
type Finding uint8

// The findings.
const (
	NothingCame   Finding = iota // nothing has arrived since the start
	NothingComes                 // nothing has arrived for long
	ItemsCome                    // one of these two is over
	NothingCounts                // nothing of what arrived is a visit
	VisitsCome                   // that is over
)

// Report is a finding with its numbers.
type Report struct {
	Finding Finding
	// Periods is how long what was found has lasted.
	Periods int
	// Skipped are the items since the last visit, by reason. Nearest is the reason of those
	// that came closest to being a visit: reasons are in the order in which they are found.
	Skipped [visit.SkipReasonCount]int64
	Nearest visit.SkipReason
}

// Check ends a period and returns what was found: most often nothing.
func (w *Watch) Check() (found []Report) {
	visits, items := w.take()
	if items == 0 {
		if w.silence.goesOn(!w.anyItem) {
			finding := NothingComes
			if !w.anyItem {
				finding = NothingCame
			}
			found = append(found, Report{Finding: finding, Periods: w.silence.periods})
		}
		return found
	}
	if periods := w.silence.end(w.anyItem); periods > 0 {
		found = append(found, Report{Finding: ItemsCome, Periods: periods})
	}
	w.anyItem = true
	if visits == 0 {
		if w.drought.goesOn(!w.anyHit) {
			found = append(found, Report{Finding: NothingCounts, Periods: w.drought.periods, Skipped: w.lost, Nearest: nearest(&w.lost)})
		}
		return found
	}
	if periods := w.drought.end(w.anyHit); periods > 0 {
		found = append(found, Report{Finding: VisitsCome, Periods: periods})
	}
	w.anyHit, w.lost = true, [visit.SkipReasonCount]int64{}
	return found
}

// take returns the numbers of the period and begins the next one.
func (w *Watch) take() (visits, items int64) {
	visits = w.visits.Swap(0)
	items = visits
	for reason := range w.skipped {
		n := w.skipped[reason].Swap(0)
		w.lost[reason] += n
		items += n
	}
	return visits, items
}

// nearest is the last reason that items have.
func nearest(skipped *[visit.SkipReasonCount]int64) visit.SkipReason {
	for reason := visit.SkipReasonCount - 1; reason > visit.NotSkipped; reason-- {
		if skipped[reason] > 0 {
			return reason
		}
	}
	return visit.NotSkipped
}

// An episode is told of when it is much longer than any before, so that a site with few
// visitors is not told of each night.
const (
	minPeriods = 60 // an hour
	muchLonger = 10 // times
)

// episode is a time in which something does not happen.
type episode struct {
	periods int // that it has lasted
	longest int // of those that are over
	isTold  bool
}

// goesOn adds a period. It reports whether people are to be told now: at once if what is
// missing has never happened.
func (e *episode) goesOn(isFirst bool) bool {
	e.periods++
	begins := !e.isTold && (isFirst || e.periods >= max(minPeriods, muchLonger*e.longest))
	e.isTold = e.isTold || begins
	return begins
}

// end ends the episode. It returns how many periods it lasted if people were told of it. An
// episode at the start says nothing of what is usual.
func (e *episode) end(isUsual bool) (periods int) {
	if e.isTold {
		periods = e.periods
	}
	if isUsual {
		e.longest = max(e.longest, e.periods)
	}
	e.periods, e.isTold = 0, false
	return periods
}
