// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFieldSetHoldsWhatWasAdded(t *testing.T) {
	fields := []field{0, 1, 62, 63, 64, 65, fieldCount - 1}
	s := setOf(fields...)
	for i := range fieldCount {
		assert.Equal(t, slices.Contains(fields, i), s.has(i), i)
	}
	assert.Equal(t, fields, slices.Collect(s.shared(&s)))
	for from := range fieldCount {
		for to := from; to <= fieldCount; to++ {
			var want []field
			for _, i := range fields {
				if i >= from && i < to {
					want = append(want, i)
				}
			}
			within := fieldsWithin(from, to)
			assert.Equal(t, want, slices.Collect(s.shared(&within)), "from %d to %d", from, to)
		}
	}
}

func TestFieldSetsMeetInACommonMember(t *testing.T) {
	s, other := setOf(3, fieldCount-1), setOf(4, fieldCount-1)
	assert.True(t, s.meets(&other))
	other = setOf(4, 67)
	assert.False(t, s.meets(&other))
}
