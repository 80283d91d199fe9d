// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"bytes"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

var encodeKnownAgents = knownAgentsEncoder(nil, nil)

// newVisit is the smallest visit, with changes.
func newVisit(change func(v *visit)) *visit {
	v := &visit{
		start:    time.Date(2026, time.May, 4, 9, 15, 2, 120e6, time.UTC).UnixNano(),
		duration: unknownDuration,
		method:   http.MethodGet,
		scheme:   "https",
		path:     "/",
		text:     new([fieldCount]string),
		present:  new(fieldSet),
	}
	change(v)
	for i := range fieldCount { // also those that a test may set later
		v.present.add(i)
	}
	return v
}

// fullVisit has a value in every field.
func fullVisit() *visit {
	return newVisit(func(v *visit) {
		v.duration = 38 * time.Millisecond
		v.host = "www.example.com:8443"
		v.path = "/guides/llamas"
		v.query = "utm_source=chatgpt.com&q=a%20b"
		v.status = 200
		v.clientIP = "192.0.2.10"
		for i, name := range requestHeaders {
			v.text[firstRequestHeader+field(i)] = "value of " + name
		}
		for i, name := range responseHeaders {
			v.text[firstResponseHeader+field(i)] = "value of " + name
		}
		v.text[userAgent] = "Mozilla/5.0 (compatible; ExampleBot/1.0; +https://example.com/bot)"
		v.text[forwardedFor] = "192.0.2.10, 198.51.100.7"
		v.text[mcpMethod], v.text[mcpTool] = "tools/call", "search"
		v.text[mcpClientName], v.text[mcpClientVersion] = "example-agent", "1.0"
		v.text[mcpIsError], v.text[mcpErrorCode] = "true", "-32602"
	})
}

// usualVisit is what one gets from an instrumented server behind a proxy.
func usualVisit() *visit {
	return newVisit(func(v *visit) {
		v.duration = 38*time.Millisecond + 412*time.Microsecond
		v.host = "www.example.com"
		v.path = "/guides/llamas"
		v.query = "utm_source=chatgpt.com"
		v.status = 200
		v.clientIP = "192.0.2.10"
		v.text[userAgent] = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
		v.text[forwardedFor] = "192.0.2.10"
		v.text[referer] = "https://chatgpt.com/"
		v.text[responseHeader("content-type")] = "text/html; charset=utf-8"
	})
}

// bodyCases are the visits whose bodies stand in testdata/body.
var bodyCases = map[string]func(v *visit){
	"minimal": func(v *visit) {
		v.host, v.status, v.text[userAgent] = "example.com", 200, "a"
	},
	"usual": func(v *visit) { *v = *usualVisit() },
	"full":  func(v *visit) { *v = *fullVisit() },
	"no_address_headers": func(v *visit) {
		*v = *usualVisit()
		v.text[forwardedFor] = ""
	},
	"proxy_headers_alone": func(v *visit) {
		*v = *usualVisit()
		v.text[forwardedFor], v.clientIP = "", ""
		v.text[requestHeader("cf-connecting-ip")] = "192.0.2.10"
		v.text[requestHeader("via")] = "1.1 proxy.example.com"
	},
	"headers_the_vendor_does_not_read": func(v *visit) {
		*v = *usualVisit()
		v.text[forwardedFor] = ""
		v.text[requestHeader("x-azure-clientip")] = "192.0.2.10"
	},
	"mcp_call": func(v *visit) {
		*v = *usualVisit()
		v.method, v.path, v.query = http.MethodPost, "/mcp", ""
		v.text[requestHeader("mcp-protocol-version")] = "2025-06-18"
		v.text[mcpMethod], v.text[mcpTool], v.text[mcpIsError] = "tools/call", "search", "false"
	},
	"mcp_error": func(v *visit) {
		*v = *usualVisit()
		v.method, v.path, v.query = http.MethodPost, "/mcp", ""
		v.text[mcpMethod], v.text[mcpErrorCode] = "initialize", "-32600"
	},
	"mcp_nonsense": func(v *visit) {
		*v = *usualVisit()
		v.text[mcpMethod], v.text[mcpIsError], v.text[mcpErrorCode] = "tools/call", "perhaps", "31337313373133"
	},
	"long_user_agent": func(v *visit) {
		*v = *usualVisit()
		v.text[userAgent] = strings.Repeat("0123456789", 900)
	},
	"unicode": func(v *visit) {
		*v = *usualVisit()
		v.text[userAgent] = "Grüße 日本語 🦙 \u2028\u2029"
		v.path = "/gr%C3%BC%C3%9Fe/%F0%9F%A6%99"
	},
	"hostile": func(v *visit) {
		*v = *usualVisit()
		v.text[userAgent] = "\"},{\"a\":\"\\\r\n\x00\t\x1b[31m</script>\xff\xfe"
		v.text[referer] = "javascript:\"\n{}[]\\"
		v.query = "a=%22%0A%00&b='$(id)'"
	},
	"ipv6": func(v *visit) {
		*v = *usualVisit()
		v.host, v.clientIP, v.text[forwardedFor] = "[2001:db8::1]:8080", "2001:db8::7", ""
	},
	"unknown_method": func(v *visit) {
		*v = *usualVisit()
		v.method = "M-SEARCH"
	},
	"error_without_duration": func(v *visit) {
		*v = *usualVisit()
		v.status, v.duration = 503, unknownDuration
	},
}

