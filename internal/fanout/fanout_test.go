// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fanout

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// payload is the same as another one if it points to the same content.
type payload struct{ content *int }

func newPayload() payload { return payload{new(int)} }

func TestAnExporterIsToldOnceWhoGetsTheSamePayloads(t *testing.T) {
	for promise, c := range map[string]struct {
		firstWaits, secondWaits, isTold bool
	}{
		"if both make pipelines wait": {true, true, true},
		"if the first one does":       {true, false, true},
		"if the second one does":      {false, true, true},
		"but not if none does":        {false, false, false},
	} {
		t.Run(promise, func(t *testing.T) {
			var g Group
			first, second := g.Join("first", c.firstWaits), g.Join("second", c.secondWaits)
			var told []string
			for range 3 {
				p := newPayload()
				assert.Empty(t, first.Sees(p))
				if other := second.Sees(p); other != "" {
					told = append(told, other)
				}
			}
			if c.isTold {
				assert.Equal(t, []string{"first"}, told)
			} else {
				assert.Empty(t, told)
			}
		})
	}
}

func TestPayloadsWithTheSameContentAreOthers(t *testing.T) {
	var g Group
	first, second := g.Join("first", true), g.Join("second", true)
	assert.Empty(t, first.Sees(newPayload()))
	assert.Empty(t, second.Sees(newPayload()))
}

func TestWhoHasLeftIsNotNamed(t *testing.T) {
	var g Group
	first, second := g.Join("first", true), g.Join("second", true)
	p := newPayload()
	assert.Empty(t, first.Sees(p))
	first.Leave()
	first.Leave()
	assert.Empty(t, second.Sees(p))
	assert.Empty(t, first.Sees(p))
	assert.Len(t, g.members, 1)
}

func TestLooksEnd(t *testing.T) {
	var g Group
	first, second := g.Join("first", true), g.Join("second", true)
	for range looks {
		first.Sees(newPayload())
	}
	assert.Nil(t, first.last, "no payload is kept for ever")
	p := newPayload()
	first.Sees(p)
	assert.Empty(t, second.Sees(p))
	assert.Zero(t, testing.AllocsPerRun(100, func() { first.Sees(p) }))
}

func TestWhatCannotBeComparedIsNotLookedAt(t *testing.T) {
	var g Group
	first, second := g.Join("first", true), g.Join("second", true)
	assert.Empty(t, first.Sees([]int{1}))
	assert.Empty(t, second.Sees([]int{1}))
}
