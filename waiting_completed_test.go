// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestAnInnerHopCompletesItsVisit: Kong and others record no header, and nginx
// passes on another host by default.
func TestAnInnerHopCompletesItsVisit(t *testing.T) {
	bare := edge
	bare.without = []string{"user_agent.original", "client.address"}
	bare.with = map[string]any{"http.response.status_code": 503}
	inner := app
	inner.with = map[string]any{"server.address": "app.internal.example", "client.address": "203.0.113.77", "http.request.header.referer": []any{"https://example.org/r"}, "user_agent.original": "GPTBot/1.2", "http.request.header.via": []any{"1.1 inner"}}
	private := bare
	private.with = map[string]any{"http.response.status_code": 503, "http.request.header.x-forwarded-for": []any{"10.0.0.9"}}
	other := inner
	other.path = "/other"
	called := bare
	called.parent = 99 // names what its own client sent, and waits
	for name, c := range map[string]struct {
		payloads [][]hopSpan
		agent    string
	}{
		"in one payload":                     {[][]hopSpan{{bare, call, inner}}, "GPTBot/1.2"},
		"before":                             {[][]hopSpan{{inner, call}, {bare}}, "GPTBot/1.2"},
		"of a private address in a header":   {[][]hopSpan{{private, call, inner}}, "GPTBot/1.2"},
		"while the visit waits":              {[][]hopSpan{{called, call}, {inner}}, "GPTBot/1.2"},
		"not the request of another path":    {[][]hopSpan{{bare, call, other}}, ""},
		"what the outermost knows is enough": {[][]hopSpan{{edge, call, inner}}, fixture.Truth.UserAgent},
	} {
		for more, options := range innerHosts {
			t.Run(name+more, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					api := fakeapi.New(fakeapi.Settings{})
					r := directRig(t, api, nil, options)
					for _, p := range c.payloads {
						require.NoError(t, r.traces.ConsumeTraces(t.Context(), hopTraces(p...)))
						<-time.After(time.Second)
					}
					r.shutdown(t)
					visits := api.KnownAgentsVisits()
					require.Len(t, visits, 1)
					assert.Equal(t, c.agent, visits[0].RequestHeaders["user-agent"])
					if c.agent == "GPTBot/1.2" {
						assert.Equal(t, "203.0.113.77", visits[0].RequestHeaders["x-forwarded-for"])
						assert.NotContains(t, visits[0].RequestHeaders, "via", "which says by which way the inner hop's request came")
						assert.Equal(t, "https://example.org/r", visits[0].RequestHeaders["referer"])
						assert.Equal(t, 503, *visits[0].ResponseStatusCode)
						assert.Equal(t, "www.example.com", visits[0].RequestHeaders["host"], "status and host are those of the outermost")
					}
				})
			})
		}
	}
}

// innerHosts has the inner hop's host count, and leaves it out.
var innerHosts = map[string]func(*Config){
	"": asItIs, ", of a host that is left out": func(c *Config) { c.Visits.Selection.Hosts.Include = []string{"www.example.com"} },
}
