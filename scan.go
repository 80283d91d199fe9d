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

// isASCII says whether no byte is 0x80 or above.
func isASCII(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		if eightBytes(s, 0)&upperBits != 0 {
			return false
		}
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// isPlain says whether all bytes stand for themselves in a JSON string; see
// plainBytes.
func isPlain(s string) bool {
	for ; len(s) >= 8; s = s[8:] {
		w := eightBytes(s, 0)
		if (w|(w+eachByte)|(w-' '*eachByte)|(w^'"'*eachByte-eachByte)|(w^'\\'*eachByte-eachByte))&upperBits != 0 {
			return false
		}
	}
	for i := range len(s) {
		if !plainBytes[s[i]] {
			return false
		}
	}
	return true
}

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
