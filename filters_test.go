// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"testing"
	"time"

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
	t := newTranslator(newRules(cfg, fieldSet{}), time.UTC)
	t.begin(arrival)
	t.enterResource(rs.Resource())
	t.enterScope(pcommon.NewInstrumentationScope())
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
	tr := newTranslator(newRules(cfg, fieldSet{}), time.UTC)
	tr.begin(arrival)
	v, skip := tr.logRecord(record)
	assert.Equal(t, notSkipped, skip)
	assert.Equal(t, []string{"referer", "content type"}, wrongFields(observe(v), 0))
}
