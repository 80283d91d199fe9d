// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFieldSetHoldsWhatWasAdded(t *testing.T) {
	fields := []Field{0, 1, 62, 63, 64, 65, FieldCount - 1}
	s := SetOf(fields...)
	for f := range FieldCount {
		assert.Equal(t, slices.Contains(fields, f), s.Has(f), f)
	}
	assert.Equal(t, fields, slices.Collect(s.Shared(&s)))
	for from := range FieldCount {
		for to := from; to <= FieldCount; to++ {
			var want []Field
			for _, i := range fields {
				if i >= from && i < to {
					want = append(want, i)
				}
			}
			within := FieldsWithin(from, to)
			assert.Equal(t, want, slices.Collect(s.Shared(&within)), "from %d to %d", from, to)
		}
	}
}

func TestFieldSetsMeetInACommonMember(t *testing.T) {
	s, other := SetOf(3, FieldCount-1), SetOf(4, FieldCount-1)
	assert.True(t, s.Meets(&other))
	other = SetOf(4, 67)
	assert.False(t, s.Meets(&other))
}

func TestSetsOfFieldsTakeTwoWords(t *testing.T) {
	assert.Len(t, FieldSet{}, 2, "each word more takes 3 % of the time of a visit: let two kinds of keys share a field")
}
