// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/go-faster/jx"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// A reference is the smallest program that writes the same visit of
// fixture.CapturedSpan for Known Agents: it knows the keys of one producer, and trusts
// every value. The exporter takes longer because it knows other producers too, and lets
// nothing private leave.
type referenceVisit struct {
	method, path, query, userAgent, forwardedFor, referer, host, contentType string
	status                                                                   int64
}

func readReference(span ptrace.Span) (v referenceVisit) {
	for key, value := range span.Attributes().All() {
		switch key {
		case "http.request.method":
			v.method = value.Str()
		case "url.path":
			v.path = value.Str()
		case "url.query":
			v.query = value.Str()
		case "server.address":
			v.host = value.Str()
		case "user_agent.original":
			v.userAgent = value.Str()
		case "http.response.status_code":
			v.status = value.Int()
		case "http.request.header.x-forwarded-for":
			v.forwardedFor = firstElement(value)
		case "http.request.header.referer":
			v.referer = firstElement(value)
		case "http.response.header.content-type":
			v.contentType = firstElement(value)
		}
	}
	return v
}

func firstElement(v pcommon.Value) string {
	if list := v.Slice(); list.Len() > 0 {
		return list.At(0).Str()
	}
	return ""
}

// appendReference encodes by hand, with append.
func appendReference(dst []byte, span ptrace.Span) []byte {
	v := readReference(span)
	dst = appendPlain(append(dst, `{"request_path":"`...), v.path)
	if v.query != "" {
		dst = appendPlain(append(dst, '?'), v.query)
	}
	dst = appendPlain(append(dst, `","request_method":"`...), v.method)
	dst = appendPlain(append(dst, `","request_headers":{"user-agent":"`...), v.userAgent)
	dst = appendPlain(append(dst, `","x-forwarded-for":"`...), v.forwardedFor)
	dst = appendPlain(append(dst, `","referer":"`...), v.referer)
	dst = appendPlain(append(dst, `","host":"`...), v.host)
	dst = append(dst, `"},"response_status_code":`...)
	dst = strconv.AppendInt(dst, v.status, 10)
	dst = appendPlain(append(dst, `,"response_headers":{"content-type":"`...), v.contentType)
	dst = append(dst, `"},"response_duration_in_milliseconds":`...)
	dst = strconv.AppendInt(dst, int64(span.EndTimestamp()-span.StartTimestamp())/1e6, 10)
	dst = append(dst, `,"created":"`...)
	dst = span.StartTimestamp().AsTime().AppendFormat(dst, createdLayout)
	return append(dst, `"}`...)
}

const createdLayout = "2006-01-02T15:04:05.000Z"

// appendPlain appends a text, with the escapes that JSON needs.
func appendPlain(dst []byte, s string) []byte {
	from := 0
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			dst = append(append(dst, s[from:i]...), '\\', 'u', '0', '0', ascii.UpperHex[c>>4], ascii.UpperHex[c&15])
			from = i + 1
		}
	}
	return append(dst, s[from:]...)
}

// writeReference encodes with go-faster/jx.
func writeReference(w *jx.Writer, span ptrace.Span) {
	v := readReference(span)
	w.RawStr(`{"request_path":"`)
	w.RawStr(v.path)
	w.RawStr(`","request_method":`)
	w.Str(v.method)
	w.RawStr(`,"request_headers":{"user-agent":`)
	w.Str(v.userAgent)
	w.RawStr(`,"x-forwarded-for":`)
	w.Str(v.forwardedFor)
	w.RawStr(`,"referer":`)
	w.Str(v.referer)
	w.RawStr(`,"host":`)
	w.Str(v.host)
	w.RawStr(`},"response_status_code":`)
	w.Int64(v.status)
	w.RawStr(`,"response_headers":{"content-type":`)
	w.Str(v.contentType)
	w.RawStr(`},"response_duration_in_milliseconds":`)
	w.Int64(int64(span.EndTimestamp()-span.StartTimestamp()) / 1e6)
	w.RawStr(`,"created":"`)
	w.Buf = span.StartTimestamp().AsTime().AppendFormat(w.Buf, createdLayout)
	w.RawStr(`"}`)
}

