// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// translateOne translates a server span with the given attributes, of the
// service "shop".
func translateOne(cfg VisitsConfig, attributes map[string]any) (observed, skipReason) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	otelhttpSpan().CopyTo(span)
	for key, v := range attributes {
		_ = span.Attributes().PutEmpty(key).FromRaw(v)
	}
	t := newTranslator(newRules(cfg, fieldSet{}))
	t.begin(arrival)
	t.enter(rs.Resource(), pcommon.NewInstrumentationScope())
	v, skip := t.span(span)
	if skip != notSkipped {
		return observed{}, skip
	}
	return observe(v), notSkipped
}

func TestFiltersChoose(t *testing.T) {
	for name, c := range map[string]struct {
		config VisitsConfig
		path   string
		want   skipReason
	}{
		"all paths by default":         {VisitsConfig{}, "/x", notSkipped},
		"an included path":             {VisitsConfig{Selection: SelectionConfig{IncludePaths: []string{"/docs/**"}}}, "/docs/a/b", notSkipped},
		"the root of an included tree": {VisitsConfig{Selection: SelectionConfig{IncludePaths: []string{"/docs/**"}}}, "/docs", notSkipped},
		"a path that is not included":  {VisitsConfig{Selection: SelectionConfig{IncludePaths: []string{"/docs/**"}}}, "/blog", skipPath},
		"one part only":                {VisitsConfig{Selection: SelectionConfig{IncludePaths: []string{"/docs/*"}}}, "/docs/a/b", skipPath},
		"either of two":                {VisitsConfig{Selection: SelectionConfig{IncludePaths: []string{"/{docs,blog}/*"}}}, "/blog/a", notSkipped},
		"an excluded path":             {VisitsConfig{Selection: SelectionConfig{ExcludePaths: []string{"/**/*.rss"}}}, "/a/b.rss", skipPath},
		"exclusion wins":               {VisitsConfig{Selection: SelectionConfig{IncludePaths: []string{"/a/*"}, ExcludePaths: []string{"/a/b"}}}, "/a/b", skipPath},
		"a pattern as people write it": {VisitsConfig{Selection: SelectionConfig{IncludePaths: []string{"/café/*"}}}, "/café/menü", notSkipped},
		"a chosen method":              {VisitsConfig{Selection: SelectionConfig{Methods: []string{"get"}}}, "/x", notSkipped},
		"another method":               {VisitsConfig{Selection: SelectionConfig{Methods: []string{"POST"}}}, "/x", skipMethod},
		"a chosen class":               {VisitsConfig{Selection: SelectionConfig{Statuses: []any{"2xx"}}}, "/x", notSkipped},
		"a chosen status":              {VisitsConfig{Selection: SelectionConfig{Statuses: []any{200}}}, "/x", notSkipped},
		"another status":               {VisitsConfig{Selection: SelectionConfig{Statuses: []any{404, "5xx"}}}, "/x", skipStatus},
		"an included service":          {VisitsConfig{Selection: SelectionConfig{Services: ServicesConfig{Include: []string{"sh*"}}}}, "/x", notSkipped},
		"another service":              {VisitsConfig{Selection: SelectionConfig{Services: ServicesConfig{Include: []string{"edge"}}}}, "/x", skipService},
		"an excluded service":          {VisitsConfig{Selection: SelectionConfig{Services: ServicesConfig{Exclude: []string{"shop"}}}}, "/x", skipService},
	} {
		_, skip := translateOne(c.config, map[string]any{"url.path": c.path})
		assert.Equal(t, skipReasons[c.want], skipReasons[skip], name)
	}
}

