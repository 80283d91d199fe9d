// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package arrivals

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// count counts visits, and as many items of each reason as it is named.
func count(w *Watch, visits int, reasons ...visit.SkipReason) {
	var skipped [visit.SkipReasonCount]int64
	for _, reason := range reasons {
		skipped[reason]++
	}
	w.Count(visits, &skipped)
}

// after returns the findings of some periods with the same arrivals, as the number of the
// period and the finding.
func after(w *Watch, periods, visits int, reasons ...visit.SkipReason) map[int][]Finding {
	all := map[int][]Finding{}
	for period := range periods {
		if visits+len(reasons) > 0 {
			count(w, visits, reasons...)
		}
		for _, r := range w.Check() {
			all[period+1] = append(all[period+1], r.Finding)
		}
	}
	return all
}

func TestSilenceAfterTheStartIsToldOnceAndItsEndToo(t *testing.T) {
	var w Watch
	assert.Equal(t, map[int][]Finding{1: {NothingCame}}, after(&w, 500, 0))
	count(&w, 1)
	assert.Equal(t, []Report{{Finding: ItemsCome, Periods: 500}}, w.Check())
	assert.Empty(t, after(&w, 500, 1))
}

func TestSilenceIsToldIfItIsMuchLongerThanAnyBefore(t *testing.T) {
	var w Watch
	assert.Empty(t, after(&w, 1, 1))
	assert.Equal(t, map[int][]Finding{60: {NothingComes}}, after(&w, 90, 0), "an hour")
	assert.Equal(t, map[int][]Finding{1: {ItemsCome}}, after(&w, 10, 1))
	assert.Equal(t, map[int][]Finding{900: {NothingComes}}, after(&w, 1000, 0), "ten times as long")
	assert.Equal(t, map[int][]Finding{1: {ItemsCome}}, after(&w, 1, 1))
}

func TestSilenceAtTheStartSaysNothingOfWhatIsUsual(t *testing.T) {
	var w Watch
	after(&w, 1000, 0)
	after(&w, 1, 1)
	assert.Equal(t, map[int][]Finding{60: {NothingComes}}, after(&w, 60, 0))
}

func TestTelemetryWithoutVisitsIsToldWithTheReasonThatCameClosest(t *testing.T) {
	var w Watch
	count(&w, 0, visit.SkipNotServer, visit.SkipNotServer, visit.SkipNoHost, visit.SkipHealthCheck)
	found := w.Check()
	assert.Len(t, found, 1)
	assert.Equal(t, NothingCounts, found[0].Finding)
	assert.Equal(t, visit.SkipNoHost, found[0].Nearest)
	assert.EqualValues(t, 2, found[0].Skipped[visit.SkipNotServer])

	assert.Empty(t, after(&w, 200, 0, visit.SkipNoHost), "it is told once")
	assert.Equal(t, map[int][]Finding{1: {VisitsCome}}, after(&w, 10, 1, visit.SkipNoHost))
	assert.Equal(t, map[int][]Finding{60: {NothingCounts}}, after(&w, 100, 0, visit.SkipNotAccessLog))
}

func TestAPeriodOfSilenceSaysNothingOfWhatCounts(t *testing.T) {
	var w Watch
	assert.Empty(t, after(&w, 1, 1))
	for range 59 {
		assert.Empty(t, after(&w, 1, 0, visit.SkipNotHTTP))
		assert.Empty(t, after(&w, 1, 0))
	}
	assert.Equal(t, map[int][]Finding{1: {NothingCounts}}, after(&w, 1, 0, visit.SkipNotHTTP))
}

func TestCountingAllocatesNothing(t *testing.T) {
	var w Watch
	var skipped [visit.SkipReasonCount]int64
	skipped[visit.SkipNoHost] = 3
	assert.Zero(t, testing.AllocsPerRun(100, func() { w.Count(5, &skipped) }))
}
