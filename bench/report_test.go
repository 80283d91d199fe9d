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

func TestSpreadIsLeastMiddleAndMost(t *testing.T) {
	assert.Equal(t, spread{1, 2, 9}, spreadOf([]float64{9, 1, 2}))
	assert.Equal(t, spread{1, 2.5, 9}, spreadOf([]float64{9, 1, 2, 3}))
	assert.Equal(t, spread{5, 5, 5}, spreadOf([]float64{5}))
	assert.Equal(t, "1.00 / 2.50 / 9.00", spread{1, 2.5, 9}.text(2))
}

func took(seconds int, mebibytes int64) measurement {
	return measurement{items: 1e6, cpu: time.Duration(seconds) * time.Second, peak: mebibytes << 20}
}

// TestRatiosAreTakenWithinARound: machines differ from one round to the next.
func TestRatiosAreTakenWithinARound(t *testing.T) {
	s := &scenario{name: "Some spans", of: []contender{scrunch}, against: []contender{nop, json}}
	r := &result{scenario: s, signal: traces, rounds: map[string][]measurement{
		nop.name:     {took(4, 40), took(8, 40), took(2, 40)},
		scrunch.name: {took(6, 44), took(12, 50), took(3, 41)},
	}}
	assert.Equal(t, "### Some spans\n\n"+
		"| Contender | CPU seconds per million spans | less those of nop | Peak memory, MiB | less that of nop |\n"+
		"| --- | ---: | ---: | ---: | ---: |\n"+
		"| nop | 2.00 / 4.00 / 8.00 |  | 40 / 40 / 40 |  |\n"+
		"| agent_visits, Scrunch | 3.00 / 6.00 / 12.00 | 1.00 / 2.00 / 4.00 | 41 / 44 / 50 | 1 / 4 / 10 |\n\n"+
		"| CPU of | to nop |\n| --- | ---: |\n| agent_visits, Scrunch | 1.50 / 1.50 / 1.50 |\n\n", r.markdown())
}

func TestResultsReplaceThoseOfADocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "document.md")
	require.NoError(t, os.WriteFile(path, []byte("before\n"+beginMark+"\nold\n"+endMark+"\nafter\n"), 0o600))
	require.NoError(t, writeInto(path, "new\n"))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "before\n"+beginMark+"\n\nnew\n\n"+endMark+"\nafter\n", string(text))

	require.NoError(t, os.WriteFile(path, []byte("no marks"), 0o600))
	assert.ErrorContains(t, writeInto(path, "new"), beginMark)
}
