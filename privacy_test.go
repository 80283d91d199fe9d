// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"testing"

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
	translator := newTranslator(newRules(cfg, fieldSet{}))
	translator.begin(arrival)
	v, skip := translator.span(span)
	require.Equal(t, notSkipped, skip)
	var ka fakeapi.KnownAgentsVisit
	var s fakeapi.ScrunchVisit
	require.NoError(t, json.Unmarshal(knownAgentsEncoder(cfg.Privacy.Headers.Request.addedNames(), cfg.Privacy.Headers.Response.addedNames())(nil, v).bytes, &ka))
	require.NoError(t, json.Unmarshal(scrunchEncoder("")(nil, v).bytes, &s))
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
			translator := newTranslator(newRules(VisitsConfig{Privacy: test.cfg}, fieldSet{}))
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
