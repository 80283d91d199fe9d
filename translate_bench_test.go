// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// otelhttpSpan is a span with the 13 attributes of otelhttp behind a proxy.
func otelhttpSpan() ptrace.Span {
	span := ptrace.NewSpan()
	span.SetKind(ptrace.SpanKindServer)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(truth.start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(truth.start.Add(truth.duration)))
	a := span.Attributes()
	a.PutStr("server.address", truth.host)
	a.PutInt("server.port", 443)
	a.PutStr("http.request.method", truth.method)
	a.PutStr("url.scheme", "https")
	a.PutStr("network.peer.address", "10.0.0.7")
	a.PutInt("network.peer.port", 40112)
	a.PutStr("user_agent.original", truth.userAgent)
	a.PutStr("client.address", truth.clientIP)
	a.PutStr("url.path", truth.path)
	a.PutStr("network.protocol.version", "1.1")
	a.PutStr("http.route", "/guides/{name}")
	a.PutInt("http.response.body.size", 512)
	a.PutInt("http.response.status_code", 200)
	return span
}

// capturedSpan has three captured headers besides.
func capturedSpan() ptrace.Span {
	span := otelhttpSpan()
	for _, header := range [][2]string{
		{"http.request.header.referer", truth.referer},
		{"http.request.header.x-forwarded-for", "203.0.113.9, 10.0.0.7"},
		{"http.response.header.content-type", truth.contentType},
	} {
		span.Attributes().PutEmptySlice(header[0]).AppendEmpty().SetStr(header[1])
	}
	return span
}

// nginxRecord has its attributes in any order, as those of the file_log receiver
// have.
func nginxRecord() plog.LogRecord {
	record := plog.NewLogRecord()
	record.SetTimestamp(pcommon.NewTimestampFromTime(truth.start))
	for key, text := range map[string]string{
		"msec": "1777886102.158", "remote_addr": "10.0.0.7", "request_method": "GET", "scheme": "https", "host": truth.host,
		"request_uri": truth.path + "?" + truth.query, "server_protocol": "HTTP/1.1", "status": "200", "request_time": "0.038",
		"body_bytes_sent": "512", "http_referer": truth.referer, "http_user_agent": truth.userAgent,
		"http_x_forwarded_for": truth.clientIP,
	} {
		record.Attributes().PutStr(key, text)
	}
	return record
}

func lineRecord(text string) plog.LogRecord {
	record := plog.NewLogRecord()
	record.Body().SetStr(text)
	return record
}

const combinedLine = `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /guides/llamas?utm_source=chatgpt.com HTTP/1.1" 200 512 ` +
	`"https://chatgpt.com/" "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"`

const jsonLine = `{"msec":"1777886102.158","remote_addr":"10.0.0.7","request_method":"GET","scheme":"https","host":"www.example.com",` +
	`"request_uri":"/guides/llamas?utm_source=chatgpt.com","server_protocol":"HTTP/1.1","status":"200","request_time":"0.038",` +
	`"http_referer":"https://chatgpt.com/","http_user_agent":"Mozilla/5.0 (compatible; GPTBot/1.2)","http_x_forwarded_for":"203.0.113.9"}`

func logRecords() map[string]plog.LogRecord {
	return map[string]plog.LogRecord{
		"nginx attributes": nginxRecord(), "combined line": lineRecord(combinedLine), "JSON line": lineRecord(jsonLine),
	}
}

// destinations are both, as they are by default.
func destinations() []*destination {
	return []*destination{knownAgents(&KnownAgentsConfig{}, nil, nil), scrunch(&ScrunchConfig{})}
}

// encoders are both destinations' encoders.
var encoders = map[string]func([]byte, *visit) encoded{"known_agents": encodeForKnownAgents, "scrunch": encodeForScrunch}

func BenchmarkTranslateSpan(b *testing.B) {
	for name, span := range map[string]ptrace.Span{"13 attributes": otelhttpSpan(), "3 captured headers": capturedSpan()} {
		for _, d := range destinations() {
			b.Run(name+"/"+d.name, func(b *testing.B) {
				t := newTranslator(newRules(VisitsConfig{}, d.unused), time.UTC)
				t.begin(arrival)
				buffer := make([]byte, 0, maxVisitBytes)
				b.ReportAllocs()
				for b.Loop() {
					v, skip := t.span(span)
					if skip != notSkipped {
						b.Fatal(skipReasons[skip])
					}
					d.encode(buffer, v)
				}
			})
		}
	}
}

func BenchmarkTranslateLogRecord(b *testing.B) {
	for name, record := range logRecords() {
		for _, d := range destinations() {
			b.Run(name+"/"+d.name, func(b *testing.B) {
				t := newTranslator(newRules(VisitsConfig{}, d.unused), time.UTC)
				t.begin(arrival)
				buffer := make([]byte, 0, maxVisitBytes)
				b.ReportAllocs()
				for b.Loop() {
					v, skip := t.logRecord(record)
					if skip != notSkipped {
						b.Fatal(skipReasons[skip])
					}
					d.encode(buffer, v)
				}
			})
		}
	}
}

// BenchmarkKnownKeys shows what a span costs when few keys are known, all, and
// ten thousand more.
func BenchmarkKnownKeys(b *testing.B) {
	few := mappings{}
	for key := range otelhttpSpan().Attributes().All() {
		if a := find(builtinKeys, key); a != nil {
			few[key] = a.value
		}
	}
	more := newMappings(nil)
	for i := range 10_000 {
		more[fmt.Sprintf("http.request.header.x-unused-%d", i)] = mapping{field: query, precedence: 100}
	}
	for name, keys := range map[string]*table[mapping]{"few": newTable(few), "built-in": builtinKeys, "10000 more": newTable(more)} {
		b.Run(name, func(b *testing.B) {
			span := otelhttpSpan()
			rules := newRules(VisitsConfig{}, fieldSet{})
			rules.keys = keys
			t := newTranslator(rules, time.UTC)
			t.begin(arrival)
			for b.Loop() {
				t.span(span)
			}
		})
	}
}

func TestSpansBecomeVisitsWithoutAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	for name, span := range map[string]ptrace.Span{"13 attributes": otelhttpSpan(), "3 captured headers": capturedSpan()} {
		for destination, encode := range encoders {
			tr := newTranslator(newRules(VisitsConfig{}, fieldSet{}), time.UTC)
			tr.begin(arrival)
			buffer := make([]byte, 0, maxVisitBytes)
			allocations := testing.AllocsPerRun(100, func() {
				v, _ := tr.span(span)
				encode(buffer, v)
			})
			assert.Zero(t, allocations, "%s for %s", name, destination)
		}
	}
}

func TestLogRecordsBecomeVisitsWithoutAllocation(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	tr := newTranslator(newRules(VisitsConfig{}, fieldSet{}), time.UTC)
	tr.begin(arrival)
	buffer := make([]byte, 0, maxVisitBytes)
	for name, record := range logRecords() {
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			v, skip := tr.logRecord(record)
			assert.Equal(t, notSkipped, skip)
			encodeForKnownAgents(buffer, v)
		}), name)
	}
}
