// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestPathAndQueryAreFoundWhereverTheyAre(t *testing.T) {
	for name, c := range map[string]struct {
		attributes  map[string]any
		path, query string
	}{
		"a target":                             {map[string]any{"request_uri": "/a?b=c"}, "/a", "b=c"},
		"a path and a query":                   {map[string]any{"url.path": "/a", "url.query": "b=c"}, "/a", "b=c"},
		"a query with its question mark":       {map[string]any{"url.path": "/a", "url.query": "?b=c"}, "/a", "b=c"},
		"a query of its own beside a target":   {map[string]any{"request_uri": "/a?x=y", "url.query": "b=c"}, "/a", "b=c"},
		"a path beside a target":               {map[string]any{"url.path": "/a", "request_uri": "/x?b=c"}, "/a", "b=c"},
		"a target beside a full URL":           {map[string]any{"request_uri": "/a?b=c", "url.full": "https://h.example/x?y=z"}, "/a", "b=c"},
		"a full URL":                           {map[string]any{"url.full": "https://h.example/a?b=c"}, "/a", "b=c"},
		"a full URL without a path":            {map[string]any{"url.full": "https://h.example?b=c"}, "/", "b=c"},
		"a full URL as the target":             {map[string]any{"request_uri": "https://h.example/a?b=c"}, "/a", "b=c"},
		"a request line":                       {map[string]any{"request": "GET /a?b=c HTTP/1.1"}, "/a", "b=c"},
		"a request line with spaces":           {map[string]any{"request": "GET /a b?c HTTP/1.1"}, "/a%20b", "c"},
		"a request line of Hypercorn's":        {map[string]any{"request": "GET /a b?c 1.1"}, "/a%20b", "c"},
		"a request line without a protocol":    {map[string]any{"request": "GET /a?b=c"}, "/a", "b=c"},
		"the target under the line's key":      {map[string]any{"request": "/a?b=c"}, "/a", "b=c"},
		"a target beside a request line":       {map[string]any{"request": "GET /x?y=z HTTP/1.1", "request_uri": "/a?b=c"}, "/a", "b=c"},
		"the last resort":                      {map[string]any{"uri": "/a?b=c"}, "/a", "b=c"},
		"the last resort with a query beside":  {map[string]any{"uri": "/a", "args": "b=c"}, "/a", "b=c"},
		"the last resort beside a better path": {map[string]any{"uri": "/index.php?b=c", "request_uri": "/a"}, "/a", ""},
		"the last resort beside an empty line": {map[string]any{"request": "GET  HTTP/1.1", "uri": "/a?b=c"}, "/a", "b=c"},
		"a note in place of a query":           {map[string]any{"request_uri": "/a", "url.query": "X-AzureApplicationGateway-CACHE-HIT=0"}, "/a", ""},
		"a query in the path":                  {map[string]any{"url.path": "/a?b=c"}, "/a", "b=c"},
		"a query in the path and of its own":   {map[string]any{"url.path": "/a?b=c", "url.query": "b=c"}, "/a", "b=c"},
		"a decoded path beside a query":        {map[string]any{"url.path": "/a?d", "url.query": "b=c"}, "/a%3Fd", "b=c"},
		"a decoded path beside a full URL":     {map[string]any{"url.path": "/a?d", "url.full": "https://h.example/a%3Fd?b=c"}, "/a%3Fd", "b=c"},
		"a decoded path beside a target":       {map[string]any{"url.path": "/a?d", "request_uri": "/a%3fd"}, "/a%3Fd", ""},
		"a decoded path with a space":          {map[string]any{"url.path": "/a b?d"}, "/a%20b%3Fd", ""},
		"a decoded path with a number sign":    {map[string]any{"url.path": "/a?d#e"}, "/a%3Fd%23e", ""},
		"a full URL as the path":               {map[string]any{"url.path": "https://h.example/a?b=c"}, "/a", "b=c"},
		"a full URL within the path":           {map[string]any{"url.path": "/a/https://h.example/d"}, "/a/https://h.example/d", ""},
		"two slashes":                          {map[string]any{"request_uri": "//h.example/a?b=c"}, "//h.example/a", "b=c"},
		"a fragment":                           {map[string]any{"url.path": "/a", "url.query": "b=c#d"}, "/a", "b=c"},
	} {
		t.Run(name, func(t *testing.T) {
			record := plog.NewLogRecord()
			require.NoError(t, record.Attributes().FromRaw(c.attributes))
			record.Attributes().PutStr("request_method", "GET")
			record.Attributes().PutInt("status", 200)
			record.Attributes().PutStr("client_ip", "203.0.113.9")
			v := translateRecord(t, record)
			assert.Equal(t, c.path, v.Path)
			assert.Equal(t, c.query, v.Query)
		})
	}
}

