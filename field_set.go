// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"iter"
	"math/bits"
)

// fieldSet is a set of fields with one bit for each, so that fields that are absent
// cost nothing.
type fieldSet [(int(fieldCount) + 63) / 64]uint64

func setOf(fields ...field) (s fieldSet) {
	for _, i := range fields {
		s.add(i)
	}
	return s
}

// fieldsWithin are the fields from one up to, but not including, another.
func fieldsWithin(from, to field) (s fieldSet) {
	for i := from; i < to; i++ {
		s.add(i)
	}
	return s
}

// with is the union of both sets.
func (s fieldSet) with(other fieldSet) fieldSet {
	for i := range s {
		s[i] |= other[i]
	}
	return s
}

// without is the set of the members of s that other lacks.
func (s fieldSet) without(other fieldSet) fieldSet {
	for i := range s {
		s[i] &^= other[i]
	}
	return s
}

func (s *fieldSet) add(i field) { s[i/64] |= 1 << (i % 64) }

func (s *fieldSet) has(i field) bool { return s[i/64]>>(i%64)&1 != 0 }

// meets says whether the sets share a field.
func (s *fieldSet) meets(other *fieldSet) bool {
	met := uint64(0)
	for i := range s {
		met |= s[i] & other[i]
	}
	return met != 0
}

// shared yields the fields that are in both sets, in order.
func (s *fieldSet) shared(other *fieldSet) iter.Seq[field] {
	return func(yield func(field) bool) {
		for at := range s {
			for word := s[at] & other[at]; word != 0; word &= word - 1 {
				if !yield(field(at*64 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}