// send gives a body to the stand-in of the APIs and returns what it stored.
func send(t *testing.T, d *destination, b *batch) []fakeapi.Visit {
	t.Helper()
	api := fakeapi.New(fakeapi.Settings{AccessToken: testToken, SiteID: testSiteID, APIKey: testKey})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, d.path, bytes.NewReader(bytes.Join(b.bodyParts(), nil)))
	request.Header.Set("Content-Type", d.contentType)
	d.authorize(request.Header)
	recorder := httptest.NewRecorder()
	api.ServeHTTP(recorder, request)
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body.String())
	return api.Visits(fakeapi.Destination(d.name))
}

func TestBodies(t *testing.T) {
	for name, d := range destinationsForTests() {
		require.NoError(t, os.MkdirAll(inRoot("testdata/body", name), 0o755))
		for title, change := range bodyCases {
			t.Run(name+"/"+title, func(t *testing.T) {
				e := d.encode(nil, newVisit(change))
				require.Equal(t, notSkipped, e.skip)
				assert.Equal(t, title == "long_user_agent", e.cut)
				b := lineUp(d.framing, string(e.bytes), string(e.bytes)) // two, to show what stands between
				body := bytes.Join(b.bodyParts(), nil)
				requireFile(t, inRoot("testdata/body", name, title+".json"), string(body))
				assert.Len(t, send(t, d, b), 2)
			})
		}
	}
}

// TestScrunchSkips shows that a visit without a required field is skipped
// before the queue, for it would make Scrunch refuse its neighbours too.
func TestScrunchSkips(t *testing.T) {
	for title, c := range map[string]struct {
		change func(v *visit)
		domain string
		want   skipReason
	}{
		"no user agent":       {func(v *visit) { v.text[userAgent] = "" }, "", skipNoUserAgent},
		"blank user agent":    {func(v *visit) { v.text[userAgent] = " \t " }, "", skipNoUserAgent},
		"no status":           {func(v *visit) { v.status = 0 }, "", skipNoStatus},
		"no host":             {func(v *visit) { v.host = "" }, "", skipNoHost},
		"no host, but domain": {func(v *visit) { v.host = "" }, "example.org", notSkipped},
	} {
		t.Run(title, func(t *testing.T) {
			v := usualVisit()
			c.change(v)
			e := scrunchEncoder(c.domain)([]byte("before"), v)
			assert.Equal(t, c.want, e.skip)
			if c.want != notSkipped {
				assert.Equal(t, "before", string(e.bytes), "the buffer is as it was")
			}
		})
	}
}

func TestScrunchDomainIsTheConfiguredOne(t *testing.T) {
	d := scrunch(&ScrunchConfig{SiteID: testSiteID, APIKey: testKey, Domain: "example.org"})
	for host, url := range map[string]string{
		"www.example.com": "https://www.example.com/guides/llamas?utm_source=chatgpt.com",
		"":                "https://example.org/guides/llamas?utm_source=chatgpt.com",
	} {
		v := usualVisit()
		v.host = host
		stored := send(t, d, lineUp(d.framing, string(d.encode(nil, v).bytes)))[0].Scrunch
		assert.Equal(t, "example.org", stored.Domain)
		assert.Equal(t, url, stored.URL)
	}
}

// TestImpossibleDurationIsLeftOut: nothing takes longer than a week to answer,
// but a duration read in the wrong unit does.
func TestImpossibleDurationIsLeftOut(t *testing.T) {
	for name, d := range destinationsForTests() {
		for duration, sent := range map[time.Duration]bool{0: true, maxDuration: true, maxDuration + 1: false, math.MaxInt64: false, -1: false, math.MinInt64: false} {
			v := usualVisit()
			v.duration = duration
			text := string(d.encode(nil, v).bytes)
			assert.Equal(t, sent, strings.Contains(text, "response_duration") || strings.Contains(text, "response_time"), "%s: %s", name, duration)
			send(t, d, lineUp(d.framing, text))
		}
	}
}

// TestVisitStaysWithinItsLimit fills every field beyond its limit.
func TestVisitStaysWithinItsLimit(t *testing.T) {
	for name, d := range destinationsForTests() {
		for _, filler := range []string{"x", `"`, "日", "\u2028", "\xff"} {
			v := fullVisit()
			for i := range v.text {
				v.text[i] = "a" + strings.Repeat(filler, maxTextBytes) + "b"
			}
			v.host = strings.Repeat("a", 300)
			v.path = "/" + strings.Repeat("a", maxTargetBytes/2-1)
			v.query = strings.Repeat("%20", maxTargetBytes/6)
			e := d.encode(nil, v)
			assert.True(t, e.cut)
			assert.LessOrEqual(t, len(e.bytes), maxVisitBytes, "%s with %q", name, filler)
			send(t, d, lineUp(d.framing, string(e.bytes)))
		}
	}
}

// TestSignaturesAreSentWholeOrNotAtAll: a part of a signature would make a
// genuine agent look like a forged one.
func TestSignaturesAreSentWholeOrNotAtAll(t *testing.T) {
	d := destinationsForTests()["known_agents"]
	v := usualVisit()
	whole := "sig1=:" + strings.Repeat("A", 1000) + ":"
	v.text[requestHeader("signature")] = whole
	v.text[requestHeader("signature-agent")] = strings.Repeat("a", maxTextBytes+1)
	v.text[requestHeader("signature-input")] = strings.Repeat("\"", maxTextBytes)
	e := d.encode(nil, v)
	assert.True(t, e.cut)
	headers := send(t, d, lineUp(d.framing, string(e.bytes)))[0].KnownAgents.RequestHeaders
	assert.Equal(t, whole, headers["signature"])
	assert.NotContains(t, headers, "signature-agent")
	assert.NotContains(t, headers, "signature-input")
	assert.Contains(t, headers, "referer", "the others stay")
}
