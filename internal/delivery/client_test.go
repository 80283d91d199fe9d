// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestRetryAfterIsReadInEveryForm(t *testing.T) {
	now := time.Date(2026, 5, 4, 9, 15, 2, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                                   0,
		"0":                                  0,
		"1":                                  time.Second,
		" 120 ":                              2 * time.Minute,
		"0000000001":                         time.Second,
		"901":                                MaxRetryAfter,
		"99999999999999999999":               MaxRetryAfter,
		"9223372036":                         MaxRetryAfter,
		"-1":                                 0,
		"1.5":                                0,
		"soon":                               0,
		"Mon, 04 May 2026 09:16:02 GMT":      time.Minute,
		"Monday, 04-May-26 09:16:02 GMT":     time.Minute,
		"Mon May  4 09:16:02 2026":           time.Minute,
		"Mon, 04 May 2026 09:14:02 GMT":      0,
		"Tue, 05 May 2026 09:16:02 GMT":      MaxRetryAfter,
		"Mon, 04 May 2026 09:16:02 GMT, now": 0,
	} {
		t.Run(value, func(t *testing.T) { assert.Equal(t, want, retryAfter(value, now)) })
	}
}

// TestADateInRetryAfterIsOfTheApisClock: the API's clock and ours may differ by hours.
func TestADateInRetryAfterIsOfTheApisClock(t *testing.T) {
	for name, c := range map[string]struct {
		date string
		want time.Duration
	}{
		"a clock that is ahead":    {"Mon, 04 May 2126 09:15:00 GMT", 2 * time.Second},
		"a clock that is behind":   {"Thu, 04 May 2006 09:15:00 GMT", 2 * time.Second},
		"an answer without a date": {"", MaxRetryAfter},
	} {
		t.Run(name, func(t *testing.T) {
			until := "Mon, 04 May 2126 09:15:02 GMT"
			if at, err := http.ParseTime(c.date); err == nil {
				until = at.Add(2 * time.Second).Format(http.TimeFormat)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				if c.date != "" {
					w.Header().Set("Date", c.date)
				}
				w.Header().Set("Retry-After", until)
				w.WriteHeader(http.StatusTooManyRequests)
			}))
			defer server.Close()
			assert.Equal(t, c.want, newTestClient(server.URL).post(t.Context(), newBatch(1)).retryAfter)
		})
	}
}

// newTestClient talks to the URL over real connections.
func newTestClient(url string) *client {
	return newClient(&http.Client{Timeout: 10 * time.Second}, url, "test/1", destination.KnownAgents(&destination.KnownAgentsConfig{AccessToken: fixture.Token}, nil, nil))
}

func TestRequestsAreAsTheVendorDocumentsThem(t *testing.T) {
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		got, body = r, string(content)
	}))
	defer server.Close()
	b := newBatch(2)
	a := newTestClient(server.URL+"/").post(t.Context(), b)

	require.NoError(t, a.err)
	assert.Equal(t, http.MethodPost, got.Method)
	assert.Equal(t, "/visits", got.URL.Path)
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, "Bearer "+fixture.Token, got.Header.Get("Authorization"))
	assert.Equal(t, "test/1", got.Header.Get("User-Agent"))
	assert.Equal(t, int64(len(body)), got.ContentLength)
	assert.Len(t, body, b.BytesSize())
	assert.True(t, strings.HasPrefix(body, "[{") && strings.HasSuffix(body, "}]"))
}

func TestRedirectsAreNeverFollowed(t *testing.T) {
	followed := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed++ }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			server := httptest.NewServer(http.RedirectHandler(other.URL, status))
			defer server.Close()
			a := newTestClient(server.URL).post(t.Context(), newBatch(1))
			assert.Equal(t, status, a.status)
			assert.Equal(t, misconfigured, a.rule().outcome)
		})
	}
	assert.Zero(t, followed)
}

func TestOfAnEndlessAnswerOnlyTheStartIsRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 32<<10)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	a := newTestClient(server.URL).post(t.Context(), newBatch(1))
	assert.Equal(t, delivered, a.rule().outcome)
}

