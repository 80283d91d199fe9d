// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

func knownAgentsVisit(headers map[string]string) fakeapi.Visit {
	status, millis := 200, 7
	return fakeapi.Visit{Destination: fakeapi.KnownAgents, KnownAgents: &fakeapi.KnownAgentsVisit{
		RequestPath: "/", RequestHeaders: headers, ResponseStatusCode: &status, ResponseDurationInMilliseconds: &millis,
		ResponseHeaders: map[string]string{"content-type": "text/html"},
	}}
}

func scrunchVisit(domain, url, ip string) fakeapi.Visit {
	millis := 7
	return fakeapi.Visit{Destination: fakeapi.Scrunch, Scrunch: &fakeapi.ScrunchVisit{Domain: domain, URL: url, IP: ip, ResponseTime: &millis}}
}

func fields(list []hint) []string {
	var names []string
	for _, h := range list {
		names = append(names, fmt.Sprintf("%s: %s %d/%d", h.name(), h.Field, h.Missing, h.Of))
	}
	return names
}

func TestHintsNameTheFieldsThatASourceLeavesOut(t *testing.T) {
	h := hints{}
	for range minVisitsForRare {
		h.add(knownAgentsVisit(map[string]string{"user-agent": "GPTBot/1.2"}))
		h.add(scrunchVisit("a.example.com", "https://a.example.com/?q", "192.0.2.1"))
		h.add(scrunchVisit("b.example.com", "https://b.example.com/", ""))
	}
	assert.Equal(t, []string{
		"Known Agents: client IP 20/20", "Known Agents: referer 20/20", "Known Agents: query 20/20",
		"Scrunch, b.example.com: client IP 20/20", "Scrunch, b.example.com: query 20/20",
	}, fields(h.list()))
}

func TestTooFewVisitsGiveNoHint(t *testing.T) {
	h := hints{}
	for range minVisits - 1 {
		h.add(knownAgentsVisit(nil))
	}
	assert.Empty(t, h.list())
}

func TestAFieldThatOnlySomeVisitsLackGivesNoHint(t *testing.T) {
	h := hints{}
	for i := range 40 {
		headers := map[string]string{"user-agent": "GPTBot/1.2", "x-forwarded-for": "192.0.2.1"}
		if i%2 == 0 {
			delete(headers, "user-agent")
		}
		if i == 0 {
			headers["referer"] = "https://chatgpt.com/"
		}
		h.add(knownAgentsVisit(headers))
	}
	assert.Equal(t, []string{"Known Agents: query 40/40"}, fields(h.list()))
}

func TestTheNumberOfSourcesIsBounded(t *testing.T) {
	h := hints{}
	for i := range 2 * maxSources {
		h.add(scrunchVisit(fmt.Sprintf("%d.example.com", i), "https://example.com/", ""))
	}
	assert.Len(t, h, maxSources)
}

func TestHintsArePrintedUnderTheirSource(t *testing.T) {
	var out strings.Builder
	printHints(&out, []hint{
		{source{API: fakeapi.KnownAgents}, "referer", 20, 20, "capture it"},
		{source{API: fakeapi.Scrunch, Site: "example.com"}, "client IP", 12, 20, "capture it"},
	})
	assert.Equal(t, `
What most visits lack (docs/headers.md shows how to record it)
  Known Agents
    referer         20 of 20: capture it
  Scrunch, example.com
    client IP       12 of 20: capture it
`, out.String())
}
