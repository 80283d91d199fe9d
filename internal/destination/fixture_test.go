// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// allDestinations are the destinations by name, with the secrets of the stand-in.
func allDestinations() map[string]*Destination {
	return map[string]*Destination{
		"known_agents": KnownAgents(&KnownAgentsConfig{AccessToken: fixture.Token}, nil, nil),
		"scrunch":      Scrunch(&ScrunchConfig{SiteID: fixture.SiteID, APIKey: fixture.Key}),
	}
}

// bodyOf is a request body of encoded visits.
func bodyOf(d *Destination, visits ...string) []byte {
	return []byte(d.Framing.Open + strings.Join(visits, d.Framing.Separator) + d.Framing.End)
}

// send gives a body to the stand-in of the APIs and returns what it stored.
func send(t *testing.T, d *Destination, body []byte) []fakeapi.Visit {
	t.Helper()
	api := fakeapi.New(fakeapi.Settings{AccessToken: fixture.Token, SiteID: fixture.SiteID, APIKey: fixture.Key})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, d.Path, bytes.NewReader(body))
	request.Header.Set("Content-Type", d.ContentType)
	d.Authorize(request.Header)
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, request)
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
	return api.Visits(fakeapi.Destination(d.Name))
}

// newVisit is the smallest visit, with changes.
func newVisit(change func(v *visit.Visit)) *visit.Visit {
	v := &visit.Visit{
		Start:    time.Date(2026, time.May, 4, 9, 15, 2, 120e6, time.UTC).UnixNano(),
		Duration: visit.UnknownDuration,
		Method:   http.MethodGet,
		Scheme:   "https",
		Path:     "/",
		Text:     new([visit.FieldCount]string),
		Present:  new(visit.FieldSet),
	}
	change(v)
	for i := range visit.FieldCount { // also those that a test may set later
		v.Present.Add(i)
	}
	return v
}

// fullVisit has a value in every field.
func fullVisit() *visit.Visit {
	return newVisit(func(v *visit.Visit) {
		v.Duration = 38 * time.Millisecond
		v.Host = "www.example.com:8443"
		v.Path = "/guides/llamas"
		v.Query = "utm_source=chatgpt.com&q=a%20b"
		v.Status = 200
		v.ClientIP = "192.0.2.10"
		for i, name := range visit.RequestHeaders {
			v.Text[visit.FirstRequestHeader+visit.Field(i)] = "value of " + name
		}
		for i := visit.ForwardedFor; i <= visit.ViewerAddress; i++ {
			v.Text[i] = "192.0.2.10"
		}
		v.Text[visit.Forwarded] = "for=192.0.2.10;proto=https"
		for i, name := range visit.ResponseHeaders {
			v.Text[visit.FirstResponseHeader+visit.Field(i)] = "value of " + name
		}
		v.Text[visit.UserAgent] = "Mozilla/5.0 (compatible; ExampleBot/1.0; +https://example.com/bot)"
		v.Text[visit.ForwardedFor] = "192.0.2.10, 198.51.100.7"
		v.Text[visit.MCPMethod], v.Text[visit.MCPTool] = "tools/call", "search"
		v.Text[visit.MCPClientName], v.Text[visit.MCPClientVersion] = "example-agent", "1.0"
		v.Text[visit.MCPIsError], v.Text[visit.MCPErrorCode] = "true", "-32602"
	})
}

// usualVisit is what one gets from an instrumented server behind a proxy.
func usualVisit() *visit.Visit {
	return newVisit(func(v *visit.Visit) {
		v.Duration = 38*time.Millisecond + 412*time.Microsecond
		v.Host = "www.example.com"
		v.Path = "/guides/llamas"
		v.Query = "utm_source=chatgpt.com"
		v.Status = 200
		v.ClientIP = "192.0.2.10"
		v.Text[visit.UserAgent] = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
		v.Text[visit.ForwardedFor] = "192.0.2.10"
		v.Text[visit.Referer] = "https://chatgpt.com/"
		v.Text[visit.ResponseHeader("content-type")] = "text/html; charset=utf-8"
	})
}
