// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestAddressesAreCutToTheirNetworkEverywhere(t *testing.T) {
	headers := privacy.HeadersConfig{Request: privacy.HeaderListConfig{Add: []string{"X-User-IP"}}}
	ka, s := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: "truncate"}, Privacy: privacy.Config{Headers: headers}}, privateSpan())
	assert.Equal(t, map[string]string{
		"user-agent": "ExampleBot/1.0", "referer": "https://example.org/anna%40example.com?utm_medium=x&page=3",
		"x-forwarded-for": "192.0.2.0, 2001:db8:1::, 192.0.2.0", "forwarded": `for=192.0.2.0;proto=https, for="[2001:db8:1::]"`,
		"x-user-ip": "192.0.2.0", "host": "www.example.com",
	}, ka.RequestHeaders)
	assert.Equal(t, "192.0.2.0", s.IP)
}

// TestNoHeaderThatNamesClientsKeepsAnAddress tries each of them, with From, Via and an added one.
func TestNoHeaderThatNamesClientsKeepsAnAddress(t *testing.T) {
	names := append(slices.Clone(visit.RequestHeaders[visit.ForwardedFor-visit.FirstRequestHeader:visit.Via-visit.FirstRequestHeader+1]), "from", "x-user-ip")
	added := privacy.Config{Headers: privacy.HeadersConfig{Request: privacy.HeaderListConfig{Add: []string{"x-user-ip"}}}}
	for _, name := range names {
		text, network := "198.51.100.7", "198.51.100.0"
		switch name {
		case "forwarded":
			text, network = "for=198.51.100.7", "for=198.51.100.0"
		case "via":
			text, network = "1.1 198.51.100.7", ""
		case "cloudfront-viewer-address":
			text = "198.51.100.7:4711"
		}
		for mode, want := range map[string]string{"full": text, "truncate": network, "omit": ""} {
			t.Run(name+", "+mode, func(t *testing.T) {
				span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
				span.Attributes().PutStr("http.request.header."+name, text)
				span.Attributes().PutStr("client.address", "198.51.100.7")
				ka, s := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: mode}, Privacy: added}, span)
				assert.Equal(t, want, ka.RequestHeaders[name])
				if mode != "full" {
					assert.NotContains(t, strings.Join(slices.Collect(maps.Values(ka.RequestHeaders)), " ")+s.IP, "198.51.100.7")
				}
			})
		}
	}
}

func TestForwardedKeepsBracketsAroundNetworks(t *testing.T) {
	span := privateSpan()
	span.Attributes().PutStr("http.request.header.x-forwarded-for", "2001:db8::9")
	span.Attributes().PutStr("http.request.header.forwarded", `for="[::1]";proto=http, for="[2001:db8::9]:80"`)
	ka, _ := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: "truncate"}}, span)
	assert.Equal(t, `for="[::]";proto=http, for="[2001:db8::]"`, ka.RequestHeaders["forwarded"])
}

func TestAddressesAreLeftOutEverywhere(t *testing.T) {
	ka, s := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: "omit"}}, privateSpan())
	assert.Equal(t, map[string]string{"user-agent": "ExampleBot/1.0", "referer": "https://example.org/anna%40example.com?utm_medium=x&page=3", "host": "www.example.com"}, ka.RequestHeaders)
	assert.Empty(t, s.IP)
}

func TestAnAddressWhoseHeadersAreRemovedDoesNotLeaveAsAnotherHeader(t *testing.T) {
	for name, c := range map[string]struct {
		remove []string
		want   map[string]string // headers with addresses
	}{
		"all of them":                  {[]string{"x-forwarded-for", "X-Real-IP", "forwarded", "via"}, map[string]string{}},
		"that which is made otherwise": {[]string{"x_forwarded_for"}, map[string]string{"x-real-ip": "198.51.100.7"}},
		"another":                      {[]string{"x-real-ip"}, map[string]string{"x-forwarded-for": "198.51.100.7"}},
	} {
		for from, attributes := range map[string]map[string]string{
			"the span":    {"client.address": "198.51.100.7"},
			"the headers": {"http.request.header.x-real-ip": "198.51.100.7", "http.request.header.x-forwarded-for": "198.51.100.7"},
		} {
			t.Run(name+", found in "+from, func(t *testing.T) {
				span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
				for key, text := range attributes {
					span.Attributes().PutStr(key, text)
				}
				cfg := translate.Config{Privacy: privacy.Config{Headers: privacy.HeadersConfig{Request: privacy.HeaderListConfig{Remove: c.remove}}}}
				ka, s := leaving(t, cfg, span)
				for header, text := range c.want {
					if _, captured := attributes["http.request.header."+header]; captured || header == "x-forwarded-for" {
						assert.Equal(t, text, ka.RequestHeaders[header], header)
					}
				}
				for header, text := range ka.RequestHeaders {
					if c.want[header] == "" {
						assert.NotContains(t, text, "198.51.100.7", header)
					}
				}
				assert.Equal(t, "198.51.100.7", s.IP, "Scrunch gets no headers: visits::client_ip::mode is for its field")
			})
		}
	}
}

