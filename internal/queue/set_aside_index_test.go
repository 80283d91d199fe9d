// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNeighboursInTheIndexBecomeOneRun(t *testing.T) {
	a, b := owner{Identity: "a", Version: 2}, owner{Identity: "b", Version: 2}
	var x asideIndex
	for _, number := range []uint64{7, 3, 5, 4, 4, 10, 6} {
		x.add(a, number, 10, 100)
	}
	x.add(b, 8, 1, 10)
	assert.Equal(t, []run{{a, 3, 7, 50, 500}, {b, 8, 8, 1, 10}, {a, 10, 10, 10, 100}}, x.runs)
	visits, batches := x.total(func(o owner) bool { return o == a })
	assert.Equal(t, 60, visits)
	assert.Equal(t, 6, batches)

	var read asideIndex
	require.NoError(t, read.load(x.write().Value))
	assert.Equal(t, x.runs, read.runs)
	assert.NotContains(t, string(x.write().Value), "null")
	x.remove(3, 10, 100)
	x.remove(8, 1, 10)
	assert.Equal(t, []run{{a, 4, 7, 40, 400}, {a, 10, 10, 10, 100}}, x.runs)
	x.remove(5, 10, 100)
	assert.Equal(t, []run{{a, 4, 4, 0, 1}, {a, 6, 7, 30, 300}, {a, 10, 10, 10, 100}}, x.runs)
	x.remove(7, 10, 100)
	assert.Equal(t, []run{{a, 4, 4, 0, 1}, {a, 6, 6, 20, 200}, {a, 10, 10, 10, 100}}, x.runs)
	x.remove(7, 10, 100)
	assert.Len(t, x.runs, 3, "it is gone already")
	require.True(t, json.Valid(x.write().Value))
}
