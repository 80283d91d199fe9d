// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestASpreadIsMinMedianAndMax(t *testing.T) {
	assert.Equal(t, spread{1, 2, 9}, spreadOf([]float64{9, 1, 2}))
	assert.Equal(t, spread{1, 2.5, 9}, spreadOf([]float64{9, 1, 2, 3}))
	assert.Equal(t, spread{5, 5, 5}, spreadOf([]float64{5}))
	assert.Equal(t, "2.50 [1.00, 9.00]", spread{1, 2.5, 9}.text(2))
	assert.Equal(t, "0 [-1, 1]", spread{-1.2, -0.3, 1}.text(0))
	assert.Equal(t, "3.0", spread{2.98, 3, 3.04}.text(1), "equal after rounding")
}

// cost returns the measurement of a million items.
func cost(seconds int, mebibytes, received int64) measurement {
	return measurement{items: 1e6, cpu: time.Duration(seconds) * time.Second, peak: mebibytes << 20, received: received << 10}
}

// The speed of a machine differs from round to round.
func TestRatiosAreTakenWithinARound(t *testing.T) {
	s := &scenario{name: "Some spans", candidates: []contender{scrunch}, baselines: []contender{nop, json}}
	r := &result{scenario: s, signal: traces, rounds: map[string][]measurement{
		nop.name:     {cost(4, 40, 0), cost(8, 40, 0), cost(2, 40, 0)},
		scrunch.name: {cost(6, 44, 321_000), cost(12, 50, 321_000), cost(3, 41, 321_000)},
	}}
	assert.Equal(t, "### Some spans\n\n"+
		"| Contender | CPU seconds per million spans | minus nop | Peak memory, MiB | minus nop | KiB received per thousand spans |\n"+
		"| --- | ---: | ---: | ---: | ---: | ---: |\n"+
		"| nop | 4.00 [2.00, 8.00] |  | 40 |  |  |\n"+
		"| agent_visits, Scrunch | 6.00 [3.00, 12.00] | 2.00 [1.00, 4.00] | 44 [41, 50] | 4 [1, 10] | 321 |\n\n"+
		"| CPU relative to | nop |\n| --- | ---: |\n| agent_visits, Scrunch | 1.50 |\n\n", r.markdown())
}

// CPU time says little if nothing was delivered.
func TestAFullQueueIsShownWithItsCapacityInsteadOfCPUTime(t *testing.T) {
	s := &scenario{name: "Down", api: refuses, candidates: []contender{knownAgents}, baselines: []contender{nop}}
	r := &result{scenario: s, signal: traces, rounds: map[string][]measurement{
		nop.name: {{peak: 40 << 20}}, knownAgents.name: {{peak: 84 << 20, bound: 64 << 20}},
	}}
	assert.Equal(t, "### Down\n\n"+
		"| Contender | Peak memory, MiB | minus nop | Queue capacity, MiB |\n"+
		"| --- | ---: | ---: | ---: |\n"+
		"| nop | 40 |  |  |\n"+
		"| agent_visits, Known Agents | 84 | 44 | 64 |\n\n", r.markdown())
}

func TestAScenarioThatWasNotMeasuredHasNoSection(t *testing.T) {
	assert.Empty(t, (&result{scenario: &scenarios[0], signal: traces}).markdown())
}

func TestNewResultsReplaceTheOldOnesInADocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "document.md")
	require.NoError(t, os.WriteFile(path, []byte("before\n"+beginMark+"\nold\n"+endMark+"\nafter\n"), 0o600))
	require.NoError(t, writeInto(path, "new\n"))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "before\n"+beginMark+"\n\nnew\n\n"+endMark+"\nafter\n", string(text))

	for _, text := range []string{"", "no marks", "no end\n" + beginMark, "no begin\n" + endMark} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.ErrorContains(t, writeInto(path, "new"), beginMark)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(kept))
	}
}
