// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/agentvisits/agentvisitsexporter/internal/report"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// totals are what a run did. Several goroutines add to them.
type totals struct {
	lock sync.Mutex
	counts
	unanswered int64 // requests without an answer whose visits were sent again

	doneBefore  int64 // bytes that earlier runs delivered
	doubtBefore int64 // bytes that earlier runs left in doubt
	doubtful    int64 // bytes that this run leaves in doubt
	outside     int64 // lines outside the window
	tooLong     int64 // lines
	unfinished  int64 // last lines without an end
}

func newTotals() *totals {
	return &totals{counts: counts{dropped: map[string]int64{}, skipped: map[string]int64{}}}
}

// note changes the totals.
func (t *totals) note(change func(*totals)) {
	t.lock.Lock()
	defer t.lock.Unlock()
	change(t)
}

func (t *totals) add(r *result) {
	t.note(func(t *totals) {
		t.counts.add(&r.counts)
		if r.err == nil {
			t.unanswered += r.unanswered
		}
	})
}

func (t *totals) doubt(part span) {
	t.note(func(t *totals) { t.doubtful += part[1] - part[0] })
}

func (t *totals) found(done, doubt spans) {
	t.note(func(t *totals) {
		t.doneBefore += done.bytes()
		t.doubtBefore += doubt.bytes()
	})
}

func (t *totals) sentSoFar() (n int64) {
	t.note(func(t *totals) { n = t.sent })
	return n
}

// remedyOf says what to do if lines that were skipped should be visits.
func remedyOf(reason string) string {
	return translate.Remedy(visit.SkipReason(max(0, slices.Index(visit.SkipReasons[:], reason))))
}

// isWhole reports whether nothing is lost, unread or in doubt.
func (t *totals) isWhole() bool {
	return len(t.dropped) == 0 && t.doubtful == 0 && t.doubtBefore == 0 && t.tooLong == 0
}

// text is what people are told at the end.
func (t *totals) text(d *replay) string {
	var out strings.Builder
	line := func(n int64, format string, args ...any) {
		if n > 0 {
			fmt.Fprintf(&out, "%12s  %s\n", report.Number(uint64(n)), fmt.Sprintf(format, args...))
		}
	}
	if d.standIn != nil {
		fmt.Fprintf(&out, "%12s  visits would be delivered to %s (nothing was sent)\n", report.Number(uint64(t.sent)), d.id)
	} else {
		fmt.Fprintf(&out, "%12s  visits delivered to %s\n", report.Number(uint64(t.sent)), d.id)
	}
	for _, reason := range slices.Sorted(maps.Keys(t.dropped)) {
		line(t.dropped[reason], "visits lost: %s", reason)
	}
	for _, reason := range slices.Sorted(maps.Keys(t.skipped)) {
		line(t.skipped[reason], "lines are no visits: %s. %s", reason, remedyOf(reason))
	}
	line(t.outside, "visits lie outside -since and -until, or name no time")
	line(t.doneBefore, "bytes of log were delivered by earlier runs")
	line(t.tooLong, "lines are longer than 1 MiB and were not read")
	line(t.unfinished, "last lines have no end: somebody is writing them; the next run delivers them")
	line(t.unanswered, "requests had no answer and were sent again: the API may have their visits twice")
	line(t.doubtful, "bytes of log were being sent when the run ended: the API may have their visits")
	line(t.doubtBefore, "bytes of log were being sent when an earlier run ended, and are in doubt: -again delivers them, maybe a second time")
	return out.String()
}
