// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

// ByteSet is a set of bytes.
type ByteSet [256]bool

// HoldAll says whether all bytes of a text are in the set.
func (set *ByteSet) HoldAll(s string) bool {
	for i := range len(s) {
		if !set[s[i]] {
			return false
		}
	}
	return true
}

// NewByteSet is the set of letters, digits and the given marks.
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

const UpperHex = "0123456789ABCDEF"

// IsHex says whether a byte is a hexadecimal digit.
func IsHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// IsDigits says whether a text consists of digits, and has some.
func IsDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// AppendLower appends a text with ASCII letters in lower case.
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

// Digit is the last decimal digit of a number.
func Digit(n uint32) byte { return byte('0' + n%10) }

func IsDigit(c byte) bool { return c >= '0' && c <= '9' }
