// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"iter"
	"math/bits"
)

// fieldSet is a set of fields, one bit each, so that what is absent costs
// nothing.
type fieldSet [(int(fieldCount) + 63) / 64]uint64

func setOf(fields ...field) (s fieldSet) {
	for _, i := range fields {
		s.add(i)
	}
	return s
}

func (s *fieldSet) add(i field) { s[i/64] |= 1 << (i % 64) }

func (s *fieldSet) has(i field) bool { return s[i/64]>>(i%64)&1 != 0 }

func (s *fieldSet) meets(other *fieldSet) bool {
	for i := range s {
		if s[i]&other[i] != 0 {
			return true
		}
	}
	return false
}

// within are the members from one field up to another, without that, in order.
func (s *fieldSet) within(from, to field) iter.Seq[field] {
	return func(yield func(field) bool) {
		for at := int(from) / 64; at <= int(to-1)/64; at++ {
			word := s[at]
			if at == int(from)/64 {
				word &= ^uint64(0) << (from % 64)
			}
			for ; word != 0; word &= word - 1 {
				i := field(at*64 + bits.TrailingZeros64(word))
				if i >= to || !yield(i) {
					return
				}
			}
		}
	}
}