func TestPathAndQueryAreBoundedTogether(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	for name, c := range map[string]struct {
		path, query         int // lengths, without the path's slash
		wantPath, wantQuery int
	}{
		"all the room":               {visit.MaxTargetBytes - 101, 100, visit.MaxTargetBytes - 101, 100},
		"a byte more than the room":  {visit.MaxTargetBytes - 101, 101, visit.MaxTargetBytes - 101, 100},
		"a path that takes it all":   {visit.MaxTargetBytes - 1, 100, visit.MaxTargetBytes - 1, 0},
		"a path longer than allowed": {visit.MaxTargetBytes, 100, visit.MaxTargetBytes - 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			v, skip := translation.Span(translate.Config{}, map[string]any{"url.path": "/" + long(c.path), "url.query": long(c.query)})
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, "/"+long(c.wantPath), v.Path)
			assert.Equal(t, long(c.wantQuery), v.Query)
		})
	}
}

func TestTheSchemeIsTheVisitors(t *testing.T) {
	for name, c := range map[string]struct {
		attributes map[string]any
		want       string
	}{
		"what the server says":                      {map[string]any{"url.scheme": "http"}, "http"},
		"what the first proxy says":                 {map[string]any{"url.scheme": "http", "http.request.header.x-forwarded-proto": "https,http"}, "https"},
		"what a proxy says in Forwarded":            {map[string]any{"url.scheme": "http", "http.request.header.forwarded": "for=203.0.113.9;proto=https"}, "https"},
		"what a proxy says, before Forwarded":       {map[string]any{"url.scheme": "http", "http.request.header.x-forwarded-proto": "https", "http.request.header.forwarded": "proto=http"}, "https"},
		"not what a proxy says that is no scheme":   {map[string]any{"url.scheme": "http", "http.request.header.x-forwarded-proto": "ftp", "http.request.header.forwarded": "proto=ftp"}, "http"},
		"what the full URL says":                    {map[string]any{"url.scheme": "", "url.full": "http://www.example.com/a"}, "http"},
		"what the full URL says, before the server": {map[string]any{"url.scheme": "http", "url.full": "https://www.example.com/a"}, "https"},
		"what the target says":                      {map[string]any{"url.scheme": "", "http.target": "http://www.example.com/a"}, "http"},
		"https, if nothing says":                    {map[string]any{"url.scheme": ""}, "https"},
		"https, if a proxy alone says, and wrongly": {map[string]any{"url.scheme": "", "http.request.header.x-forwarded-proto": "ftp"}, "https"},
	} {
		t.Run(name, func(t *testing.T) {
			v, skip := translation.Span(translate.Config{}, c.attributes)
			require.Equal(t, visit.NotSkipped, skip)
			assert.Equal(t, c.want, v.Scheme)
		})
	}
}

// TestAnOldTargetHoldsTheQueryToo: otelhttp up to 0.37 wrote the whole request target,
// later versions the decoded path. The scope's name is the same.
func TestAnOldTargetHoldsTheQueryToo(t *testing.T) {
	for name, c := range map[string]struct {
		attributes  map[string]any
		path, query string
	}{
		"the target":                          {map[string]any{"http.target": "/a%20b?c=d"}, "/a%20b", "c=d"},
		"the path":                            {map[string]any{"http.target": "/a b"}, "/a%20b", ""},
		"a path with more that was decoded":   {map[string]any{"http.target": "/a b?c"}, "/a%20b%3Fc", ""},
		"a path with a decoded mark":          {map[string]any{"http.target": "/what?", "http.url": "http://www.example.com/what%3F?c=d"}, "/what%3F", "c=d"},
		"a target beside a URL with the mark": {map[string]any{"http.target": "/a?c=d", "http.url": "http://www.example.com/a?c=d"}, "/a", "c=d"},
	} {
		t.Run(name, func(t *testing.T) {
			td := fixture.NewTraces("/")
			scope := td.ResourceSpans().At(0).ScopeSpans().At(0)
			scope.Scope().SetName("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp")
			a := scope.Spans().At(0).Attributes()
			require.NoError(t, a.FromRaw(map[string]any{"http.method": "GET", "http.status_code": 200}))
			for key, v := range c.attributes {
				require.NoError(t, a.PutEmpty(key).FromRaw(v))
			}
			visits := translation.Traces(translate.Config{}, fixture.Arrival, td).Visits
			require.Len(t, visits, 1)
			assert.Equal(t, c.path, visits[0].Path)
			assert.Equal(t, c.query, visits[0].Query)
		})
	}
}
