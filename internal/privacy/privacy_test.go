// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/privacy"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// privateSpan holds an address in every place that can have one.
func privateSpan() ptrace.Span {
	td := fixture.NewTraces("/users/anna%40example.com/orders")
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
func leaving(t *testing.T, cfg translate.Config, span ptrace.Span) (fakeapi.KnownAgentsVisit, fakeapi.ScrunchVisit) {
	t.Helper()
	f := validation.NewFaults()
	cfg.Check(f)
	require.NoError(t, f.Err())
	translator := translate.NewTranslator(translate.NewRules(cfg, visit.FieldSet{}), time.UTC)
	translator.Begin(fixture.Arrival)
	v, skip := translator.Span(span)
	require.Equal(t, visit.NotSkipped, skip)
	var ka fakeapi.KnownAgentsVisit
	var s fakeapi.ScrunchVisit
	require.NoError(t, json.Unmarshal(destination.knownAgentsEncoder(cfg.Privacy.Headers.Added())(nil, v).Bytes, &ka))
	require.NoError(t, json.Unmarshal(translation.EncodeForScrunch(nil, v).Bytes, &s))
	return ka, s
}

func TestAddressesAreCutToTheirNetworkEverywhere(t *testing.T) {
	headers := privacy.HeadersConfig{Request: privacy.HeaderListConfig{Add: []string{"X-User-IP"}}}
	ka, s := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: "truncate"}, Privacy: privacy.Config{Headers: headers}}, privateSpan())
	assert.Equal(t, map[string]string{
		"user-agent": "ExampleBot/1.0", "referer": "https://example.org/anna%40example.com?utm_medium=x&page=3",
		"x-forwarded-for": "192.0.2.0, 2001:db8:1::, 192.0.2.0", "forwarded": `for="[2001:db8:1::]";proto=https, for=192.0.2.0`,
		"x-user-ip": "192.0.2.0",
	}, ka.RequestHeaders)
	assert.Equal(t, "192.0.2.0", s.IP)
}

func TestAddressesAreLeftOutEverywhere(t *testing.T) {
	ka, s := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: "omit"}}, privateSpan())
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
	told := append(slices.Clone(translate.clientHeaderNames), "via", "from")
	for text, cut := range addressForms {
		span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		for _, name := range told {
			span.Attributes().PutStr("http.request.header."+name, text)
		}
		for _, mode := range []string{"truncate", "omit"} {
			ka, s := leaving(t, translate.Config{ClientIP: translate.ClientIPConfig{Mode: mode}}, span)
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
		cfg           privacy.QueryConfig
		path, referer string
	}{
		"redacted by default": {privacy.QueryConfig{}, "?utm_source=chatgpt.com&page=2&state=REDACTED&voucher=v1", "?utm_medium=x&page=3"},
		"own secrets":         {privacy.QueryConfig{SecretKeys: []string{"Page"}}, "?utm_source=chatgpt.com&page=REDACTED&state=REDACTED&voucher=v1", "?utm_medium=x&page=REDACTED"},
		"no secret":           {privacy.QueryConfig{Mode: "redact", KeepKeys: []string{"state"}}, "?utm_source=chatgpt.com&page=2&state=bavaria&voucher=v1", "?utm_medium=x&page=3"},
		"some kept":           {privacy.QueryConfig{Mode: "keep", KeepKeys: []string{"utm_*", "state"}}, "?utm_source=chatgpt.com&state=REDACTED", "?utm_medium=x"},
		"dropped":             {privacy.QueryConfig{Mode: "drop"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			ka, s := leaving(t, translate.Config{Privacy: privacy.Config{Query: test.cfg}}, privateSpan())
			assert.Equal(t, "/users/anna%40example.com/orders"+test.path, ka.RequestPath)
			assert.Equal(t, "https://www.example.com/users/anna%40example.com/orders"+test.path, s.URL)
			assert.Equal(t, "https://example.org/anna%40example.com"+test.referer, ka.RequestHeaders["referer"])
		})
	}
}

func TestPatternsAreReplacedInPaths(t *testing.T) {
	cfg := translate.Config{Privacy: privacy.Config{ReplaceInPaths: []privacy.PathReplacement{{Pattern: `[^/]+(@|%40)[^/?]+`, With: "{e mail}"}, {Pattern: "^/users", With: ""}}}}
	ka, s := leaving(t, cfg, privateSpan())
	assert.Equal(t, "/%7Be%20mail%7D/orders?utm_source=chatgpt.com&page=2&state=REDACTED&voucher=v1", ka.RequestPath)
	assert.Equal(t, "/%7Be%20mail%7D/orders", s.Path)
	assert.Equal(t, "https://example.org/%7Be%20mail%7D?utm_medium=x&page=3", ka.RequestHeaders["referer"])
}

