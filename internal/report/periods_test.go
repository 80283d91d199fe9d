// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

func TestShortTimesAreToldByMinuteOrHour(t *testing.T) {
	begin := time.Date(2026, time.May, 6, 23, 30, 20, 0, time.UTC)
	for _, row := range []struct {
		long  time.Duration
		unit  string
		n     int
		first string
	}{
		{0, "minute", 1, "2026-05-07 01:30"},
		{58 * time.Minute, "minute", 59, "2026-05-07 01:30"},
		{2 * time.Hour, "5 minutes", 25, "2026-05-07 01:30"},
		{10 * time.Hour, "15 minutes", 41, "2026-05-07 01:30"},
		{50 * time.Hour, "hour", 51, "2026-05-07 01:00"},
		{70 * time.Hour, "day", 3, "2026-05-07"},
	} {
		t.Run(row.long.String(), func(t *testing.T) {
			last := begin.Add(row.long)
			c := NewCounterBy(StepFor(begin.UnixNano(), last.UnixNano()), time.FixedZone("", 2*3600))
			c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: gptBot}, Time: begin.UnixNano()})
			c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: gptBot}, Time: last.UnixNano()})
			r := c.Report(placeOf)
			assert.Equal(t, row.unit, r.Period)
			require.Len(t, r.Periods, row.n)
			assert.Equal(t, row.first, r.Periods[0])
			assert.Equal(t, uint64(2), r.Agents[0].ByPeriod[0]+r.Agents[0].ByPeriod[row.n-1]*min(1, uint64(row.n-1)))
			chart := NewChart(r.Periods, r.Purposes)
			require.Len(t, chart.Columns, row.n)
			assert.Equal(t, []string{"training"}, chart.Legend)
		})
	}
}

func TestTheTextHasThreeWeeksOfDaysAndSaysHowManyPeriodsCameBefore(t *testing.T) {
	begin := time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC) // a Monday
	for _, row := range []struct {
		days                 int
		first, before, notIn string
	}{
		{21, "  2026-05-04 ", "", "earlier"},
		{30 * daysOfWeek, "  2026-07-06 ", "… and 9 earlier weeks; -json and -html have them", "  2026-06-29 "},
	} {
		t.Run(row.first, func(t *testing.T) {
			c := NewCounter(time.UTC)
			for day := range row.days {
				c.Add(&Request{Path: "/", Headers: agents.Headers{UserAgent: gptBot}, Time: begin.AddDate(0, 0, day).UnixNano()})
			}
			var out strings.Builder
			require.NoError(t, c.Report(placeOf).WriteText(&out, TextSettings{}))
			assert.Contains(t, out.String(), row.first)
			assert.Contains(t, out.String(), row.before)
			assert.NotContains(t, out.String(), row.notIn)
		})
	}
}
