// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

const gptBot = "Mozilla/5.0 (compatible; GPTBot/1.2)"

// at is a moment in both APIs' forms.
const atKnownAgents, atScrunch = "2026-05-04T09:15:02.120Z", "1777886102.12"

// known is a request as Known Agents gets it.
func known(path, query string, headers map[string]string) *request {
	status := 200
	if query != "" {
		path += "?" + query
	}
	return newRequest(fakeapi.Visit{Destination: fakeapi.KnownAgents, KnownAgents: &fakeapi.KnownAgentsVisit{
		RequestPath: path, RequestMethod: "GET", RequestHeaders: headers, ResponseStatusCode: &status, Created: atKnownAgents,
	}}, noon)
}

// scrunch is a request as Scrunch gets it.
func scrunch(url, userAgent string, status int) *request {
	return newRequest(fakeapi.Visit{Destination: fakeapi.Scrunch, Scrunch: &fakeapi.ScrunchVisit{
		URL: url, Method: "GET", UserAgent: userAgent, StatusCode: status, Timestamp: atScrunch,
	}}, noon)
}

func TestARequestThatBothAPIsGetIsOneWhicheverGetsItFirst(t *testing.T) {
	fromKnownAgents := func() *request {
		return known("/a", "utm_source=chatgpt.com", map[string]string{"user-agent": person, "referer": "https://chatgpt.com/"})
	}
	fromScrunch := func() *request { return scrunch("https://example.com/a", person, 200) }
	for name, order := range map[string][]func() *request{"known agents first": {fromKnownAgents, fromScrunch}, "scrunch first": {fromScrunch, fromKnownAgents}} {
		t.Run(name, func(t *testing.T) {
			h := newHistory()
			h.add(order[0]())
			h.add(order[1]())
			require.Len(t, h.requests, 1)
			r := h.requests[0]
			assert.Equal(t, marks{KnownAgents: true, Scrunch: true}, r.arrived)
			assert.Equal(t, "example.com/a?utm_source=chatgpt.com", r.shown().Address, "each API tells what the other does not")
			assert.Equal(t, "ChatGPT", r.sentBy)
			assert.Empty(t, h.waiting)
			assert.Equal(t, r.size(), h.bytes)
		})
	}
}

func TestRequestsThatDifferInWhatBothAPIsGetAreTwo(t *testing.T) {
	h := newHistory()
	h.add(known("/a", "", map[string]string{"user-agent": person}))
	h.add(scrunch("https://example.com/b", person, 200))
	h.add(scrunch("https://example.com/a", gptBot, 200))
	h.add(scrunch("https://example.com/a", person, 404))
	assert.Len(t, h.requests, 4)
}

func TestEqualRequestsAreAsManyAsOneAPIGets(t *testing.T) {
	h := newHistory()
	for range 3 {
		h.add(known("/a", "", map[string]string{"user-agent": person}))
	}
	for range 4 {
		h.add(scrunch("https://example.com/a", person, 200))
	}
	require.Len(t, h.requests, 4)
	for i, r := range h.requests {
		assert.Equal(t, marks{KnownAgents: i < 3, Scrunch: true}, r.arrived)
		assert.EqualValues(t, i+1, r.number)
	}
}

func TestOnlyTheNewestRequestsAreKept(t *testing.T) {
	h := newHistory()
	for i := range maxRequests + 100 {
		h.add(known(fmt.Sprint("/", i), "", nil))
	}
	now, _ := h.now()
	require.Len(t, now.requests, maxRequests)
	assert.Equal(t, "/100", now.requests[0].Path)
	assert.EqualValues(t, maxRequests+100, now.last)
	assert.Len(t, h.waiting, maxRequests, "what is forgotten waits no longer")
	h.add(scrunch("https://example.com/101", "", 200))
	assert.Len(t, h.requests, maxRequests)
	assert.Equal(t, marks{KnownAgents: true, Scrunch: true}, h.requests[1].arrived)
}

func TestLongTextsDoNotFillTheMemory(t *testing.T) {
	h := newHistory()
	for i := range 3 * maxTextBytes / 100_000 {
		h.add(known("/", strconv.Itoa(i)+strings.Repeat("q", 100_000), map[string]string{"user-agent": fmt.Sprint("bot/", i)}))
	}
	assert.LessOrEqual(t, h.bytes, maxTextBytes)
	assert.Greater(t, h.bytes, maxTextBytes/2)
	assert.LessOrEqual(t, len(h.shared), maxShared)
}

func TestAReaderIsToldOfEachChange(t *testing.T) {
	h := newHistory()
	_, changed := h.now()
	h.add(known("/", "", nil))
	<-changed
	_, changed = h.now()
	h.notify()
	<-changed
	before, changed := h.now()
	h.add(scrunch("https://example.com/", "", 200))
	<-changed
	assert.Equal(t, marks{KnownAgents: true}, before.requests[0].arrived, "what a reader has does not change")
	for i := range 2 * maxRefusals {
		h.addRefusal(refusal{Status: i})
	}
	now, _ := h.now()
	assert.Len(t, now.refusals, maxRefusals)
	assert.Equal(t, 2*maxRefusals-1, reversed(now.refusals)[0].Status)
}
