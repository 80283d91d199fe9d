// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"iter"
	"math/bits"
)

// FieldSet is a set of fields. It has one bit for each field, so that a loop over it
// spends no time on absent ones.
type FieldSet [(int(FieldCount) + 63) / 64]uint64

// SetOf returns the set of the given fields.
func SetOf(fields ...Field) (s FieldSet) {
	for _, f := range fields {
		s.Add(f)
	}
	return s
}

// FieldsWithin returns the set of the fields from one up to another, which is left out.
func FieldsWithin(from, to Field) (s FieldSet) {
	for f := from; f < to; f++ {
		s.Add(f)
	}
	return s
}

// With returns the union of both sets.
func (s FieldSet) With(other FieldSet) FieldSet {
	for i := range s {
		s[i] |= other[i]
	}
	return s
}

// Without returns the set of the fields of s that other lacks.
func (s FieldSet) Without(other FieldSet) FieldSet {
	for i := range s {
		s[i] &^= other[i]
	}
	return s
}

// Add adds a field.
func (s *FieldSet) Add(f Field) { s[f/64] |= 1 << (f % 64) }

// Remove removes a field.
func (s *FieldSet) Remove(f Field) { s[f/64] &^= 1 << (f % 64) }

// Has reports whether the set has a field.
func (s *FieldSet) Has(f Field) bool { return s[f/64]>>(f%64)&1 != 0 }

// Meets reports whether the sets share a field.
func (s *FieldSet) Meets(other *FieldSet) bool {
	shared := uint64(0)
	for i := range s {
		shared |= s[i] & other[i]
	}
	return shared != 0
}

// Shared yields the fields that are in both sets, in order.
func (s *FieldSet) Shared(other *FieldSet) iter.Seq[Field] {
	return func(yield func(Field) bool) {
		for at := range s {
			for word := s[at] & other[at]; word != 0; word &= word - 1 {
				if !yield(Field(at*64 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}
