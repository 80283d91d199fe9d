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

// mayHoldSecrets tells texts that must be looked at byte by byte: a value is
// behind "=", behind a name in quotation marks as in JSON, or in a text that has
// "%"; user information is before "@", a fragment behind "#".
func mayHoldSecrets(text string) bool {
	if len(text) < 8 {
		for i := range len(text) {
			if secretBorders[text[i]] {
				return true
			}
		}
		return false
	}
	for i := 0; i < len(text)-8; i += 8 {
		if hasSecretBorder(eightBytes(text, i)) {
			return true
		}
	}
	return hasSecretBorder(eightBytes(text, len(text)-8)) // some bytes once more
}

var secretBorders = byteSet{'=': true, '%': true, '@': true, '#': true, '"': true, '\'': true}

// hasSecretBorder looks for one of secretBorders in eight bytes at a time.
func hasSecretBorder(w uint64) bool {
	return (equal(w, '=')|equal(w, '%')|equal(w, '@')|equal(w, '#')|equal(w, '"')|equal(w, '\''))&^w&upperBits != 0
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
