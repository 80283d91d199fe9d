// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// decodeByte returns the byte at i, the length of its escape, and its level: how often
// it is escaped. "=" has level 0, "%3D" level 1, "%253D" level 2. The %u00HH of old
// browsers and JSON's \u00HH are escapes as well. A "%" or a backslash that starts no
// escape stands for itself.
func decodeByte(s string, i int) (c byte, size, level int) {
	c, size = s[i], 1
	for c == '%' || c == '\\' {
		at := i + size
		switch {
		case c == '%' && at+1 < len(s) && ascii.IsHex(s[at]) && ascii.IsHex(s[at+1]):
			c = ascii.Unhex(s[at])<<4 | ascii.Unhex(s[at+1])
			size += 2
		case at+4 < len(s) && s[at]|0x20 == 'u' && s[at+1] == '0' && s[at+2] == '0' && ascii.IsHex(s[at+3]) && ascii.IsHex(s[at+4]):
			c = ascii.Unhex(s[at+3])<<4 | ascii.Unhex(s[at+4])
			size += 5
		default:
			return c, size, level
		}
		level++
	}
	return c, size, level
}

// decodeAll undoes all escapes of a text.
func decodeAll(s string) string {
	if !strings.ContainsAny(s, `%\`) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c, size, _ := decodeByte(s, i)
		out = append(out, c)
		i += size
	}
	return string(out)
}

// countBackslashes returns how many backslashes stand between two places, which have
// nothing else between them.
func (r *redactor) countBackslashes(from, to int) (n int) {
	for i := from; i < to; n++ {
		_, size, _ := decodeByte(r.text, i)
		i += size
	}
	return n
}

func (r *redactor) skipBackslashes(i int) int { return r.skip(i, &backslash) }

func (r *redactor) skipBlanks(i int) int { return r.skip(i, &blanks) }

// blanks can stand between the tokens of JSON. A query has "+" for a space.
var (
	backslash = ascii.ByteSet{'\\': true}
	blanks    = ascii.ByteSet{' ': true, '\t': true, '\n': true, '\r': true, '+': true}
)

// skip returns the first place from i on whose byte is not in a set.
func (r *redactor) skip(i int, set *ascii.ByteSet) int {
	for i < len(r.text) {
		c, size, _ := decodeByte(r.text, i)
		if !set[c] {
			break
		}
		i += size
	}
	return i
}

// isQuote reports whether a quotation mark is at i.
func (r *redactor) isQuote(i int) bool {
	c := r.byteAt(i)
	return c == '"' || c == '\''
}

// isSlash reports whether a slash is at i, or a backslash, which browsers read as one.
func (r *redactor) isSlash(i int) bool {
	c := r.byteAt(i)
	return c == '/' || c == '\\'
}

// byteAt returns the byte at i, decoded, or 0 at the end of the text.
func (r *redactor) byteAt(i int) byte {
	if i >= len(r.text) {
		return 0
	}
	c, _, _ := decodeByte(r.text, i)
	return c
}
