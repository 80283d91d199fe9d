// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

// privateSpan holds an address in every place that can have one.
func privateSpan() ptrace.Span {
	td := newTraces("/users/anna%40example.com/orders")
	span := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	a := span.Attributes()
	a.PutStr("url.query", "utm_source=chatgpt.com&page=2&state=bavaria&voucher=v1")
	a.PutStr("http.request.header.referer", "https://example.org/anna%40example.com?utm_medium=x&page=3")
	a.PutStr("http.request.header.x-forwarded-for", "192.0.2.10, 2001:db8:1:2::3, unknown, 192.0.2.11:4711")
	a.PutStr("http.request.header.forwarded", `for="[2001:db8:1:2::3]:80";proto=https;by=192.0.2.9, for=192.0.2.10`)
	a.PutStr("http.request.header.via", "1.1 192.0.2.12")
	a.PutStr("http.request.header.x-request-id", "r-1")
	a.PutStr("http.request.header.x-user-ip", "192.0.2.13")
	a.PutStr("http.response.header.x-cache", "HIT")
	return span
}

// leaving is what both APIs get of the span.
func leaving(t *testing.T, cfg VisitsConfig, span ptrace.Span) (fakeapi.KnownAgentsVisit, fakeapi.ScrunchVisit) {
	t.Helper()
	f := newFaults()
	cfg.check(f)
	require.NoError(t, f.err())
	translator := newTranslator(newRules(cfg, fieldSet{}), time.UTC)
	translator.begin(arrival)
	v, skip := translator.span(span)
	require.Equal(t, notSkipped, skip)
	var ka fakeapi.KnownAgentsVisit
	var s fakeapi.ScrunchVisit
	require.NoError(t, json.Unmarshal(knownAgentsEncoder(cfg.Privacy.Headers.added())(nil, v).bytes, &ka))
	require.NoError(t, json.Unmarshal(encodeForScrunch(nil, v).bytes, &s))
	return ka, s
}

func TestAddressesAreCutToTheirNetworkEverywhere(t *testing.T) {
	headers := HeadersConfig{Request: HeaderListConfig{Add: []string{"X-User-IP"}}}
	ka, s := leaving(t, VisitsConfig{ClientIP: ClientIPConfig{Mode: "truncate"}, Privacy: PrivacyConfig{Headers: headers}}, privateSpan())
	assert.Equal(t, map[string]string{
		"user-agent": "ExampleBot/1.0", "referer": "https://example.org/anna%40example.com?utm_medium=x&page=3",
		"x-forwarded-for": "192.0.2.0, 2001:db8:1::, 192.0.2.0", "forwarded": `for="[2001:db8:1::]";proto=https, for=192.0.2.0`,
		"x-user-ip": "192.0.2.0",
	}, ka.RequestHeaders)
	assert.Equal(t, "192.0.2.0", s.IP)
}

