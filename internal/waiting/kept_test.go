// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package waiting

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestAPayloadIsSolvedWhenAllItsVisitsAreHops: another payload may say so at any moment, even
// before the first one is on the disk.
func TestAPayloadIsSolvedWhenAllItsVisitsAreHops(t *testing.T) {
	const payload, number = 7, 3
	for name, c := range map[string]struct {
		before, visits, after int
		solved                []uint64
	}{
		"known afterwards":              {0, 2, 2, []uint64{number}},
		"one known before it is stored": {1, 2, 1, []uint64{number}},
		"all known before it is stored": {2, 2, 0, []uint64{number}},
		"one still waits":               {1, 2, 0, nil},
		"its hops count instead":        {0, 0, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var k keptPayloads
			k.begin(payload)
			for range c.before {
				k.found(payload)
			}
			k.add(payload, number, c.visits, time.Minute)
			for range c.after {
				k.found(payload)
			}
			assert.Equal(t, c.solved, k.takeSolved())
			k.over(time.Hour)
			assert.Empty(t, k.open)
		})
	}
}

func TestAPayloadThatIsNotStoredIsNotKnown(t *testing.T) {
	var k keptPayloads
	k.begin(7)
	k.found(7)
	k.end(7)
	assert.Empty(t, k.open)
	assert.Empty(t, k.takeSolved())
}
