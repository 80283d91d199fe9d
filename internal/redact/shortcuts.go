// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"unicode/utf8"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// Most texts hold no secret. The functions of this file recognise most of these fast.
// Without them redaction would only be slower.

// Spare reports whether neither uri.Escape nor Query would change a query. It reports
// so of most queries that hold no secret: those with harmless keys, and values of bytes
// that delimit nothing, escaped or not. An escape of what may stand in a token is rare.
func (k *Keys) Spare(query string) bool {
	name, value, hasBlank := 0, 0, false
	for i := nameEnd(query, 0); i < len(query); i = nameEnd(query, i+1) {
		c := query[i]
		switch c {
		case '=', '&':
			if c == '=' && (name == i || hasBlank || k.secrecyOf(query[name:i]) != harmless) {
				return false
			}
			if i-value >= leastToken && HoldsToken(query[value:i]) {
				return false
			}
			value, hasBlank = i+1, false
		case '%':
			if !uri.IsEscape(query, i) {
				return false
			}
			c = ascii.Unhex(query[i+1])<<4 | ascii.Unhex(query[i+2])
			i += 2
			if tokenBytes[c] {
				return false
			}
			if nameBytes[c] || c >= utf8.RuneSelf {
				continue
			}
			if c != ' ' {
				return false
			}
			hasBlank = true
		default:
			return false
		}
		name = i + 1
	}
	return len(query)-value < leastToken || !HoldsToken(query[value:])
}

// nameEnd is where the nameBytes end that stand in a query from a place on.
func nameEnd(query string, from int) int {
	for from < len(query) && nameBytes[query[from]] {
		from++
	}
	return from
}

// IsTame reports whether a text of eight bytes or more consists of bytes that stand neither
// beside a secret nor in what every token or credential has: of small letters, digits, "."
// and "/", above all. Most headers but the user agent do.
func IsTame(text string) bool {
	if len(text) < 8 || wildBits(ascii.EightBytes(text, len(text)-8))&ascii.UpperBits != 0 { // looks at some bytes twice
		return false
	}
	for ; len(text) > 8; text = text[8:] {
		if wildBits(ascii.EightBytes(text, 0))&ascii.UpperBits != 0 {
			return false
		}
	}
	return true
}

// wildBits has an upper bit set if one of eight bytes is not ASCII, comes before ".", is
// "=", or is one from "@" to "_". These are secretBorders, signs of tokens, and some more.
func wildBits(w uint64) uint64 {
	return w | (w - '.'*ascii.EachByte) | ascii.Equal(w, '=') | w&^(w<<1)<<1
}

// mayHoldSecrets reports whether a text has what every secret needs: a border of secrets
// or, as mayHoldToken says, a token.
func mayHoldSecrets(text string) bool {
	if IsTame(text) {
		return false
	}
	border, sign := bordersAndSigns(text)
	return border || sign && len(text) >= leastToken && hasLongWord(text)
}

// mayHoldToken reports whether a text has what every token needs, as far as nothing in
// it is escaped: the sign of a token, and leastWord letters and digits in a row.
func mayHoldToken(text string) bool {
	if len(text) < leastToken {
		return false
	}
	for i := 0; ; i += 8 {
		if i >= len(text)-8 { // looks at some bytes twice
			return signBits(ascii.EightBytes(text, len(text)-8))&ascii.UpperBits != 0 && hasLongWord(text)
		}
		if signBits(ascii.EightBytes(text, i))&ascii.UpperBits != 0 {
			return hasLongWord(text)
		}
	}
}

// bordersAndSigns reports whether a text has one of secretBorders, and whether it has a
// sign of a token. Of a text of fewer than eight bytes, which is no token, it reports no
// signs.
func bordersAndSigns(text string) (border, sign bool) {
	if len(text) < 8 {
		for i := range len(text) {
			border = border || secretBorders[text[i]]
		}
		return border, false
	}
	last := ascii.EightBytes(text, len(text)-8) // some of them are looked at twice
	borders, signs := borderBits(last), signBits(last)
	for i := 0; i < len(text)-8; i += 8 {
		w := ascii.EightBytes(text, i)
		borders |= borderBits(w)
		signs |= signBits(w)
	}
	return borders&ascii.UpperBits != 0, signs&ascii.UpperBits != 0
}

// secretBorders are the bytes of which one stands beside every secret but a token. A value
// follows "=", or a name in quotation marks, or is escaped and so has "%". User
// information ends with "@", and a fragment starts with "#".
var secretBorders = ascii.ByteSet{'=': true, '%': true, '@': true, '#': true, '"': true, '\'': true}

// borderBits has an upper bit set if one of eight bytes is in secretBorders.
func borderBits(w uint64) uint64 {
	return (ascii.Equal(w, '=') | ascii.Equal(w, '%') | ascii.Equal(w, '@') | ascii.Equal(w, '#') | ascii.Equal(w, '"') | ascii.Equal(w, '\'')) &^ w
}

// MaySignToken reports whether a byte can be the sign of a token; see signBits.
func MaySignToken(c byte) bool { return signBits(uint64(c))&0x80 != 0 }

// signBits has an upper bit set if one of eight bytes can be a sign of a token: a capital or
// "_", as in "eyJ" and "ghp_", "-", as in "xoxb-", or the blank after "Bearer". It takes
// any byte from "@" to "_" for a capital.
func signBits(w uint64) uint64 {
	capital := w &^ (w << 1) << 1 // bit 6 of the byte without bit 5, moved to the upper bit
	return capital | (ascii.Equal(w, '-')|ascii.Equal(w, '+')|ascii.Equal(w, '%')|ascii.Equal(w, ' '))&^w
}

// hasLongWord reports whether leastWord letters and digits stand in a row. It looks at
// the end of each possible word first, and so skips most bytes.
func hasLongWord(text string) bool {
	for start := 0; start+leastWord <= len(text); {
		i := start + leastWord - 1
		for i >= start && wordBytes[text[i]] {
			i--
		}
		if i < start {
			return true
		}
		start = i + 1
	}
	return false
}

// escapesToken reports whether a byte is escaped that may stand in a token. "%25" may
// begin the escape of one.
func escapesToken(text string) bool {
	for i := strings.IndexByte(text, '%'); i >= 0 && i+2 < len(text); {
		if c := ascii.Unhex(text[i+1])<<4 | ascii.Unhex(text[i+2]); tokenBytes[c] || c == '%' {
			return true
		}
		next := strings.IndexByte(text[i+1:], '%')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return false
}
