// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func BenchmarkTranslateSpan(b *testing.B) {
	for name, span := range map[string]ptrace.Span{"13 attributes": fixture.OtelhttpSpan(), "3 captured headers": fixture.CapturedSpan()} {
		benchmarkItem(b, name, func(t *translate.Translator) (*visit.Visit, visit.SkipReason) { return t.Span(span) })
	}
}

func BenchmarkTranslateLogRecord(b *testing.B) {
	for name, record := range fixture.LogRecords() {
		benchmarkItem(b, name, func(t *translate.Translator) (*visit.Visit, visit.SkipReason) { return t.LogRecord(record) })
	}
}

// benchmarkItem translates one item again and again, and encodes it for each
// destination.
func benchmarkItem(b *testing.B, name string, read func(*translate.Translator) (*visit.Visit, visit.SkipReason)) {
	b.Helper()
	for _, d := range translation.Destinations() {
		b.Run(name+"/"+d.Name, func(b *testing.B) {
			t := translate.NewTranslator(translate.NewRules(translate.Config{}, d.Unused), time.UTC)
			t.Begin(fixture.Arrival)
			buffer := make([]byte, 0, visit.MaxVisitBytes)
			b.ReportAllocs()
			for b.Loop() {
				v, skip := read(t)
				if skip != visit.NotSkipped {
					b.Fatal(visit.SkipReasons[skip])
				}
				d.Encode(buffer, v)
			}
		})
	}
}
