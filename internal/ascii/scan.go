// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

// PlainBytes are the bytes that stand for themselves in a JSON string.
var PlainBytes = func() (plain [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// Texts are looked through eight bytes at a time where nearly all of them hold
// nothing of what is looked for. In a word of eight bytes that are all below
// 0x80, taking a number from each byte sets the upper bit of those that are
// smaller, and of no byte below the first of them.
const (
	eachByte  = 0x0101010101010101
	UpperBits = 0x80 * eachByte
)

// IsPlain says whether all bytes stand for themselves in a JSON string; see
// plainBytes.
func IsPlain(s string) bool {
	i := 0
	for ; i <= len(s)-16; i += 16 {
		if (unplain(EightBytes(s, i))|unplain(EightBytes(s, i+8)))&UpperBits != 0 {
			return false
		}
	}
	if i < len(s) && len(s) >= 16 { // the last bytes, some of them once more
		return (unplain(EightBytes(s, len(s)-16))|unplain(EightBytes(s, len(s)-8)))&UpperBits == 0
	}
	for ; i < len(s); i++ {
		if !PlainBytes[s[i]] {
			return false
		}
	}
	return true
}

// unplain has upper bits if there is a byte that is not plain.
func unplain(w uint64) uint64 {
	return w | (w + eachByte) | (w - ' '*eachByte) | Equal(w, '"') | Equal(w, '\\')
}

// Equal has upper bits if there is a byte that is c, or maybe one that is not
// ASCII.
func Equal(w, c uint64) uint64 { return w ^ c*eachByte - eachByte }

// EightBytes and fourBytes read a number, little endian, which compiles to one
// load.
func EightBytes[K string | []byte](s K, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

func fourBytes[K string | []byte](s K, i int) uint64 {
	_ = s[i+3]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24
}
