// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestARequestIsRecordedInFull(t *testing.T) {
	api := New(Settings{})
	post(t, api, Scrunch, scrunchBody+scrunchBody)
	post(t, api, Scrunch, "[]")

	requests := api.Requests(Scrunch)
	require.Len(t, requests, 2)
	first := requests[0]
	assert.False(t, first.Time.IsZero())
	assert.Equal(t, "key-1", first.Header.Get("X-Api-Key"))
	first.Time, first.Header = requests[1].Time, nil
	assert.Equal(t, Request{
		Time: requests[1].Time, Destination: Scrunch, Method: http.MethodPost, Path: scrunchPath,
		BodySize: 2 * len(scrunchBody), Visits: 2, Stored: 2, Status: 200,
	}, first)
	assert.Equal(t, 422, requests[1].Status)
	assert.Equal(t, "the last line must end with a newline", requests[1].Reason)
	assert.Equal(t, Counts{Requests: 2, Refused: 1, Visits: 2, Bytes: int64(2*len(scrunchBody) + 2)}, api.Counts(Scrunch))
	assert.Zero(t, api.Counts(KnownAgents))
}

func TestCallbacksGetTheVisitsAndThenTheirRequest(t *testing.T) {
	var seen []string
	var api *API
	api = New(Settings{
		CountsOnly: true,
		OnVisit:    func(v Visit) { seen = append(seen, string(v.Destination)+" "+v.KnownAgents.RequestPath) },
		OnRequest: func(r Request) {
			seen = append(seen, fmt.Sprint(r.Status, " ", r.Stored, " ", api.Counts(KnownAgents).Visits))
		},
	})
	post(t, api, KnownAgents, "["+knownAgentsLine+","+knownAgentsLine+"]")
	post(t, api, KnownAgents, "{}")
	path := "known_agents /guides/llamas?utm_source=chatgpt.com"
	assert.Equal(t, []string{path, path, "200 2 2", "422 0 2"}, seen)
	assert.Empty(t, api.Visits(KnownAgents), "CountsOnly keeps no visit")
	assert.Empty(t, api.Requests(KnownAgents), "CountsOnly keeps no request")
	require.NoError(t, api.WaitVisits(t.Context(), KnownAgents, 2))
}

func TestWaitingFailsWhenTheContextEnds(t *testing.T) {
	api := New(Settings{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, api.WaitVisits(ctx, KnownAgents, 0))
	err := api.WaitVisits(ctx, KnownAgents, 1)
	require.ErrorIs(t, err, context.Canceled)
	require.EqualError(t, err, "known_agents has 0 visits, expected 1: context canceled")
	require.EqualError(t, api.WaitRequests(ctx, Scrunch, 2), "scrunch has 0 requests, expected 2: context canceled")
}

func TestConcurrentClientsLoseNothing(t *testing.T) {
	const clients, each = 8, 25
	lines := 0 // callbacks never overlap, so this needs no lock
	s := listen(t, Settings{OnVisit: func(Visit) { lines++ }})
	s.Script(KnownAgents, Step{Status: 503, Times: clients})
	waited := make(chan error)
	go func() { waited <- s.WaitVisits(t.Context(), KnownAgents, clients*(each-1)) }()

	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for n := range each {
				path := fmt.Sprintf("/%d/%d", client, n)
				body := strings.Replace(knownAgentsBody, "/guides/llamas", path, 1)
				if _, err := do(valid(t, KnownAgents, s.URL(), body)); err != nil {
					t.Error(err)
				}
				s.Requests(KnownAgents)
			}
		})
	}
	all.Wait()
	require.NoError(t, <-waited)
	paths := map[string]bool{}
	for _, visit := range s.KnownAgentsVisits() {
		paths[visit.RequestPath] = true
	}
	assert.Len(t, paths, clients*(each-1))
	assert.Len(t, paths, lines)
	assert.Equal(t, clients, s.Counts(KnownAgents).Refused)
}
