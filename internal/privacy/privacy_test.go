// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
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
	a.PutStr("http.request.header.forwarded", `for=192.0.2.10;proto=https;by=192.0.2.9, for="[2001:db8:1:2::3]:80"`)
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
	request, response := cfg.Privacy.Headers.Added()
	knownAgents := destination.KnownAgents(&destination.KnownAgentsConfig{}, request, response)
	var ka fakeapi.KnownAgentsVisit
	var s fakeapi.ScrunchVisit
	require.NoError(t, json.Unmarshal(knownAgents.Encode(nil, v).Bytes, &ka))
	require.NoError(t, json.Unmarshal(translation.EncodeForScrunch(nil, v).Bytes, &s))
	return ka, s
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
		Request:  privacy.HeaderListConfig{Add: []string{"X-Request-ID"}, Remove: []string{"Referer", "x_forwarded_for", "forwarded", "via", "Host"}},
		Response: privacy.HeaderListConfig{Add: []string{"x-cache"}},
	}}}
	ka, s := leaving(t, cfg, privateSpan())
	assert.Equal(t, map[string]string{"user-agent": "ExampleBot/1.0", "x-request-id": "r-1"}, ka.RequestHeaders,
		"the address leaves in no other header")
	assert.Equal(t, map[string]string{"x-cache": "HIT"}, ka.ResponseHeaders)
	assert.Equal(t, "192.0.2.10", s.IP)
}

func TestSecretsLeaveNoAddedHeader(t *testing.T) {
	span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	for _, name := range []string{"request.header.x-a", "request.header.x-b", "response.header.x-c", "response.header.x-d"} {
		span.Attributes().PutStr("http."+name, "https://user:s3@h/?token=s3&page=1")
	}
	ka, _ := leaving(t, translate.Config{Privacy: privacy.Config{Headers: privacy.HeadersConfig{
		Request:  privacy.HeaderListConfig{Add: []string{"x-a", "x-b"}},
		Response: privacy.HeaderListConfig{Add: []string{"x-c", "x-d"}},
	}}}, span)
	for _, left := range []string{ka.RequestHeaders["x-a"], ka.RequestHeaders["x-b"], ka.ResponseHeaders["x-c"], ka.ResponseHeaders["x-d"]} {
		assert.Equal(t, "https://h/?token=REDACTED&page=1", left)
	}
}

func TestURLsOutsideOfTheHeadersThatHoldURLsLeaveAsTheyAre(t *testing.T) {
	const url = "https://someone:s3@h.example/?page=1&x=y#top"
	span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	for key, text := range map[string]string{
		"user_agent.original": "ExampleBot/1.0 (+" + url + ")", "http.request.header.via": "1.1 " + url, "http.response.header.x-robots-tag": url,
		"mcp.method.name": "initialize", "mcp.client.name": url,
	} {
		span.Attributes().PutStr(key, text)
	}
	ka, _ := leaving(t, translate.Config{}, span)
	assert.Equal(t, "ExampleBot/1.0 (+"+url+")", ka.RequestHeaders["user-agent"])
	assert.Equal(t, "1.1 "+url, ka.RequestHeaders["via"])
	assert.Equal(t, url, ka.ResponseHeaders["x-robots-tag"])
	assert.Equal(t, url, ka.MCPRequestClientInfoName)
}

func TestTokensLeaveInNoField(t *testing.T) {
	const token = "glpat-FAKEfake1234FAKEfake"
	span := fixture.NewTraces("/hooks/" + token + "/run").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	for key, text := range map[string]string{
		"url.query": "ref=Bearer%20" + token + "&page=2", "http.request.header.referer": "https://example.org/" + token + "?x=" + token,
		"http.response.header.location": "/to/" + token, "mcp.method.name": "tools/call", "gen_ai.tool.name": "run_" + token,
	} {
		span.Attributes().PutStr(key, text)
	}
	ka, s := leaving(t, translate.Config{}, span)
	assert.Equal(t, "/hooks/REDACTED/run?ref=REDACTED&page=2", ka.RequestPath)
	assert.Equal(t, "https://www.example.com/hooks/REDACTED/run?ref=REDACTED&page=2", s.URL)
	assert.Equal(t, "/hooks/REDACTED/run", s.Path)
	assert.Equal(t, "https://example.org/REDACTED?x=REDACTED", ka.RequestHeaders["referer"])
	assert.Equal(t, "/to/REDACTED", ka.ResponseHeaders["location"])
	delivered, err := json.Marshal(ka)
	require.NoError(t, err)
	assert.NotContains(t, string(delivered), token)
}

