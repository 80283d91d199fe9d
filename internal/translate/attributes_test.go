// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// TestOwnAttributesComeFirst reads a home-made log format.
func TestOwnAttributesComeFirst(t *testing.T) {
	cfg := translate.Config{Attributes: map[string][]string{
		"user_agent": {"agent_v2", "visitor.ua"}, "url": {"page"}, "status": {"result"}, "method": {"verb"},
		"duration_s": {"seconds"}, "client_ip": {"visitor.addr"}, "start_time": {"at"},
	}}
	record := plog.NewLogRecord()
	assert.NoError(t, record.Attributes().FromRaw(map[string]any{
		"verb": "GET", "page": "https://www.example.com/guides/llamas?utm_source=chatgpt.com&q=a%20b", "result": "200", "seconds": 0.038,
		"visitor": map[string]any{"ua": fixture.Truth.UserAgent, "addr": fixture.Truth.ClientIP}, "user_agent": "wrong", "at": "2026-05-04T09:15:02.120Z",
	}))
	tr := translate.NewTranslator(translate.NewRules(cfg, visit.FieldSet{}), time.UTC)
	tr.Begin(fixture.Arrival)
	v, skip := tr.LogRecord(record)
	assert.Equal(t, visit.NotSkipped, skip)
	assert.Equal(t, []string{"referer", "content type"}, fixture.WrongFields(translation.Observe(v), 0))
}

// TestOwnKeysComeFirstInLines names labels and keys that mean something else in the lines of
// others.
func TestOwnKeysComeFirstInLines(t *testing.T) {
	cfg := translate.Config{Attributes: map[string][]string{
		"host": {"host"}, "url": {"uri"}, "request_line": {"req"}, "client_ip": {"vhost"}, "path": {"t"},
	}}
	for _, line := range []string{
		"host:www.example.com\tvhost:203.0.113.9\treq:GET /a HTTP/1.1\tstatus:200",
		"vhost:203.0.113.9\tmethod:GET\turi:https://www.example.com/a\tstatus:200",
		`host=www.example.com vhost=203.0.113.9 method=GET t=/a status=200`,
	} {
		tr := translate.NewTranslator(translate.NewRules(cfg, visit.FieldSet{}), time.UTC)
		tr.Begin(fixture.Arrival)
		record := plog.NewLogRecord()
		record.Body().SetStr(line)
		v, skip := tr.LogRecord(record)
		assert.Equal(t, visit.NotSkipped, skip, line)
		if v != nil {
			assert.Equal(t, []string{"www.example.com", "/a", "203.0.113.9"}, []string{v.Host, v.Path, v.ClientIP}, line)
		}
	}
}

// TestAnOwnTargetComesBeforeThatOfALine: whether the line has a request line, as nginx's, or method
// and target apart, as Gin's.
func TestAnOwnTargetComesBeforeThatOfALine(t *testing.T) {
	cfg := translate.Config{Attributes: map[string][]string{"target": {"asked"}}}
	for _, line := range []string{
		`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a?b=c HTTP/1.1" 200 5 "-" "x"`,
		`[GIN] 2026/05/04 - 09:15:02 | 200 |     38.1ms |     203.0.113.9 | GET      "/a?b=c"`,
	} {
		record := plog.NewLogRecord()
		record.Body().SetStr(line)
		record.Attributes().PutStr("asked", "/own?q")
		tr := translate.NewTranslator(translate.NewRules(cfg, visit.FieldSet{}), time.UTC)
		tr.Begin(fixture.Arrival)
		v, skip := tr.LogRecord(record)
		assert.Equal(t, visit.NotSkipped, skip, line)
		if v != nil {
			assert.Equal(t, "/own?q", v.Path+"?"+v.Query, line)
		}
	}
}
