// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"iter"
	"math/bits"
)

// FieldSet is a set of fields with one bit for each, so that fields that are absent
// cost nothing.
type FieldSet [(int(FieldCount) + 63) / 64]uint64

func SetOf(fields ...Field) (s FieldSet) {
	for _, i := range fields {
		s.Add(i)
	}
	return s
}

// FieldsWithin are the fields from one up to, but not including, another.
func FieldsWithin(from, to Field) (s FieldSet) {
	for i := from; i < to; i++ {
		s.Add(i)
	}
	return s
}

// With is the union of both sets.
func (s FieldSet) With(other FieldSet) FieldSet {
	for i := range s {
		s[i] |= other[i]
	}
	return s
}

// Without is the set of the members of s that other lacks.
func (s FieldSet) Without(other FieldSet) FieldSet {
	for i := range s {
		s[i] &^= other[i]
	}
	return s
}

func (s *FieldSet) Add(i Field) { s[i/64] |= 1 << (i % 64) }

func (s *FieldSet) Has(i Field) bool { return s[i/64]>>(i%64)&1 != 0 }

// Meets says whether the sets share a field.
func (s *FieldSet) Meets(other *FieldSet) bool {
	met := uint64(0)
	for i := range s {
		met |= s[i] & other[i]
	}
	return met != 0
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
