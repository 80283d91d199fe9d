// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestEncodingAllocatesNothing(t *testing.T) {
	for name, d := range allDestinations() {
		for title, v := range map[string]*visit.Visit{"usual": usualVisit(), "full": fullVisit()} {
			buffer := make([]byte, 0, visit.MaxVisitBytes)
			allocations := testing.AllocsPerRun(100, func() {
				buffer = d.Encode(buffer[:0], v).Bytes
			})
			assert.Zero(t, allocations, "%s, %s visit", name, title)
		}
	}
}

func BenchmarkEncodeKnownAgents(b *testing.B) { benchmarkEncode(b, "known_agents") }

func BenchmarkEncodeScrunch(b *testing.B) { benchmarkEncode(b, "scrunch") }

func benchmarkEncode(b *testing.B, name string) {
	b.Helper()
	d := allDestinations()[name]
	for title, v := range map[string]*visit.Visit{"usual": usualVisit(), "full": fullVisit()} {
		*v.Present = visit.FieldSet{}
		for i, text := range v.Text {
			if text != "" {
				v.Present.Add(visit.Field(i))
			}
		}
		b.Run("visit="+title, func(b *testing.B) {
			buffer := d.Encode(nil, v).Bytes
			b.SetBytes(int64(len(buffer)))
			b.ReportAllocs()
			for b.Loop() {
				buffer = d.Encode(buffer[:0], v).Bytes
			}
		})
	}
}
