// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func BenchmarkTranslateSpan(b *testing.B) {
	for name, span := range map[string]ptrace.Span{"13 attributes": fixture.OtelhttpSpan(), "3 captured headers": fixture.CapturedSpan()} {
		for _, d := range translation.Destinations() {
			b.Run(name+"/"+d.Name, func(b *testing.B) {
				t := translate.NewTranslator(translate.NewRules(translate.Config{}, d.Unused), time.UTC)
				t.Begin(fixture.Arrival)
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
				t := translate.NewTranslator(translate.NewRules(translate.Config{}, d.Unused), time.UTC)
				t.Begin(fixture.Arrival)
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

// BenchmarkKnownKeys shows what a span costs when few keys are known, all, and
// ten thousand more.
func BenchmarkKnownKeys(b *testing.B) {
	few := mapping.Mappings{}
	for key := range fixture.OtelhttpSpan().Attributes().All() {
		if a := ascii.Find(mapping.Builtin, key); a != nil {
			few[key] = a.Value
		}
	}
	more := mapping.New(nil)
	for i := range 10_000 {
		more[fmt.Sprintf("http.request.header.x-unused-%d", i)] = mapping.Mapping{Field: visit.Query, Precedence: 100}
	}
	for name, keys := range map[string]*ascii.Table[mapping.Mapping]{"few": ascii.NewTable(few), "built-in": mapping.Builtin, "10000 more": ascii.NewTable(more)} {
		b.Run(name, func(b *testing.B) {
			span := fixture.OtelhttpSpan()
			rules := translate.NewRules(translate.Config{}, visit.FieldSet{})
			rules.keys = keys
			t := translate.NewTranslator(rules, time.UTC)
			t.Begin(fixture.Arrival)
			for b.Loop() {
				t.Span(span)
			}
		})
	}
}

func TestSpansBecomeVisitsWithoutAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	for name, span := range map[string]ptrace.Span{"13 attributes": fixture.OtelhttpSpan(), "3 captured headers": fixture.CapturedSpan()} {
		for destination, encode := range translation.Encoders {
			tr := translate.NewTranslator(translate.NewRules(translate.Config{}, visit.FieldSet{}), time.UTC)
			tr.Begin(fixture.Arrival)
			buffer := make([]byte, 0, visit.MaxVisitBytes)
			allocations := testing.AllocsPerRun(100, func() {
				v, _ := tr.Span(span)
				encode(buffer, v)
			})
			assert.Zero(t, allocations, "%s for %s", name, destination)
		}
	}
}

func TestLogRecordsBecomeVisitsWithoutAllocation(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	tr := translate.NewTranslator(translate.NewRules(translate.Config{}, visit.FieldSet{}), time.UTC)
	tr.Begin(fixture.Arrival)
	buffer := make([]byte, 0, visit.MaxVisitBytes)
	for name, record := range fixture.LogRecords() {
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			v, skip := tr.LogRecord(record)
			assert.Equal(t, visit.NotSkipped, skip)
			translation.EncodeForKnownAgents(buffer, v)
		}), name)
	}
}
