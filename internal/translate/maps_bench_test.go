// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"fmt"
	"testing"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/mapping"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// BenchmarkKnownKeys shows what a span costs when few keys are known, all built-in
// ones, and ten thousand more.
func BenchmarkKnownKeys(b *testing.B) {
	few := mapping.Mappings{}
	for key := range fixture.OtelhttpSpan().Attributes().All() {
		if m, _ := mapping.Find(mapping.Builtin, key); m != nil {
			few[key] = *m
		}
	}
	more := mapping.New(nil)
	for i := range 10_000 {
		more[fmt.Sprintf("http.request.header.x-unused-%d", i)] = mapping.Mapping{Field: visit.Query, Precedence: mapping.FromBuiltinKey + 100}
	}
	for name, keys := range map[string]*mapping.Keys{"few": mapping.NewKeys(few, nil), "built-in": mapping.Builtin, "10000 more": mapping.NewKeys(more, nil)} {
		b.Run(name, func(b *testing.B) {
			span := fixture.OtelhttpSpan()
			rules := NewRules(Config{}, visit.FieldSet{})
			rules.keys = keys
			t := NewTranslator(rules, time.UTC)
			t.Begin(fixture.Arrival)
			for b.Loop() {
				t.Span(span)
			}
		})
	}
}