func TestHeadersAreAddedAndRemoved(t *testing.T) {
	cfg := translate.Config{Privacy: privacy.Config{Headers: privacy.HeadersConfig{
		Request:  privacy.HeaderListConfig{Add: []string{"X-Request-ID"}, Remove: []string{"Referer", "x_forwarded_for", "forwarded", "via"}},
		Response: privacy.HeaderListConfig{Add: []string{"x-cache"}},
	}}}
	ka, s := leaving(t, cfg, privateSpan())
	assert.Equal(t, map[string]string{"user-agent": "ExampleBot/1.0", "x-request-id": "r-1", "x-forwarded-for": "192.0.2.10"}, ka.RequestHeaders,
		"the address stays, without the chain")
	assert.Equal(t, map[string]string{"x-cache": "HIT"}, ka.ResponseHeaders)
	assert.Equal(t, "192.0.2.10", s.IP)
}

func TestOnlyTheChosenVisitorsAreDelivered(t *testing.T) {
	for name, test := range map[string]struct {
		cfg  privacy.Config
		key  string
		text string
		want visit.SkipReason
	}{
		"everybody":                        {privacy.Config{Who: "everybody"}, "user_agent.original", "Mozilla/5.0 Chrome/126", visit.NotSkipped},
		"an agent":                         {privacy.Config{Who: "agents"}, "user_agent.original", "Mozilla/5.0 (compatible; gptbot/1.2)", visit.NotSkipped},
		"an agent of one's own":            {privacy.Config{Who: "agents", Agents: []string{"exampleBOT"}}, "", "", visit.NotSkipped},
		"a person":                         {privacy.Config{Who: "agents"}, "user_agent.original", "Mozilla/5.0 Chrome/126", visit.SkipWho},
		"an unknown agent":                 {privacy.Config{Who: "agents_and_referred"}, "", "", visit.SkipWho},
		"a browser that signs":             {privacy.Config{Who: "agents"}, "http.request.header.signature-agent", `"https://chatgpt.com"`, visit.NotSkipped},
		"a person whom an answer sent":     {privacy.Config{Who: "agents_and_referred"}, "http.request.header.referer", "https://chatgpt.com/", visit.NotSkipped},
		"a person with the answer's tag":   {privacy.Config{Who: "agents_and_referred", Query: privacy.QueryConfig{Mode: "drop"}}, "url.query", "utm_source=chatgpt.com", visit.NotSkipped},
		"people sent, but agents alone":    {privacy.Config{Who: "agents"}, "http.request.header.referer", "https://chatgpt.com/", visit.SkipWho},
		"a person whom a search site sent": {privacy.Config{Who: "agents_and_referred"}, "http.request.header.referer", "https://example.org/", visit.SkipWho},
	} {
		t.Run(name, func(t *testing.T) {
			span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
			if test.key != "" {
				span.Attributes().PutStr(test.key, test.text)
			}
			translator := translate.NewTranslator(translate.NewRules(translate.Config{Privacy: test.cfg}, visit.FieldSet{}), time.UTC)
			translator.Begin(fixture.Arrival)
			_, skip := translator.Span(span)
			assert.Equal(t, visit.SkipReasons[test.want], visit.SkipReasons[skip])
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
	cfg := translate.Config{
		ClientIP: translate.ClientIPConfig{Mode: "omit"},
		Privacy:  privacy.Config{Query: privacy.QueryConfig{Mode: "drop"}, ReplaceInPaths: []privacy.PathReplacement{{Pattern: ".", With: "-"}}},
	}
	ka, _ := leaving(t, cfg, span)
	for name, text := range want {
		assert.Equal(t, text, ka.RequestHeaders[name])
	}
}

func TestCredentialsCannotBeAdded(t *testing.T) {
	for _, name := range fixture.CanaryHeaders[:28] {
		assert.True(t, privacy.IsCredentialHeader(name), name)
	}
	for _, name := range append(visit.RequestHeaders[:], visit.ResponseHeaders[:]...) {
		assert.False(t, privacy.IsCredentialHeader(name), name)
	}
	assert.False(t, privacy.IsCredentialHeader("x-request-id"))
}

func TestThePrivacyPageNamesEveryFieldThatLeaves(t *testing.T) {
	page := fixture.ReadFile(t, "docs/privacy.md")
	vendors := map[string]*destination.Destination{"## Known Agents": destination.KnownAgents(&destination.KnownAgentsConfig{}, nil, nil), "## Scrunch": destination.Scrunch(&destination.ScrunchConfig{})}
	for heading, d := range vendors {
		for _, name := range d.Fields {
			fixture.AssertMentions(t, fixture.Section(t, page, heading), "`"+name+"`", "docs/privacy.md must say what leaves")
		}
	}
	for _, name := range append(visit.RequestHeaders[:], visit.ResponseHeaders[:]...) {
		fixture.AssertMentions(t, fixture.Section(t, page, "## Known Agents"), "`"+name+"`", "docs/privacy.md must say what leaves")
	}
	for _, mode := range append(append(privacy.whoModes, privacy.ClientIPModes...), visit.SkipReasons[visit.SkipWho]) {
		fixture.AssertMentions(t, page, "`"+mode+"`", "docs/privacy.md must explain the choice")
	}
}
