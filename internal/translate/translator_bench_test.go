// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func BenchmarkTranslateSpan(b *testing.B) {
	for name, span := range map[string]ptrace.Span{"13 attributes": fixture.OtelhttpSpan(), "3 captured headers": fixture.CapturedSpan()} {
		for _, d := range translation.Destinations() {
			b.Run(name+"/"+d.Name, func(b *testing.B) {
				t := translatorFor(d)
				buffer := make([]byte, 0, visit.MaxVisitBytes)
				b.ReportAllocs()
				for b.Loop() {
					v, skip := t.Span(span)
					if skip != visit.NotSkipped {
						b.Fatal(visit.SkipReasons[skip])
					}
					d.Encode(buffer, v)
				}
			})
		}
	}
}

func BenchmarkTranslateLogRecord(b *testing.B) {
	for name, record := range fixture.LogRecords() {
		for _, d := range translation.Destinations() {
			b.Run(name+"/"+d.Name, func(b *testing.B) {
				t := translatorFor(d)
				buffer := make([]byte, 0, visit.MaxVisitBytes)
				b.ReportAllocs()
				for b.Loop() {
					v, skip := t.LogRecord(record)
					if skip != visit.NotSkipped {
						b.Fatal(visit.SkipReasons[skip])
					}
					d.Encode(buffer, v)
				}
			})
		}
	}
}

// translatorFor is a translator that leaves out the fields for which a destination has
// no use.
func translatorFor(d *destination.Destination) *translate.Translator {
	t := translate.NewTranslator(translate.NewRules(translate.Config{}, d.Unused), time.UTC)
	t.Begin(fixture.Arrival)
	return t
}
