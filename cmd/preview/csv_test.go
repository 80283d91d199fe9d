// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheTableHasARowForEachRequest(t *testing.T) {
	h := newHistory()
	h.add(known("/a", "b=c,\"d\"", map[string]string{"user-agent": person, "signature-agent": `"https://chatgpt.com"`}))
	h.add(scrunch("https://example.com/a", person, 200))
	h.add(known("/z", "", nil))
	var out bytes.Buffer
	require.NoError(t, writeCSV(&out, h.requests))
	text, isMarked := bytes.CutPrefix(out.Bytes(), []byte(byteOrderMark))
	assert.True(t, isMarked)
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 3)
	assert.Equal(t, csvHead, rows[0])
	assert.Equal(t, []string{"2026-05-04T09:15:02.120Z", "none", "", "none", "", "", "GET", "/z", "200", "", "", "yes", "no"}, rows[1])
	assert.Equal(t, []string{
		"2026-05-04T09:15:02.120Z", "ChatGPT Agent (claimed)", "OpenAI", "action", "", "example.com", "GET", `/a?b=c,"d"`, "200", "", person, "yes", "yes",
	}, rows[2])
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"} {
		assert.Equal(t, byte('\''), cell(text)[0], text)
	}
	assert.Equal(t, "Mozilla/5.0", cell("Mozilla/5.0"))
	assert.Empty(t, cell(""))
}
