// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEncodingAllocatesNothing(t *testing.T) {
	for name, d := range destinationsForTests() {
		for title, v := range map[string]*visit{"usual": usualVisit(), "full": fullVisit()} {
			buffer := make([]byte, 0, maxVisitBytes)
			allocations := testing.AllocsPerRun(100, func() {
				buffer = d.encode(buffer[:0], v).bytes
			})
			assert.Zero(t, allocations, "%s, %s visit", name, title)
		}
	}
}

func BenchmarkEncodeKnownAgents(b *testing.B) { benchmarkEncode(b, "known_agents") }

func BenchmarkEncodeScrunch(b *testing.B) { benchmarkEncode(b, "scrunch") }

func benchmarkEncode(b *testing.B, name string) {
	b.Helper()
	d := destinationsForTests()[name]
	for title, v := range map[string]*visit{"usual": usualVisit(), "full": fullVisit()} {
		*v.present = fieldSet{}
		for i, text := range v.text {
			if text != "" {
				v.present.add(field(i))
			}
		}
		b.Run("visit="+title, func(b *testing.B) {
			buffer := d.encode(nil, v).bytes
			b.SetBytes(int64(len(buffer)))
			b.ReportAllocs()
			for b.Loop() {
				buffer = d.encode(buffer[:0], v).bytes
			}
		})
	}
}
