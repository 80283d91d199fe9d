// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"fmt"
	"math"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// bodyCases are the visits whose bodies stand in testdata/body.
var bodyCases = map[string]func(v *visit.Visit){
	"minimal": func(v *visit.Visit) {
		v.Host, v.Status, v.Text[visit.UserAgent] = "example.com", 200, "a"
	},
	"usual": func(v *visit.Visit) { *v = *usualVisit() },
	"full":  func(v *visit.Visit) { *v = *fullVisit() },
	"no_address_headers": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.ForwardedFor] = ""
	},
	"proxy_headers_alone": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.ForwardedFor], v.ClientIP = "", ""
		v.Text[visit.RequestHeader("cf-connecting-ip")] = "192.0.2.10"
		v.Text[visit.RequestHeader("via")] = "1.1 proxy.example.com"
	},
	"headers_the_vendor_does_not_read": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.ForwardedFor] = ""
		v.Text[visit.RequestHeader("x-azure-clientip")] = "192.0.2.10"
	},
	"headers_without_the_visitors_address": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.ForwardedFor] = "localhost:8080"
		v.Text[visit.Forwarded] = "host=www.example.com;proto=https"
		v.Text[visit.RequestHeader("x-real-ip")] = "_"
		v.Text[visit.RequestHeader("client-ip")] = "198.51.100.20"
		v.Text[visit.RequestHeader("true-client-ip")] = "0x7f.1"
		v.Text[visit.RequestHeader("x-cluster-client-ip")] = "10.0.0.7"
	},
	"headers_with_the_visitors_address": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.ForwardedFor] = "10.0.0.7, 192.0.2.10, 10.0.0.8"
		v.Text[visit.Forwarded] = "for=10.0.0.7, for=192.0.2.10;proto=https"
		v.Text[visit.RequestHeader("x-real-ip")] = "192.0.2.10:51234"
		v.Text[visit.RequestHeader("client-ip")] = "::ffff:192.0.2.10"
	},
	"mcp_call": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Method, v.Path, v.Query = http.MethodPost, "/mcp", ""
		v.Text[visit.RequestHeader("mcp-protocol-version")] = "2025-06-18"
		v.Text[visit.MCPMethod], v.Text[visit.MCPTool], v.Text[visit.MCPIsError] = "tools/call", "search", "false"
	},
	"mcp_error": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Method, v.Path, v.Query = http.MethodPost, "/mcp", ""
		v.Text[visit.MCPMethod], v.Text[visit.MCPErrorCode] = "initialize", "-32600"
	},
	"mcp_nonsense": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.MCPMethod], v.Text[visit.MCPIsError], v.Text[visit.MCPErrorCode] = "tools/call", "perhaps", "31337313373133"
	},
	"long_user_agent": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.UserAgent] = strings.Repeat("0123456789", 900)
	},
	"unicode": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.UserAgent] = "Grüße 日本語 🦙 \u2028\u2029"
		v.Path = "/gr%C3%BC%C3%9Fe/%F0%9F%A6%99"
	},
	"hostile": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Text[visit.UserAgent] = "\"},{\"a\":\"\\\r\n\x00\t\x1b[31m</script>\xff\xfe"
		v.Text[visit.Referer] = "javascript:\"\n{}[]\\"
		v.Query = "a=%22%0A%00&b='$(id)'"
	},
	"ipv6": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Host, v.ClientIP, v.Text[visit.ForwardedFor] = "[2001:db8::1]:8080", "2001:db8::7", ""
	},
	"unknown_method": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Method = "M-SEARCH"
	},
	"error_without_duration": func(v *visit.Visit) {
		*v = *usualVisit()
		v.Status, v.Duration = 503, visit.UnknownDuration
	},
}

func TestBodies(t *testing.T) {
	for name, d := range allDestinations() {
		require.NoError(t, os.MkdirAll(fixture.InRoot("testdata/body", name), 0o755))
		for title, change := range bodyCases {
			t.Run(name+"/"+title, func(t *testing.T) {
				e := d.Encode(nil, newVisit(change))
				require.Equal(t, visit.NotSkipped, e.Skip)
				assert.Equal(t, title == "long_user_agent", e.Cut)
				body := bodyOf(d, string(e.Bytes), string(e.Bytes)) // two, to show what stands between
				fixture.RequireFile(t, fixture.InRoot("testdata/body", name, title+".json"), string(body))
				assert.Len(t, send(t, d, body), 2)
			})
		}
	}
}

