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

// begin is when the first visit came.
var begin = time.Date(2026, time.May, 4, 9, 15, 2, 0, time.UTC)

// serverSpans are what a website's instrumentation makes where it traces
// nothing but its requests.
func serverSpans() (*load, error) { return serverSpansBy(perRequest) }

// singleSpans are the same, each sent by itself, as of SDKs that batch nothing.
func singleSpans() (*load, error) { return serverSpansBy(1) }

func serverSpansBy(n int) (*load, error) {
	return newTraces(n, n, func(spans ptrace.SpanSlice, v *visitors) {
		for range n {
			root := newTrace(spans, v)
			serverSpan(root, v)
		}
	})
}

// mixedSpans are what a website makes that traces its inside, too: a fifth are
// of requests that it served.
func mixedSpans() (*load, error) {
	inside := []func(ptrace.Span, *visitors){internalSpan, databaseSpan, databaseSpan, clientSpan}
	perTrace := 1 + len(inside)
	return newTraces(perRequest, perRequest/perTrace, func(spans ptrace.SpanSlice, v *visitors) {
		for range perRequest / perTrace {
			root := newTrace(spans, v)
			serverSpan(root, v)
			trace, parent := root.TraceID(), root.SpanID()
			for _, fill := range inside {
				span := newSpan(spans, v, trace)
				span.SetParentSpanID(parent)
				fill(span, v)
			}
		}
	})
}

// accessLog is what the file_log receiver makes of nginx's log.
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

// describe fills in a resource as SDKs do.
func describe(r pcommon.Resource) {
	put(r.Attributes(),
		"service.name", "website", "service.version", "1.42.0", "service.instance.id", "627cc493-f310-47de-96bd-71410b7dec09",
		"deployment.environment.name", "production", "host.name", "web-7", "telemetry.sdk.name", "opentelemetry",
		"telemetry.sdk.language", "go", "telemetry.sdk.version", "1.46.0",
	)
}

// newTrace appends a root span.
func newTrace(spans ptrace.SpanSlice, v *visitors) ptrace.Span {
	return newSpan(spans, v, [16]byte(append([]byte(traceMark), v.id()...)))
}

// newSpan appends a span of a trace, with a time and an id.
func newSpan(spans ptrace.SpanSlice, v *visitors, trace pcommon.TraceID) ptrace.Span {
	span := spans.AppendEmpty()
	span.SetTraceID(trace)
	span.SetSpanID([8]byte(v.id()))
	start := v.time()
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(v.duration())))
	return span
}

// traceMark begins the id of every trace, so that spans can be counted in any
// encoding.
const traceMark = "bench id"

// id is eight bytes of which no two are alike.
func (v *visitors) id() []byte {
	v.ids++
	return binary.BigEndian.AppendUint64(nil, v.ids*0x9e3779b97f4a7c15)
}

// putInAnyOrder does as put, but for the order.
func putInAnyOrder(v *visitors, to pcommon.Map, keysAndValues ...any) {
	pairs := slices.Collect(slices.Chunk(keysAndValues, 2))
	v.random.Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
	put(to, slices.Concat(pairs...)...)
}

// put adds keys and values by turns, as a producer would: in this order. Values
// are texts, lists of texts, or numbers.
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