func TestOnlyTheChosenVisitorsAreDelivered(t *testing.T) {
	const (
		agentsOnly, andReferred = "agents", "agents_and_referred"
		person                  = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
		crawler                 = "Mozilla/5.0 (compatible; gptbot/1.2)"
		ourBot                  = "Mozilla/5.0 (compatible; OurBot/1.0; +https://example.com/bot)"
		referer, tag            = "http.request.header.referer", "utm_source=chatgpt.com"
	)
	for name, test := range map[string]struct {
		cfg       privacy.Config
		userAgent string
		key, text string
		want      visit.SkipReason
	}{
		"everybody":                        {privacy.Config{Who: "everybody"}, person, "", "", visit.NotSkipped},
		"an agent":                         {privacy.Config{Who: agentsOnly}, crawler, "", "", visit.NotSkipped},
		"an agent of one's own":            {privacy.Config{Who: agentsOnly, Agents: []string{"ourBOT"}}, ourBot, "", "", visit.NotSkipped},
		"a person":                         {privacy.Config{Who: agentsOnly}, person, "", "", visit.SkipWho},
		"an unknown agent":                 {privacy.Config{Who: andReferred}, ourBot, "", "", visit.SkipWho},
		"a browser that signs":             {privacy.Config{Who: agentsOnly}, person, "http.request.header.signature-agent", `"https://chatgpt.com"`, visit.NotSkipped},
		"a browser that says that it does": {privacy.Config{Who: agentsOnly}, person, "http.request.header.signature-input", `a=("@authority");tag="web-bot-auth"`, visit.NotSkipped},
		"a browser with another signature": {privacy.Config{Who: agentsOnly}, person, "http.request.header.signature-input", `a=("@authority");tag="x"`, visit.SkipWho},
		"a browser that signs as nobody":   {privacy.Config{Who: agentsOnly}, person, "http.request.header.signature-agent", "x", visit.SkipWho},
		"a person whom an answer sent":     {privacy.Config{Who: andReferred}, person, referer, "https://chatgpt.com/", visit.NotSkipped},
		"a person with the answer's tag":   {privacy.Config{Who: andReferred, Query: privacy.QueryConfig{Mode: "drop"}}, person, "url.query", tag, visit.NotSkipped},
		"people sent, but agents alone":    {privacy.Config{Who: agentsOnly}, person, referer, "https://chatgpt.com/", visit.SkipWho},
		"a person whom a search site sent": {privacy.Config{Who: andReferred}, person, referer, "https://example.org/", visit.SkipWho},
		"an agent with the answer's tag":   {privacy.Config{Who: andReferred}, crawler, "url.query", tag, visit.NotSkipped},
		"a crawler with the answer's tag":  {privacy.Config{Who: andReferred}, ourBot, "url.query", tag, visit.SkipWho},
		"a script with the answer's tag":   {privacy.Config{Who: andReferred}, "curl/8.5.0", "url.query", tag, visit.SkipWho},
		"nobody's name with the tag":       {privacy.Config{Who: andReferred}, "", "url.query", tag, visit.SkipWho},
	} {
		t.Run(name, func(t *testing.T) {
			span := fixture.NewTraces("/a").ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
			span.Attributes().PutStr("user_agent.original", test.userAgent)
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

// What users leave out of queries and paths leaves in no header that they add either.
func TestAddedHeadersHaveTheQueriesAndPathsThatAreChosen(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  privacy.Config
		want string
	}{
		"secrets alone":   {privacy.Config{}, "https://shop.example/users/anna?ref=a&token=REDACTED&note=b"},
		"no query":        {privacy.Config{Query: privacy.QueryConfig{Mode: "drop"}}, "https://shop.example/users/anna"},
		"some keys":       {privacy.Config{Query: privacy.QueryConfig{Mode: "keep", KeepKeys: []string{"ref"}}}, "https://shop.example/users/anna?ref=a"},
		"a replaced path": {privacy.Config{ReplaceInPaths: []privacy.PathReplacement{{Pattern: "^/users/.*", With: "/users/-"}}}, "https://shop.example/users/-?ref=a&token=REDACTED&note=b"},
	} {
		t.Run(name, func(t *testing.T) {
			added := privacy.HeaderListConfig{Add: []string{"x-original-url"}}
			c.cfg.Headers = privacy.HeadersConfig{Request: added, Response: added}
			span := privateSpan()
			for _, key := range []string{"http.request.header.x-original-url", "http.response.header.x-original-url"} {
				span.Attributes().PutStr(key, "https://shop.example/users/anna?ref=a&token=abcdef&note=b")
			}
			ka, _ := leaving(t, translate.Config{Privacy: c.cfg}, span)
			assert.Equal(t, c.want, ka.RequestHeaders["x-original-url"])
			assert.Equal(t, c.want, ka.ResponseHeaders["x-original-url"])
		})
	}
}
