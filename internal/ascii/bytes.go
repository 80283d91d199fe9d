// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

// ByteSet is a set of bytes.
type ByteSet [256]bool

// NewByteSet returns the set of all letters, all digits and the given marks.
func NewByteSet(marks string) *ByteSet {
	var set ByteSet
	for c := byte('0'); c <= 'z'; c++ {
		set[c] = c <= '9' || (c >= 'A' && c <= 'Z') || c >= 'a'
	}
	for i := range len(marks) {
		set[marks[i]] = true
	}
	return &set
}

// HoldAll reports whether all bytes of s are in the set.
func (set *ByteSet) HoldAll(s string) bool {
	for i := range len(s) {
		if !set[s[i]] {
			return false
		}
	}
	return true
}

// IsDigit reports whether c is a decimal digit.
func IsDigit(c byte) bool { return c >= '0' && c <= '9' }

// IsDigits reports whether s consists of decimal digits and is not empty.
func IsDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Digit returns the last decimal digit of n as text.
func Digit(n uint32) byte { return byte('0' + n%10) }

// UpperHex has the hexadecimal digits, each at the index of its value.
const UpperHex = "0123456789ABCDEF"

// IsHex reports whether c is a hexadecimal digit of either case.
func IsHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// Unhex returns the value of a hexadecimal digit.
func Unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// AppendLower appends s to dst with its ASCII letters in lower case.
func AppendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
