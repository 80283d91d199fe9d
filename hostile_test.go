// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"bytes"
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// hostileIntakes are intakes for both destinations, by default and with everything
// turned on that users can.
func hostileIntakes(t *testing.T) map[string]*intake {
	t.Helper()
	intakes := map[string]*intake{}
	for rules, visits := range map[string]translate.Config{"default": {}, "strict": strictVisits()} {
		for to, cfg := range map[string]*Config{"known_agents": knownAgentsConfig(""), "scrunch": scrunchConfig("")} {
			cfg.Visits = visits
			intakes[to+", "+rules] = newTestIntake(t, cfg)
		}
	}
	return intakes
}

// mostAllocated is the most bytes that may be allocated for each byte of input. The
// worst input is a list of texts that are not addresses, because each makes an
// error. Most input takes less than one byte.
const mostAllocated = 64

// TestHostileInputCostsNoMoreThanItsSize promises that whatever somebody sends, a
// visit stays within its limit, and the memory allocated on the way within a
// multiple of the input's size. BenchmarkHostile shows the same of the time.
func TestHostileInputCostsNoMoreThanItsSize(t *testing.T) {
	if fixture.RaceDetector {
		t.Skip("the race detector allocates")
	}
	intakes := hostileIntakes(t)
	check := func(p hostilePayload, of ...string) {
		for name, in := range intakes {
			assert.Less(t, in.allocates(t, p), mostAllocated*(p.bytes+minHostileBytes), "%s: %q of %d bytes", name, of, p.bytes)
		}
	}
	for name, shape := range hostileShapes {
		for _, size := range []int{minHostileBytes, 1 << 20} {
			check(shape(size), name)
		}
	}
	for _, pattern := range hostilePatterns {
		for _, key := range hostileKeys {
			for _, start := range []string{"", "/", "https://h/?"} {
				check(hostileText(key, start+repeated(pattern, minHostileBytes)), key, start, pattern)
			}
		}
		for _, start := range hostileLines {
			check(hostileBody(start+repeated(pattern, minHostileBytes)), start, pattern)
		}
	}
}

// minHostileBytes is more than any field may have.
const minHostileBytes = 10_000

// allocates is how many bytes an intake allocates for a payload. It fails if a visit
// exceeds its limit.
func (in *intake) allocates(t *testing.T, p hostilePayload) int {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	batches := [...]*queue.Batch{batchOf(in.fromTraces(context.Background(), p.Traces)), batchOf(in.fromLogs(context.Background(), p.Logs))}
	runtime.ReadMemStats(&after)
	for _, b := range batches {
		if b != nil {
			for _, line := range linesOf(b) {
				require.LessOrEqual(t, len(line), visit.MaxVisitBytes)
			}
		}
	}
	return int(after.TotalAlloc - before.TotalAlloc)
}

// linesOf are the visits of a batch, as they will be sent.
func linesOf(b *queue.Batch) [][]byte {
	var lines [][]byte
	b.Take()
	for _, part := range b.BodyParts() {
		lines = append(lines, bytes.Split(part, []byte("\n"))...)
	}
	return lines
}
