// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

// byteSet is a set of bytes.
type byteSet [256]bool

// holdAll says whether all bytes of a text are in the set.
func (set *byteSet) holdAll(s string) bool {
	for i := range len(s) {
		if !set[s[i]] {
			return false
		}
	}
	return true
}

// newByteSet is the set of letters, digits and the given marks.
func newByteSet(marks string) *byteSet {
	var set byteSet
	for c := byte('0'); c <= 'z'; c++ {
		set[c] = c <= '9' || (c >= 'A' && c <= 'Z') || c >= 'a'
	}
	for i := range len(marks) {
		set[marks[i]] = true
	}
	return &set
}

const upperHex = "0123456789ABCDEF"

// isHex says whether a byte is a hexadecimal digit.
func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// isDigits says whether a text consists of digits, and has some.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// appendLower appends a text with ASCII letters in lower case.
func appendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
