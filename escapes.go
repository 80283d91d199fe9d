// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strings"
	"unicode/utf8"
)

// escapedFields are the texts in which web servers escape bytes that would
// break their log's lines.
var escapedFields = setOf(userAgent, referer, requestLine, target, query, fullURL)

// unescape undoes the escapes of nginx (\x22) and Apache (\x22, \", \\, \t) in
// a log record's texts. A text without \x is left as it is.
func (f *facts) unescape() {
	if sources[f.source].encoded == verbatim {
		return
	}
	for i := range f.present.shared(&escapedFields) {
		if strings.IndexByte(f.text[i], '\\') >= 0 {
			f.text[i] = unescapeBytes(f.text[i], f.precedence[i] == lineRank)
		}
	}
}

// unescapeBytes undoes \xHH, and in a raw line the other escapes of Apache.
func unescapeBytes(s string, all bool) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\' || i+1 == len(s):
			out = append(out, s[i])
		case s[i+1] == 'x' && i+3 < len(s) && isHex(s[i+2]) && isHex(s[i+3]):
			out = append(out, unhex(s[i+2])<<4|unhex(s[i+3]))
			i += 3
		case all && strings.IndexByte(`"\tnrvb`, s[i+1]) >= 0:
			out = append(out, shortEscapes[s[i+1]])
			i++
		default:
			out = append(out, s[i])
		}
	}
	return string(out)
}

var shortEscapes = [256]byte{'"': '"', '\\': '\\', 't': '\t', 'n': '\n', 'r': '\r', 'v': '\v', 'b': '\b'}

// decode undoes how the source keeps spaces out of the columns of its log, and
// how Node reads headers. It notes which of the texts are plain.
func (f *facts) decode(v *visit) {
	v.plain = fieldSet{}
	for _, i := range [...]field{userAgent, referer} {
		switch {
		case !f.has(i):
		case isPlain(f.text[i]):
			v.plain.add(i)
		default:
			f.text[i] = fromLatin1(f.text[i])
		}
	}
	switch sources[f.source].encoded {
	case percentCode:
		f.text[userAgent] = unescapePercent(f.text[userAgent])
		f.text[referer] = unescapePercent(f.text[referer])
		v.plain = fieldSet{}
	case plusForSpace:
		f.text[userAgent] = spacesForPluses.Replace(f.text[userAgent])
	}
}

// fromLatin1 undoes the reading of UTF-8 as Latin-1, one character for each
// byte, as Node's HTTP server reads headers ("Ã¼" for "ü"). A text that cannot
// have come about in that way stays as it is.
func fromLatin1(s string) string {
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

// spacesForPluses knows of two pluses that the first was a space, as in
// "(compatible; +https://bot.example)".
var spacesForPluses = strings.NewReplacer("++", " +", "+", " ")

// unescapePercent undoes %HH, twice where a percent sign was escaped itself.
func unescapePercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if !isEscape(s, i) {
			out = append(out, s[i])
			continue
		}
		c := unhex(s[i+1])<<4 | unhex(s[i+2])
		i += 2
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return string(out)
}
