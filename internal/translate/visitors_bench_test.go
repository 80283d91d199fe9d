// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
)

// visitorPayloads are payloads of n different visitors, by how they are recorded. They
// differ as much as on a site, so the translator's memory of the visit before helps no
// more than it does there.
func visitorPayloads(n int) map[string]fixture.Payload {
	bare, hosts, called := fixture.VisitTraces(n), fixture.VisitTraces(n), fixture.TracesOf(n, true, true)
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
		v := fixture.NewVisitor(i)
		as := strings.NewReplacer("203.0.113.9", v.Address, "/guides/llamas", v.Path, "GPTBot/1.2", fmt.Sprintf("GPTBot/1.%d", i))
		fixture.LineRecord(as.Replace(fixture.CombinedLine)).CopyTo(lineRecords.AppendEmpty())
		fixture.LineRecord(as.Replace(fixture.JSONLine)).CopyTo(objectRecords.AppendEmpty())
	}
	return map[string]fixture.Payload{
		"span":       fixture.OfTraces(bare),
		"headers":    fixture.OfTraces(fixture.VisitTraces(n)),
		"hosts":      fixture.OfTraces(hosts),
		"trace":      fixture.OfTraces(called),
		"attributes": fixture.OfLogs(fixture.VisitLogs(n)),
		"line":       fixture.OfLogs(lines),
		"json":       fixture.OfLogs(objects),
	}
}

// BenchmarkVisitors shows what a visit of a payload of different visitors costs,
// from the telemetry to the text for either destination.
func BenchmarkVisitors(b *testing.B) {
	for recorded, p := range visitorPayloads(500) {
		for name, encode := range translation.Encoders {
			b.Run(fmt.Sprintf("recorded=%s/destination=%s", recorded, name), func(b *testing.B) {
				w := newWorkbench(encode)
				for b.Loop() {
					w.work(p)
				}
				require.Positive(b, w.visits)
				fixture.PerItem(b, "ns/visit", w.visits)
				b.ReportMetric(0, "ns/op") // of 500 items
			})
		}
	}
}