// referenceJSON is the visit for encoding/json.
type referenceJSON struct {
	Path            string            `json:"request_path"`
	Method          string            `json:"request_method"`
	RequestHeaders  map[string]string `json:"request_headers"`
	Status          int64             `json:"response_status_code"`
	ResponseHeaders map[string]string `json:"response_headers"`
	Duration        int64             `json:"response_duration_in_milliseconds"`
	Created         string            `json:"created"`
}

func marshalReference(span ptrace.Span) ([]byte, error) {
	v := readReference(span)
	return json.Marshal(referenceJSON{
		Path:            v.path,
		Method:          v.method,
		RequestHeaders:  map[string]string{"user-agent": v.userAgent, "x-forwarded-for": v.forwardedFor, "referer": v.referer, "host": v.host},
		Status:          v.status,
		ResponseHeaders: map[string]string{"content-type": v.contentType},
		Duration:        int64(span.EndTimestamp()-span.StartTimestamp()) / 1e6,
		Created:         span.StartTimestamp().AsTime().Format(createdLayout),
	})
}

func TestReferencesWriteTheSameVisit(t *testing.T) {
	span := fixture.CapturedSpan()
	tr := translation.New(translate.Config{})
	v, skip := tr.Span(span)
	require.Equal(t, visit.NotSkipped, skip)
	want := string(translation.EncodeForKnownAgents(nil, v).Bytes)
	assert.Equal(t, want, string(appendReference(nil, span)))
	var w jx.Writer
	writeReference(&w, span)
	assert.Equal(t, want, w.String())
	marshalled, err := marshalReference(span)
	require.NoError(t, err)
	assert.JSONEq(t, want, string(marshalled))
}

// BenchmarkReference compares a visit of fixture.CapturedSpan as the exporter makes it
// with the same visit as the references make it. They take turns of some microseconds,
// because the speed of a shared machine changes within a run. Each has a unit of its
// own; x-hand is the ratio to the one written by hand.
func BenchmarkReference(b *testing.B) {
	span := fixture.CapturedSpan()
	buffer := make([]byte, 0, visit.MaxVisitBytes)
	contenders := []struct {
		name string
		make func()
		took time.Duration
	}{{name: "known_agents"}, {name: "scrunch"}, {name: "hand"}, {name: "jx"}, {name: "encoding-json"}, {name: "copy"}}
	for i, d := range translation.Destinations() {
		t, encode := translate.NewTranslator(translate.NewRules(translate.Config{}, d.Unused), time.UTC), d.Encode
		t.Begin(fixture.Arrival)
		contenders[i].make = func() {
			v, _ := t.Span(span)
			encode(buffer, v)
		}
	}
	contenders[2].make = func() { appendReference(buffer, span) }
	w := jx.Writer{Buf: buffer}
	contenders[3].make = func() {
		w.Buf = w.Buf[:0]
		writeReference(&w, span)
	}
	contenders[4].make = func() { _, _ = marshalReference(span) }
	source := appendReference(nil, span)
	contenders[5].make = func() { buffer = append(buffer[:0], source...) }

	const turn = 50
	for b.Loop() {
		for i := range contenders {
			c := &contenders[i]
			begun := time.Now()
			for range turn {
				c.make()
			}
			c.took += time.Since(begun)
		}
	}
	for _, c := range contenders {
		b.ReportMetric(float64(c.took.Nanoseconds())/float64(turn*b.N), c.name+"-ns/visit")
	}
	for _, c := range contenders[:2] {
		b.ReportMetric(float64(c.took)/float64(contenders[2].took), c.name+"-x-hand")
	}
	b.ReportMetric(0, "ns/op")
}
