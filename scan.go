// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

// Texts are looked through eight bytes at a time where nearly all of them hold
// nothing of what is looked for. In a word of eight bytes that are all below
// 0x80, taking a number from each byte sets the upper bit of those that are
// smaller, and of no byte below the first of them.
const (
	eachByte  = 0x0101010101010101
	upperBits = 0x80 * eachByte
)

// isPlain says whether all bytes stand for themselves in a JSON string; see
// plainBytes.
func isPlain(s string) bool {
	i := 0
	for ; i <= len(s)-16; i += 16 {
		if (unplain(eightBytes(s, i))|unplain(eightBytes(s, i+8)))&upperBits != 0 {
			return false
		}
	}
	if i < len(s) && len(s) >= 16 { // the last bytes, some of them once more
		return (unplain(eightBytes(s, len(s)-16))|unplain(eightBytes(s, len(s)-8)))&upperBits == 0
	}
	for ; i < len(s); i++ {
		if !plainBytes[s[i]] {
			return false
		}
	}
	return true
}

// unplain has upper bits if there is a byte that is not plain.
func unplain(w uint64) uint64 {
	return w | (w + eachByte) | (w - ' '*eachByte) | equal(w, '"') | equal(w, '\\')
}

// equal has upper bits if there is a byte that is c, or maybe one that is not
// ASCII.
func equal(w, c uint64) uint64 { return w ^ c*eachByte - eachByte }

// eightBytes and fourBytes read a number, little endian, which compiles to one
// load.
func eightBytes[K string | []byte](s K, i int) uint64 {
	_ = s[i+7]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
		uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
}

func fourBytes[K string | []byte](s K, i int) uint64 {
	_ = s[i+3]
	return uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24
}