// addressForms are ways in which a header of any name can hold an address, with
// what truncation leaves of it.
var addressForms = map[string]string{
	"203.0.113.9":                                "203.0.113.0",
	"203.0.113.9:4711":                           "203.0.113.0",
	"203.0.113.9, 198.51.100.7":                  "203.0.113.0, 198.51.100.0",
	"203.0.113.9, unknown":                       "203.0.113.0",
	"2001:db8:1:2::9":                            "2001:db8:1::",
	"[2001:db8:1:2::9]:4711":                     "2001:db8:1::",
	"::ffff:203.0.113.9":                         "203.0.113.0",
	"2002:cb00:7109::1":                          "2002:cb00:7100::", // 6to4 has the IPv4 address in its first 48 bits
	"ip=203.0.113.9":                             "",
	"client:203.0.113.9":                         "",
	"unknown; 203.0.113.9":                       "",
	"203.0.113.9 198.51.100.7":                   "",
	"203.0.113.9/32":                             "",
	"for=203.0.113.9;proto=https":                "",
	`{"client":{"ip":"203.0.113.9"}}`:            "",
	`{"client":{"ip":"2001:db8:1:2::9"}}`:        "",
	"1.1 203.0.113.9 (proxy)":                    "",
	"visitor@[203.0.113.9]":                      "",
	"https://203.0.113.9/x":                      "",
	"https://[2001:db8:1:2::9]/x":                "",
	"203%2E0%2e113%2E9":                          "",
	"203%252E0%252E113%252E9":                    "",
	"ip%3D2001%3Adb8%3A1%3A2%3A%3A9":             "",
	"ip:2001:db8:1:2::9":                         "",
	"ec2-203-0-113-9.compute.example":            "",
	"9.113.0.203.in-addr.arpa":                   "",
	"host_203_0_113_9":                           "",
	"203.000.113.009":                            "",
	"2001:0db8:0001:0002:0000:0000:0000:0009 x":  "",
	"2001-0db8-0001-0002-0000-0000-0000-0009.ip": "",
}

// noAddresses are what added headers usually hold.
var noAddresses = []string{
	"r-1", "2f1c8a52-7d0e-4b5a-9c1f-0123456789ab", "12345678-1234-1234-1234-123456789012", "0af7651916cd43dd8448eb211c80319c",
	"Root=1-67891233-abcdef012345678912345678", "HIT", "max-age=31536000; includeSubDomains", "Mon, 04 May 2026 09:15:02 GMT",
	"2026-05-04T09:15:02.120Z", "12:30:45", "126.0.6478.127", "1.2.3", "gzip, br;q=0.8", "00:1a:2b:3c:4d:5e", "en-US,en;q=0.9", "5.0.300.2", "",
}

func TestAddressesInAddedHeadersDoNotLeave(t *testing.T) {
	headers := privacy.HeadersConfig{
		Request:  privacy.HeaderListConfig{Add: []string{"x-visitor", "x-other"}},
		Response: privacy.HeaderListConfig{Add: []string{"x-visitor"}},
	}
	leavingOf := func(t *testing.T, mode, text string) (string, string) {
		t.Helper()
		span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		span.Attributes().PutStr("http.request.header.x-visitor", text)
		span.Attributes().PutStr("http.response.header.x-visitor", text)
		ka, _ := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: mode}, Privacy: privacy.Config{Headers: headers}}, span)
		return ka.RequestHeaders["x-visitor"], ka.ResponseHeaders["x-visitor"]
	}
	for text, cut := range addressForms {
		for mode, want := range map[string]string{"full": text, "truncate": cut, "omit": ""} {
			t.Run(mode+" "+text, func(t *testing.T) {
				request, response := leavingOf(t, mode, text)
				assert.Equal(t, want, request)
				assert.Equal(t, want, response)
			})
		}
	}
	for _, text := range noAddresses {
		for _, mode := range privacy.ClientIPModes {
			t.Run(mode+" "+text, func(t *testing.T) {
				request, response := leavingOf(t, mode, text)
				assert.Equal(t, text, request)
				assert.Equal(t, text, response)
			})
		}
	}
}

// TestAddressesLeaveInNoHeader puts an address into every header of the list that
// can name the visitor.
func TestAddressesLeaveInNoHeader(t *testing.T) {
	told := append(slices.Clone(visit.RequestHeaders[visit.ForwardedFor-visit.FirstRequestHeader:visit.ViewerAddress-visit.FirstRequestHeader+1]), "via", "from")
	for text, cut := range addressForms {
		span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		for _, name := range told {
			span.Attributes().PutStr("http.request.header."+name, text)
		}
		for _, mode := range []string{"truncate", "omit"} {
			t.Run(mode+" "+text, func(t *testing.T) {
				ka, s := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: mode}}, span)
				delete(ka.RequestHeaders, "user-agent")
				delete(ka.RequestHeaders, "host")
				for name, left := range ka.RequestHeaders {
					assert.Equal(t, "truncate", mode, "%s: %s", name, left)
					assert.False(t, strings.Contains(left, "203.0.113.9") || strings.Contains(left, ":9") || strings.Contains(left, "cb00:7109"), "%s: %s", name, left)
				}
				assert.NotContains(t, ka.RequestHeaders, "via")
				if cut == "" || mode == "omit" {
					assert.NotContains(t, ka.RequestHeaders, "from")
				}
				assert.NotContains(t, s.IP, "113.9")
				assert.NotContains(t, s.IP, "7109")
			})
		}
	}
}

// The page docs/privacy.md says so.
func TestHeadersThatNameNoClientStayAsTheyAre(t *testing.T) {
	const text = "203.0.113.9"
	for i, name := range visit.RequestHeaders {
		field := visit.FirstRequestHeader + visit.Field(i)
		if field >= visit.ForwardedFor && field <= visit.Via || name == "from" {
			continue
		}
		span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		span.Attributes().PutStr("http.request.header."+name, text)
		span.Attributes().PutStr("user_agent.original", text)
		for _, mode := range privacy.ClientIPModes {
			t.Run(mode+" "+name, func(t *testing.T) {
				ka, _ := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: mode}}, span)
				assert.Equal(t, text, ka.RequestHeaders[name])
			})
		}
	}
}