func TestAddressesAreLeftOutEverywhere(t *testing.T) {
	ka, s := leaving(t, VisitsConfig{ClientIP: ClientIPConfig{Mode: "omit"}}, privateSpan())
	assert.Equal(t, map[string]string{"user-agent": "ExampleBot/1.0", "referer": "https://example.org/anna%40example.com?utm_medium=x&page=3"}, ka.RequestHeaders)
	assert.Empty(t, s.IP)
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
	headers := HeadersConfig{
		Request:  HeaderListConfig{Add: []string{"x-visitor", "x-other"}},
		Response: HeaderListConfig{Add: []string{"x-visitor"}},
	}
	leavingOf := func(t *testing.T, mode, text string) (string, string) {
		t.Helper()
		span := newTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		span.Attributes().PutStr("http.request.header.x-visitor", text)
		span.Attributes().PutStr("http.response.header.x-visitor", text)
		ka, _ := leaving(t, VisitsConfig{ClientIP: ClientIPConfig{Mode: mode}, Privacy: PrivacyConfig{Headers: headers}}, span)
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
		for _, mode := range clientIPModes {
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
	told := append(slices.Clone(clientHeaderNames), "via", "from")
	for text, cut := range addressForms {
		span := newTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		for _, name := range told {
			span.Attributes().PutStr("http.request.header."+name, text)
		}
		for _, mode := range []string{"truncate", "omit"} {
			ka, s := leaving(t, VisitsConfig{ClientIP: ClientIPConfig{Mode: mode}}, span)
			delete(ka.RequestHeaders, "user-agent")
			for name, left := range ka.RequestHeaders {
				assert.Equal(t, "truncate", mode, "%s: %s", name, left)
				assert.False(t, strings.Contains(left, "203.0.113.9") || strings.Contains(left, ":9") || strings.Contains(left, "cb00:7109"), "%s: %s", name, left)
			}
			assert.NotContains(t, ka.RequestHeaders, "via")
			if cut == "" || mode == "omit" {
				assert.NotContains(t, ka.RequestHeaders, "from", text)
			}
			assert.NotContains(t, s.IP, "113.9")
			assert.NotContains(t, s.IP, "7109")
		}
	}
}

func TestQueriesAreDeliveredAsChosen(t *testing.T) {
	for name, test := range map[string]struct {
		cfg           QueryConfig
		path, referer string
	}{
		"redacted by default": {QueryConfig{}, "?utm_source=chatgpt.com&page=2&state=REDACTED&voucher=v1", "?utm_medium=x&page=3"},
		"own secrets":         {QueryConfig{SecretKeys: []string{"Page"}}, "?utm_source=chatgpt.com&page=REDACTED&state=REDACTED&voucher=v1", "?utm_medium=x&page=REDACTED"},
		"no secret":           {QueryConfig{Mode: "redact", KeepKeys: []string{"state"}}, "?utm_source=chatgpt.com&page=2&state=bavaria&voucher=v1", "?utm_medium=x&page=3"},
		"some kept":           {QueryConfig{Mode: "keep", KeepKeys: []string{"utm_*", "state"}}, "?utm_source=chatgpt.com&state=REDACTED", "?utm_medium=x"},
		"dropped":             {QueryConfig{Mode: "drop"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			ka, s := leaving(t, VisitsConfig{Privacy: PrivacyConfig{Query: test.cfg}}, privateSpan())
			assert.Equal(t, "/users/anna%40example.com/orders"+test.path, ka.RequestPath)
			assert.Equal(t, "https://www.example.com/users/anna%40example.com/orders"+test.path, s.URL)
			assert.Equal(t, "https://example.org/anna%40example.com"+test.referer, ka.RequestHeaders["referer"])
		})
	}
}

func TestPatternsAreReplacedInPaths(t *testing.T) {
	cfg := VisitsConfig{Privacy: PrivacyConfig{ReplaceInPaths: []PathReplacement{{Pattern: `[^/]+(@|%40)[^/?]+`, With: "{e mail}"}, {Pattern: "^/users", With: ""}}}}
	ka, s := leaving(t, cfg, privateSpan())
	assert.Equal(t, "/%7Be%20mail%7D/orders?utm_source=chatgpt.com&page=2&state=REDACTED&voucher=v1", ka.RequestPath)
	assert.Equal(t, "/%7Be%20mail%7D/orders", s.Path)
	assert.Equal(t, "https://example.org/%7Be%20mail%7D?utm_medium=x&page=3", ka.RequestHeaders["referer"])
}

func TestHeadersAreAddedAndRemoved(t *testing.T) {
	cfg := VisitsConfig{Privacy: PrivacyConfig{Headers: HeadersConfig{
		Request:  HeaderListConfig{Add: []string{"X-Request-ID"}, Remove: []string{"Referer", "x_forwarded_for", "forwarded", "via"}},
		Response: HeaderListConfig{Add: []string{"x-cache"}},
	}}}
	ka, s := leaving(t, cfg, privateSpan())
	assert.Equal(t, map[string]string{"user-agent": "ExampleBot/1.0", "x-request-id": "r-1", "x-forwarded-for": "192.0.2.10"}, ka.RequestHeaders,
		"the address stays, without the chain")
	assert.Equal(t, map[string]string{"x-cache": "HIT"}, ka.ResponseHeaders)
	assert.Equal(t, "192.0.2.10", s.IP)
}

func TestOnlyTheChosenVisitorsAreDelivered(t *testing.T) {
	for name, test := range map[string]struct {
		cfg  PrivacyConfig
		key  string
		text string
		want skipReason
	}{
		"everybody":                        {PrivacyConfig{Who: "everybody"}, "user_agent.original", "Mozilla/5.0 Chrome/126", notSkipped},
		"an agent":                         {PrivacyConfig{Who: "agents"}, "user_agent.original", "Mozilla/5.0 (compatible; gptbot/1.2)", notSkipped},
		"an agent of one's own":            {PrivacyConfig{Who: "agents", Agents: []string{"exampleBOT"}}, "", "", notSkipped},
		"a person":                         {PrivacyConfig{Who: "agents"}, "user_agent.original", "Mozilla/5.0 Chrome/126", skipWho},
		"an unknown agent":                 {PrivacyConfig{Who: "agents_and_referred"}, "", "", skipWho},
		"a browser that signs":             {PrivacyConfig{Who: "agents"}, "http.request.header.signature-agent", `"https://chatgpt.com"`, notSkipped},
		"a person whom an answer sent":     {PrivacyConfig{Who: "agents_and_referred"}, "http.request.header.referer", "https://chatgpt.com/", notSkipped},
		"a person with the answer's tag":   {PrivacyConfig{Who: "agents_and_referred", Query: QueryConfig{Mode: "drop"}}, "url.query", "utm_source=chatgpt.com", notSkipped},
		"people sent, but agents alone":    {PrivacyConfig{Who: "agents"}, "http.request.header.referer", "https://chatgpt.com/", skipWho},
		"a person whom a search site sent": {PrivacyConfig{Who: "agents_and_referred"}, "http.request.header.referer", "https://example.org/", skipWho},
	} {
		t.Run(name, func(t *testing.T) {
			span := newTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
			if test.key != "" {
				span.Attributes().PutStr(test.key, test.text)
			}
			translator := newTranslator(newRules(VisitsConfig{Privacy: test.cfg}, fieldSet{}), time.UTC)
			translator.begin(arrival)
			_, skip := translator.span(span)
			assert.Equal(t, skipReasons[test.want], skipReasons[skip])
		})
	}
}

// A verifier needs the three headers of Web Bot Auth as they were sent.
func TestSignaturesPassByteForByte(t *testing.T) {
	want := map[string]string{
		"signature":       "sig1=:dG9rZW49c2VjcmV0P2E9YiMv==:, sig2=:AA@BB//CC==:",
		"signature-input": `sig1=("@authority" "signature-agent";key="g");created=1700000000;keyid="token=abc&key=x";tag="web-bot-auth"`,
		"signature-agent": `g="https://user:pass@agent.example/?token=x#y"`,
	}
	span := privateSpan()
	for name, text := range want {
		span.Attributes().PutStr("http.request.header."+name, text)
	}
	cfg := VisitsConfig{
		ClientIP: ClientIPConfig{Mode: "omit"},
		Privacy:  PrivacyConfig{Query: QueryConfig{Mode: "drop"}, ReplaceInPaths: []PathReplacement{{Pattern: ".", With: "-"}}},
	}
	ka, _ := leaving(t, cfg, span)
	for name, text := range want {
		assert.Equal(t, text, ka.RequestHeaders[name])
	}
}

func TestCredentialsCannotBeAdded(t *testing.T) {
	for _, name := range canaryHeaders[:28] {
		assert.True(t, isCredentialHeader(name), name)
	}
	for _, name := range append(requestHeaders[:], responseHeaders[:]...) {
		assert.False(t, isCredentialHeader(name), name)
	}
	assert.False(t, isCredentialHeader("x-request-id"))
}

func TestThePrivacyPageNamesEveryFieldThatLeaves(t *testing.T) {
	page := readFile(t, "docs/privacy.md")
	vendors := map[string]*destination{"## Known Agents": knownAgents(&KnownAgentsConfig{}, nil, nil), "## Scrunch": scrunch(&ScrunchConfig{})}
	for heading, d := range vendors {
		for _, name := range d.fields {
			assertMentions(t, section(t, page, heading), "`"+name+"`", "docs/privacy.md must say what leaves")
		}
	}
	for _, name := range append(requestHeaders[:], responseHeaders[:]...) {
		assertMentions(t, section(t, page, "## Known Agents"), "`"+name+"`", "docs/privacy.md must say what leaves")
	}
	for _, mode := range append(append(whoModes, clientIPModes...), skipReasons[skipWho]) {
		assertMentions(t, page, "`"+mode+"`", "docs/privacy.md must explain the choice")
	}
}