func TestTrustedProxiesTellTheClient(t *testing.T) {
	networks := []string{"10.0.0.0/8", "172.68.0.0/16", "2001:db8:ffff::1"}
	for name, c := range map[string]struct {
		config             ClientIPConfig
		peer, chain, other string
		want               string
	}{
		"forged elements stand left":         {ClientIPConfig{TrustedProxies: networks}, "10.0.0.7", "66.249.66.1, 198.51.100.9, 172.68.1.1", "", "198.51.100.9"},
		"a peer that is no proxy":            {ClientIPConfig{TrustedProxies: networks}, "198.51.100.9", "66.249.66.1", "", "198.51.100.9"},
		"all are proxies":                    {ClientIPConfig{TrustedProxies: networks}, "10.0.0.7", "10.1.2.3, 10.0.0.8", "", "10.1.2.3"},
		"a chain that ends in what is none":  {ClientIPConfig{TrustedProxies: networks}, "10.0.0.7", "66.249.66.1, unknown, 10.0.0.8", "", "10.0.0.8"},
		"no chain":                           {ClientIPConfig{TrustedProxies: networks}, "10.0.0.7", "", "", "203.0.113.9"},
		"IPv6 with ports":                    {ClientIPConfig{TrustedProxies: networks}, "2001:db8:ffff::1", "[2001:db8::7]:4711, 10.0.0.8:80", "", "2001:db8::7"},
		"a trusted header":                   {ClientIPConfig{TrustedHeaders: []string{"CF-Connecting-IP"}}, "10.0.0.7", "66.249.66.1", "198.51.100.9", "198.51.100.9"},
		"a trusted header that is absent":    {ClientIPConfig{TrustedHeaders: []string{"cf_connecting_ip"}}, "10.0.0.7", "66.249.66.1", "", "203.0.113.9"},
		"a trusted header from a stranger":   {ClientIPConfig{TrustedHeaders: []string{"cf-connecting-ip"}, TrustedProxies: networks}, "192.0.2.1", "", "198.51.100.9", "192.0.2.1"},
		"by default the CDN's header":        {ClientIPConfig{}, "10.0.0.7", "66.249.66.1", "198.51.100.9", "198.51.100.9"},
		"by default what the server decided": {ClientIPConfig{}, "10.0.0.7", "66.249.66.1", "", "203.0.113.9"},
	} {
		attributes := map[string]any{"network.peer.address": c.peer}
		if c.chain != "" {
			attributes["http.request.header.x-forwarded-for"] = []any{c.chain}
		}
		if c.other != "" {
			attributes["http.request.header.cf-connecting-ip"] = c.other
		}
		v, skip := translateOne(VisitsConfig{ClientIP: c.config}, attributes)
		assert.Equal(t, notSkipped, skip)
		assert.Equal(t, c.want, v.clientIP, name)
	}
}

// TestForgedAddressesDoNotLeave looks at what Known Agents gets, which finds the
// address in headers by itself.
func TestForgedAddressesDoNotLeave(t *testing.T) {
	span := capturedSpan()
	span.Attributes().PutStr("http.request.header.x-forwarded-for", "66.249.66.1, 198.51.100.9")
	span.Attributes().PutStr("http.request.header.true-client-ip", "66.249.66.1")
	tr := newTranslator(newRules(VisitsConfig{ClientIP: ClientIPConfig{TrustedProxies: []string{"10.0.0.0/8"}}}, fieldSet{}))
	tr.begin(arrival)
	v, _ := tr.span(span)
	encoded := string(encodeKnownAgents(nil, v).bytes)
	assert.Contains(t, encoded, `"x-forwarded-for":"198.51.100.9"`)
	assert.NotContains(t, encoded, "66.249.66.1")
}

func TestForwardedHeaderIsReadFromTheRight(t *testing.T) {
	v, _ := translateOne(VisitsConfig{ClientIP: ClientIPConfig{TrustedProxies: []string{"10.0.0.0/8"}}}, map[string]any{
		"http.request.header.forwarded": `for=66.249.66.1, for="[2001:db8::7]:4711";proto=https, for=10.0.0.8`,
	})
	assert.Equal(t, "2001:db8::7", v.clientIP)
}

// TestOwnAttributesComeFirst reads a home-made log format.
func TestOwnAttributesComeFirst(t *testing.T) {
	cfg := VisitsConfig{Attributes: map[string][]string{
		"user_agent": {"agent_v2", "visitor.ua"}, "url": {"page"}, "status": {"result"}, "method": {"verb"},
		"duration_s": {"seconds"}, "client_ip": {"visitor.addr"}, "start_time": {"at"},
	}}
	record := plog.NewLogRecord()
	assert.NoError(t, record.Attributes().FromRaw(map[string]any{
		"verb": "GET", "page": "https://www.example.com/guides/llamas?utm_source=chatgpt.com&q=a%20b", "result": "200", "seconds": 0.038,
		"visitor": map[string]any{"ua": truth.userAgent, "addr": truth.clientIP}, "user_agent": "wrong", "at": "2026-05-04T09:15:02.120Z",
	}))
	tr := newTranslator(newRules(cfg, fieldSet{}))
	tr.begin(arrival)
	v, skip := tr.logRecord(record)
	assert.Equal(t, notSkipped, skip)
	assert.Equal(t, []string{"referer", "content type"}, wrongFields(observe(v), 0))
}
