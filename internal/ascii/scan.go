// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"math/bits"
)

// PlainBytes are the bytes that stand for themselves in a JSON string.
var PlainBytes = func() (plain ByteSet) {
	for c := 0x20; c < 0x7f; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// IsPlain reports whether all bytes of s are in PlainBytes.
func IsPlain(s string) bool {
	if len(s) < 8 {
		for i := range len(s) {
			if !PlainBytes[s[i]] {
				return false
			}
		}
		return true
	}
	found := unplain(EightBytes(s, len(s)-8)) // some of these bytes are read a second time
	for ; len(s) >= 16; s = s[16:] {
		found |= unplain(EightBytes(s, 0)) | unplain(EightBytes(s, 8))
	}
	if len(s) >= 8 {
		found |= unplain(EightBytes(s, 0))
	}
	return found&UpperBits == 0
}

// IndexUnplain returns where the first byte from a place on is that is not in PlainBytes,
// or the length of s.
func IndexUnplain(s string, from int) int {
	for ; from <= len(s)-8; from += 8 {
		if found := unplain(EightBytes(s, from)) & UpperBits; found != 0 {
			return from + bits.TrailingZeros64(found)/8 // the first one is right
		}
	}
	for from < len(s) && PlainBytes[s[from]] {
		from++
	}
	return from
}

// A scan reads eight bytes at a time, as one number. It suits texts that nearly
// always lack the bytes that are looked for.
//
// If all eight bytes are below 0x80, subtracting a small number from each of them
// sets the upper bit of the bytes that are smaller. A borrow can change only bytes
// after the first of these, so the answer "there is one" or "there is none" is right.
const (
	// EachByte has the number 1 in each of eight bytes.
	EachByte = 0x0101010101010101
	// UpperBits has the upper bit of each of eight bytes.
	UpperBits = 0x80 * EachByte
)

// unplain has an upper bit set if one of the eight bytes is not plain. With its second bit
// inverted, a quotation mark comes right after the control characters, which stay among
// themselves.
func unplain(w uint64) uint64 {
	return w | (w + EachByte) | (w ^ '"'&^' '*EachByte - (' '+1)*EachByte) | Equal(w, '\\')
}

// Equal has an upper bit set if one of the eight bytes of w equals c. It may have one
// set as well if a byte is not ASCII.
func Equal(w, c uint64) uint64 { return w ^ c*EachByte - EachByte }

// EightBytes reads the eight bytes from s[i] on as a little-endian number. It
// compiles to one load.
func EightBytes[K string | []byte](s K, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

// fourBytes is EightBytes for four bytes.
func fourBytes[K string | []byte](s K, i int) uint64 {
	_ = s[i+3]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24
}
