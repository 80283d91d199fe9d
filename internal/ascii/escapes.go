// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"strings"
	"unicode/utf8"
)

// UnescapeBytes undoes the escapes of web servers' logs: \xHH always, and Apache's
// short ones (\", \\, \t and so on) if apache is true.
func UnescapeBytes(s string, apache bool) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\' || i+1 == len(s):
			out = append(out, s[i])
		case s[i+1] == 'x' && i+3 < len(s) && IsHex(s[i+2]) && IsHex(s[i+3]):
			out = append(out, Unhex(s[i+2])<<4|Unhex(s[i+3]))
			i += 3
		case apache && strings.IndexByte(`"\tnrvb`, s[i+1]) >= 0:
			out = append(out, shortEscapes[s[i+1]])
			i++
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

var shortEscapes = [256]byte{'"': '"', '\\': '\\', 't': '\t', 'n': '\n', 'r': '\r', 'v': '\v', 'b': '\b'}

// WithoutByteEscapes undoes the \xHH that nginx writes into JSON if its log_format
// lacks escape=json. JSON has no such escape.
func WithoutByteEscapes(text string) string {
	var out []byte
	kept := 0
	for i := 0; i+3 < len(text); i++ {
		switch {
		case text[i] != '\\':
		case text[i+1] == 'x' && IsHex(text[i+2]) && IsHex(text[i+3]):
			out = append(out, text[kept:i]...)
			out = appendJSONByte(out, Unhex(text[i+2])<<4|Unhex(text[i+3]))
			kept = i + 4
			i += 3
		default:
			i++
		}
	}
	if out == nil {
		return text
	}
	return string(append(out, text[kept:]...))
}

// appendJSONByte appends a byte as it stands in a JSON string.
func appendJSONByte(dst []byte, c byte) []byte {
	switch {
	case c == '"', c == '\\':
		return append(dst, '\\', c)
	case c < ' ':
		return append(dst, '\\', 'u', '0', '0', UpperHex[c>>4], UpperHex[c&15])
	}
	return append(dst, c)
}

// FromLatin1 repairs UTF-8 that was read as Latin-1, one character for each byte
// ("Ã¼" for "ü"). Node's HTTP server reads headers in this way. A text that was not
// misread stays as it is.
func FromLatin1(s string) string {
	var out []byte
	for i, r := range s {
		switch {
		case r > 0xff:
			return s
		case out == nil && r >= utf8.RuneSelf:
			out = append(make([]byte, 0, len(s)), s[:i]...)
		case out == nil:
			continue
		}
		out = append(out, byte(r))
	}
	if out == nil || !utf8.Valid(out) {
		return s
	}
	return string(out)
}

// SpacesForPluses replaces each plus by a space. Of two pluses in a row only the
// first was a space, as in "(compatible; +https://bot.example)".
var SpacesForPluses = strings.NewReplacer("++", " +", "+", " ")