func TestNoAnswerIsAFaultThatIsTriedAgain(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	cutOff := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer cutOff.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	gone, cancel := context.WithCancel(t.Context())
	cancel()

	for name, post := range map[string]func() answer{
		"connection refused": func() answer { return newTestClient(closed).post(t.Context(), newBatch(1)) },
		"connection cut off": func() answer { return newTestClient(cutOff.URL).post(t.Context(), newBatch(1)) },
		"no such host":       func() answer { return newTestClient("http://no-such-host..").post(t.Context(), newBatch(1)) }, // which asks no name server
		"not TLS": func() answer {
			return newTestClient("https"+strings.TrimPrefix(plain.URL, "http")).post(t.Context(), newBatch(1))
		},
		"cancelled": func() answer { return newTestClient(plain.URL).post(gone, newBatch(1)) },
	} {
		t.Run(name, func(t *testing.T) {
			a := post()
			assert.Equal(t, unavailable, a.rule().outcome)
			require.Error(t, a.err)
		})
	}
}

func TestDescriptionsNameTheRemedyAndNoSecret(t *testing.T) {
	c := newTestClient("https://api.example.com")
	for status, remedy := range map[int]string{
		301: "`endpoint`", 401: "`known_agents::access_token`", 402: "account", 403: "`known_agents::access_token`",
		404: "`endpoint`", 415: "`compression`", 429: "send less", 500: "unavailable", 503: "unavailable", 418: "does not take",
	} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			message := c.describe(answer{status: status}).Error()
			assert.Contains(t, message, "POST https://api.example.com/visits answered "+strconv.Itoa(status))
			assert.Contains(t, message, remedy)
			assert.NotContains(t, message, fixture.Token)
			assert.NotContains(t, message, secretKeyMark)
		})
	}
}

func TestFieldsAreNamedIfTheAnswerHasThemAsWholeWords(t *testing.T) {
	fields := destination.Scrunch(&destination.ScrunchConfig{}).Fields
	for text, want := range map[string][]string{
		`{"detail":"descriptions of the pathology, curled"}`: nil,
		`{"loc":["body","ip"]}`:                              {"ip"},
		`ip`:                                                 {"ip"},
		`visit.ip: bad; url=?`:                               {"url", "ip"},
		`user_agent is required`:                             {"user_agent"},
		`user_agents, x_user_agent, ip2, éip`:                nil,
		`"response_time" before "method"`:                    {"method", "response_time"},
		``:                                                   nil,
	} {
		t.Run(text, func(t *testing.T) {
			c := &client{destination: &destination.Destination{Fields: fields}}
			assert.Equal(t, want, c.fieldsIn(http.StatusUnprocessableEntity, []byte(text)))
			assert.Empty(t, c.fieldsIn(http.StatusInternalServerError, []byte(text)), "only a rejection is about fields")
		})
	}
}

// TestMessagesShowNoPathOfTheEndpoint: it may hold a secret, as do the URLs of webhooks.
func TestMessagesShowNoPathOfTheEndpoint(t *testing.T) {
	for endpoint, want := range map[string]string{
		"":                                  "https://api.knownagents.com/visits",
		"https://api.example.com:8443/":     "https://api.example.com:8443/visits",
		"https://api.example.com/canary/":   "https://api.example.com/.../visits",
		"http://127.0.0.1:1/a?token=canary": "http://127.0.0.1:1/.../visits",
		"https://u:canary@api.example.com":  "https://api.example.com/visits",
		"https://h:canary/":                 ".../visits",
	} {
		t.Run(endpoint, func(t *testing.T) {
			c := newTestClient(endpoint)
			for _, a := range []answer{{status: 404}, {err: io.ErrUnexpectedEOF}} {
				assert.Contains(t, c.describe(a).Error(), "POST "+want)
				assert.NotContains(t, c.describe(a).Error(), "canary")
			}
		})
	}
	assert.NotContains(t, newTestClient("https://h:canary/").post(t.Context(), newBatch(1)).err.Error(), "canary")
}
