// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// visitorPayloads are payloads of n different visitors, by how they are recorded.
// What the translator remembers from one visit to the next helps in them as much
// as it does on a site.
func visitorPayloads(n int) map[string]payload {
	bare, hosts, called := visitTraces(n), visitTraces(n), tracesOf(n, true, true)
	for _, span := range bare.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		span.Attributes().RemoveIf(func(key string, _ pcommon.Value) bool { return strings.Contains(key, ".header.") })
	}
	for i, span := range hosts.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		span.Attributes().PutStr("server.address", fmt.Sprintf("shop-%d.example.com", i%50))
		span.Attributes().PutStr("network.peer.address", fmt.Sprintf("10.0.0.%d", i%7))
	}
	lines, objects := plog.NewLogs(), plog.NewLogs()
	lineRecords := lines.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	objectRecords := objects.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i := range n {
		v := newVisitor(i)
		as := strings.NewReplacer("203.0.113.9", v.address, "/guides/llamas", v.path, "GPTBot/1.2", fmt.Sprintf("GPTBot/1.%d", i))
		lineRecord(as.Replace(combinedLine)).CopyTo(lineRecords.AppendEmpty())
		lineRecord(as.Replace(jsonLine)).CopyTo(objectRecords.AppendEmpty())
	}
	none := ptrace.NewTraces()
	return map[string]payload{
		"span":       {traces: bare, logs: plog.NewLogs()},
		"headers":    {traces: visitTraces(n), logs: plog.NewLogs()},
		"hosts":      {traces: hosts, logs: plog.NewLogs()},
		"trace":      {traces: called, logs: plog.NewLogs()},
		"attributes": {traces: none, logs: visitLogs(n)},
		"line":       {traces: none, logs: lines},
		"json":       {traces: none, logs: objects},
	}
}

// BenchmarkVisitors shows what a visit of a payload of different visitors costs,
// from the telemetry to the text for either destination.
func BenchmarkVisitors(b *testing.B) {
	for recorded, p := range visitorPayloads(500) {
		for name, encode := range encoders {
			b.Run(fmt.Sprintf("recorded=%s/destination=%s", recorded, name), func(b *testing.B) {
				w := newWorkbench(encode)
				for b.Loop() {
					w.work(p)
				}
				require.Positive(b, w.visits)
				perItem(b, "ns/visit", w.visits)
				b.ReportMetric(0, "ns/op") // of 500 items
			})
		}
	}
}
