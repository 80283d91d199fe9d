// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

func viewOf(all []*request, f filter) view {
	return newView(snapshot{requests: all, last: uint64(len(all))}, f, newTotals(noon).summary(noon), noon.Add(time.Minute))
}

func TestAnEmptyViewHasNoNullInJSON(t *testing.T) {
	for name, f := range map[string]filter{"all": {}, "nothing": {agent: "nobody"}} {
		t.Run(name, func(t *testing.T) {
			encoded, err := json.Marshal(viewOf(nil, f))
			require.NoError(t, err)
			assert.NotContains(t, string(encoded), "null")
		})
	}
}

func TestThePageAndTheReportSayTheSameOfTheSameVisits(t *testing.T) {
	all := someRequests()
	c := report.NewCounter(time.Local)
	for _, r := range all {
		c.Add(&r.Request)
	}
	want, got := c.Report(func(report.Place) string { return "" }), viewOf(all, filter{})
	require.Len(t, got.Agents, len(want.Agents)+len(want.Classes))
	for i, a := range append(want.Agents, want.Classes...) {
		assert.Equal(t, agentView{a.Name, a.Label(), a.Operator, a.Purpose, a.Visits, a.Errors}, got.Agents[i])
	}
	require.Len(t, got.Pages, len(want.Pages))
	assert.Equal(t, pageView{Page: want.Pages[0].Page, Visits: want.Pages[0].Read(), Agents: want.Pages[0].Agents}, got.Pages[0])
	require.Len(t, got.People, len(want.SentBy))
	assert.Equal(t, want.SentBy[0].Visits, got.People[0].Visits)
	assert.Equal(t, want.First, got.First)
}

func TestAFilterByAgentLeavesThePeopleWhomAssistantsSent(t *testing.T) {
	v := viewOf(someRequests(), filter{agent: "GPTBot"})
	require.Len(t, v.Agents, 1)
	require.Len(t, v.People, 1)
	assert.Equal(t, senderView{"ChatGPT", 1, []pageView{{Page: "/pricing", Visits: 1}}}, v.People[0])
	assert.Empty(t, viewOf(someRequests(), filter{agent: "GPTBot", path: "/guides"}).People, "the other filters choose among them")
}

func TestWhoIsNoAgentIsDrawnIfNoAgentCame(t *testing.T) {
	assert.Equal(t, []string{"training"}, viewOf(someRequests(), filter{}).Chart.Legend)
	assert.Equal(t, []string{"browser"}, viewOf(someRequests(), filter{agent: "browser"}).Chart.Legend)
}

func TestTheNewestRequestsAreListedAndAllAreCounted(t *testing.T) {
	h := newHistory()
	for i := range maxRows + 5 {
		h.add(known(fmt.Sprint("/", i), "", map[string]string{"user-agent": gptBot}))
	}
	v := viewOf(h.requests, filter{})
	require.Len(t, v.Rows, maxRows)
	assert.Equal(t, fmt.Sprint("/", maxRows+4), v.Rows[0].Address)
	assert.Equal(t, maxRows+5, v.Matching)
	assert.Equal(t, []string{"GPTBot"}, v.Choices.Agents)
}

func TestChoicesAreBoundedAndPrintable(t *testing.T) {
	h := newHistory()
	for i := range 2 * maxNames {
		h.add(known("/", "", map[string]string{"host": fmt.Sprintf("%d.example.com", i)}))
	}
	h.add(known("/", "", map[string]string{"host": "\x1b.example.com"}))
	sites := viewOf(h.requests, filter{}).Choices.Sites
	assert.Len(t, sites, maxNames)
	assert.Empty(t, viewOf(h.requests[2*maxNames:], filter{}).Choices.Sites)
}
