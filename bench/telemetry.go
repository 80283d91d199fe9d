// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// begin is the earliest time of a visit.
var begin = time.Date(2026, time.May, 4, 9, 15, 2, 0, time.UTC)

// serverSpans is the load of a website that traces only its requests.
func serverSpans() (*load, error) { return serverSpansBy(perRequest) }

// singleSpans is the load of a website whose SDK does not batch: one server span per
// request.
func singleSpans() (*load, error) { return serverSpansBy(1) }

func serverSpansBy(n int) (*load, error) {
	return newTraces(n, n, func(spans ptrace.SpanSlice, v *visitors) {
		for range n {
			root := newTrace(spans, v)
			serverSpan(root, v)
		}
	})
}

// mixedSpans is the load of a website that also traces what it does for a request. A fifth
// of the spans are server spans.
func mixedSpans() (*load, error) {
	children := []func(ptrace.Span, *visitors){internalSpan, databaseSpan, databaseSpan, clientSpan}
	perTrace := 1 + len(children)
	return newTraces(perRequest, perRequest/perTrace, func(spans ptrace.SpanSlice, v *visitors) {
		for range perRequest / perTrace {
			root := newTrace(spans, v)
			serverSpan(root, v)
			trace, parent := root.TraceID(), root.SpanID()
			for _, fill := range children {
				span := newSpan(spans, v, trace)
				span.SetParentSpanID(parent)
				fill(span, v)
			}
		}
	})
}

// accessLog is the load of the file_log receiver that reads nginx's log.
func accessLog() (*load, error) {
	v := newVisitors()
	return newLoad(logs, perRequest, perRequest, func() ([]byte, error) {
		all := plog.NewLogs()
		resource := all.ResourceLogs().AppendEmpty()
		describe(resource.Resource())
		records := resource.ScopeLogs().AppendEmpty().LogRecords()
		for range perRequest {
			nginxRecord(records.AppendEmpty(), v)
		}
		return plogotlp.NewExportRequestFromLogs(all).MarshalProto()
	})
}

func newTraces(items, visits int, fill func(ptrace.SpanSlice, *visitors)) (*load, error) {
	v := newVisitors()
	return newLoad(traces, items, visits, func() ([]byte, error) {
		all := ptrace.NewTraces()
		resource := all.ResourceSpans().AppendEmpty()
		describe(resource.Resource())
		scope := resource.ScopeSpans().AppendEmpty()
		scope.Scope().SetName("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp")
		scope.Scope().SetVersion("0.71.0")
		fill(scope.Spans(), v)
		return ptraceotlp.NewExportRequestFromTraces(all).MarshalProto()
	})
}

func newLoad(s signal, items, visits int, body func() ([]byte, error)) (*load, error) {
	l := &load{signal: s, items: items, visits: visits}
	for range distinct {
		b, err := body()
		if err != nil {
			return nil, err
		}
		l.bodies = append(l.bodies, b)
	}
	return l, nil
}

// describe fills in the resource attributes of an SDK.
func describe(r pcommon.Resource) {
	put(r.Attributes(),
		"service.name", "website", "service.version", "1.42.0", "service.instance.id", "627cc493-f310-47de-96bd-71410b7dec09",
		"deployment.environment.name", "production", "host.name", "web-7", "telemetry.sdk.name", "opentelemetry",
		"telemetry.sdk.language", "go", "telemetry.sdk.version", "1.46.0",
	)
}

// newTrace appends the root span of a new trace.
func newTrace(spans ptrace.SpanSlice, v *visitors) ptrace.Span {
	return newSpan(spans, v, [16]byte(append([]byte(traceMark), v.id()...)))
}

// newSpan appends a span to a trace, with times and an id.
func newSpan(spans ptrace.SpanSlice, v *visitors, trace pcommon.TraceID) ptrace.Span {
	span := spans.AppendEmpty()
	span.SetTraceID(trace)
	span.SetSpanID([8]byte(v.id()))
	start := v.time()
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(v.duration())))
	return span
}

// traceMark is the start of every trace id, so that spans can be counted in protobuf.
const traceMark = "bench id"

// id returns eight bytes that are different each time.
func (v *visitors) id() []byte {
	v.ids++
	return binary.BigEndian.AppendUint64(nil, v.ids*0x9e3779b97f4a7c15)
}

// putInAnyOrder adds keys and values like put, but in random order.
func putInAnyOrder(v *visitors, to pcommon.Map, keysAndValues ...any) {
	pairs := slices.Collect(slices.Chunk(keysAndValues, 2))
	v.random.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	put(to, slices.Concat(pairs...)...)
}

// put adds keys and values in this order. The arguments alternate between a key and its
// value, which is a text, a list of texts, or a number.
func put(to pcommon.Map, keysAndValues ...any) {
	for pair := range slices.Chunk(keysAndValues, 2) {
		key := pair[0].(string)
		switch value := pair[1].(type) {
		case string:
			to.PutStr(key, value)
		case int:
			to.PutInt(key, int64(value))
		case []string:
			list := to.PutEmptySlice(key)
			for _, text := range value {
				list.AppendEmpty().SetStr(text)
			}
		default:
			panic(fmt.Sprintf("%s is a %T", key, value))
		}
	}
}