// TestScrunchSkips shows that a visit without a required field is skipped
// before the queue, because it would make Scrunch refuse its neighbours too.
func TestScrunchSkips(t *testing.T) {
	for title, c := range map[string]struct {
		change func(v *visit.Visit)
		domain string
		want   visit.SkipReason
	}{
		"no user agent":       {func(v *visit.Visit) { v.Text[visit.UserAgent] = "" }, "", visit.SkipNoUserAgent},
		"blank user agent":    {func(v *visit.Visit) { v.Text[visit.UserAgent] = " \t " }, "", visit.SkipNoUserAgent},
		"no status":           {func(v *visit.Visit) { v.Status = 0 }, "", visit.SkipNoStatus},
		"no host":             {func(v *visit.Visit) { v.Host = "" }, "", visit.SkipNoHost},
		"no host, but domain": {func(v *visit.Visit) { v.Host = "" }, "example.org", visit.NotSkipped},
	} {
		t.Run(title, func(t *testing.T) {
			v := usualVisit()
			c.change(v)
			e := scrunchEncoder(c.domain)([]byte("before"), v)
			assert.Equal(t, c.want, e.Skip)
			if c.want != visit.NotSkipped {
				assert.Equal(t, "before", string(e.Bytes), "the buffer is as it was")
			}
		})
	}
}

// TestImpossibleDurationIsLeftOut: nothing takes longer than a week to answer,
// but a duration read in the wrong unit does.
func TestImpossibleDurationIsLeftOut(t *testing.T) {
	for name, d := range allDestinations() {
		for duration, sent := range map[time.Duration]bool{0: true, visit.MaxDuration: true, visit.MaxDuration + 1: false, math.MaxInt64: false, -1: false, math.MinInt64: false} {
			t.Run(fmt.Sprint(name, " ", duration), func(t *testing.T) {
				v := usualVisit()
				v.Duration = duration
				text := string(d.Encode(nil, v).Bytes)
				assert.Equal(t, sent, strings.Contains(text, "response_duration") || strings.Contains(text, "response_time"))
				send(t, d, bodyOf(d, text))
			})
		}
	}
}

// TestVisitStaysWithinItsLimit fills every field beyond its limit.
func TestVisitStaysWithinItsLimit(t *testing.T) {
	for name, d := range allDestinations() {
		for _, filler := range []string{"x", `"`, "日", "\u2028", "\xff"} {
			t.Run(fmt.Sprintf("%s with %q", name, filler), func(t *testing.T) {
				v := fullVisit()
				for i := range v.Text {
					v.Text[i] = "a" + strings.Repeat(filler, visit.MaxTextBytes) + "b"
				}
				v.Host = strings.Repeat("a", 300)
				v.Path = "/" + strings.Repeat("a", visit.MaxTargetBytes/2-1)
				v.Query = strings.Repeat("%20", visit.MaxTargetBytes/6)
				e := d.Encode(nil, v)
				assert.True(t, e.Cut)
				assert.LessOrEqual(t, len(e.Bytes), visit.MaxVisitBytes)
				send(t, d, bodyOf(d, string(e.Bytes)))
			})
		}
	}
}

// TestAVisitIsTheSameAfterOthers: what is in the buffer before it is no part of its
// limits.
func TestAVisitIsTheSameAfterOthers(t *testing.T) {
	for name, d := range allDestinations() {
		t.Run(name, func(t *testing.T) {
			alone := d.Encode(nil, fullVisit())
			others := make([]byte, 10*visit.MaxVisitBytes)
			after := d.Encode(others, fullVisit())
			assert.Equal(t, string(alone.Bytes), string(after.Bytes[len(others):]))
			assert.Equal(t, alone.Cut, after.Cut)
		})
	}
}

// TestSignaturesAreSentWholeOrNotAtAll: a part of a signature would make a
// genuine agent look like a forged one.
func TestSignaturesAreSentWholeOrNotAtAll(t *testing.T) {
	d := allDestinations()["known_agents"]
	v := usualVisit()
	whole := "sig1=:" + strings.Repeat("A", 1000) + ":"
	v.Text[visit.RequestHeader("signature")] = whole
	v.Text[visit.RequestHeader("signature-agent")] = strings.Repeat("a", visit.MaxTextBytes+1)
	v.Text[visit.RequestHeader("signature-input")] = strings.Repeat("\"", visit.MaxTextBytes)
	e := d.Encode(nil, v)
	assert.True(t, e.Cut)
	headers := send(t, d, bodyOf(d, string(e.Bytes)))[0].KnownAgents.RequestHeaders
	assert.Equal(t, whole, headers["signature"])
	assert.NotContains(t, headers, "signature-agent")
	assert.NotContains(t, headers, "signature-input")
	assert.Contains(t, headers, "referer", "the others stay")
}

// TestABodyIsAsLargeAsItsFramingSays compares the sizes by which the queue fills
// bodies with bodies.
func TestABodyIsAsLargeAsItsFramingSays(t *testing.T) {
	for name, d := range allDestinations() {
		t.Run(name, func(t *testing.T) {
			assert.Zero(t, d.Framing.BodySize(0), "there is none without visits")
			lines := 0
			var visits []string
			for _, visit := range []string{"{}", `{"a":1}`, `{"b":22}`} {
				visits = append(visits, visit)
				lines += len(visit) + len(d.Framing.Separator)
				size := len(bodyOf(d, visits...))
				assert.Equal(t, size, d.Framing.BodySize(lines))
				assert.Equal(t, lines, d.Framing.Room(size), "they fit exactly")
			}
			assert.Zero(t, d.Framing.Room(0))
		})
	}
}
