// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// member is the name of a member of a JSON object whose value is a text, as it is
// written: with a comma before it and the quotation mark of the value behind.
type member struct {
	name  string
	whole bool // the value is worth nothing if it is cut
}

func newMember(name string) member { return member{name: `,"` + name + `":"`} }

// appendMember appends a member whose value is a text of at most limit bytes; see
// appendText. The first member of an object goes without the comma.
func (m *member) append(dst []byte, value string, limit int) (out []byte, cut bool) {
	before := len(dst)
	name := m.name
	if dst[before-1] == '{' {
		name = name[1:]
	}
	dst = append(dst, name...)
	if len(value) <= limit && isPlain(value) {
		return append(append(dst, value...), '"'), false
	}
	dst, cut = appendText(dst, value, limit)
	if cut && m.whole {
		return dst[:before], true
	}
	return dst, cut
}

// appendMembers appends those of the fields of a visit that have a value, as long
// as the visit, which begins at start, stays within its limit. It reports whether
// a value was cut or left out.
func appendMembers(dst []byte, start int, v *visit, names *headerNames, fields *fieldSet) (out []byte, cut bool) {
	for i := range v.present.shared(fields) {
		value, m := v.text[i], &names[i]
		if value == "" || m.name == "" {
			continue
		}
		if len(dst)-start > maxVisitBytes-2*maxTextBytes {
			cut = true
			continue
		}
		var cutOne bool
		dst, cutOne = m.append(dst, value, maxTextBytes)
		cut = cut || cutOne
	}
	return dst, cut
}

// appendMillis appends a duration as whole milliseconds, rounded.
func appendMillis(dst []byte, d time.Duration) []byte {
	return strconv.AppendInt(dst, int64(d.Round(time.Millisecond)/time.Millisecond), 10)
}

// appendStatus appends a number of three digits.
func appendStatus(dst []byte, code int) []byte {
	return append(dst, digit(code/100), digit(code/10), digit(code))
}

// appendText appends s as the rest of a JSON string behind its first quotation
// mark: at most limit bytes, cut at the end of a character, and a quotation mark.
// It reports whether s was cut.
//
// Control characters and bytes that are no UTF-8 become U+FFFD, a tab becomes a
// space: no header may hold them, and databases refuse some of them for good.
// U+2028 and U+2029 are escaped, so that the text holds no line break in any
// reader's eyes. Everything else decodes, with encoding/json, to what went in.
func appendText(dst []byte, s string, limit int) (out []byte, cut bool) {
	end := len(dst) + limit
	for s != "" {
		plain := plainLength(s[:min(len(s), end-len(dst)+1)])
		if len(dst)+plain > end {
			return append(append(dst, s[:plain-1]...), '"'), true
		}
		dst = append(dst, s[:plain]...)
		if s = s[plain:]; s == "" {
			break
		}
		before := len(dst)
		var read int
		dst, read = appendCharacter(dst, s)
		if len(dst) > end {
			return append(dst[:before], '"'), true
		}
		s = s[read:]
	}
	return append(dst, '"'), false
}

// plainLength is how many bytes at the start of s stand for themselves.
func plainLength(s string) int {
	for i := range len(s) {
		if !plainBytes[s[i]] {
			return i
		}
	}
	return len(s)
}

// appendCharacter appends the first character of s, which does not stand for
// itself, and says how long it was.
func appendCharacter(dst []byte, s string) (out []byte, read int) {
	c := s[0]
	switch {
	case c == '"', c == '\\':
		return append(dst, '\\', c), 1
	case c == '\t':
		return append(dst, ' '), 1
	case c < utf8.RuneSelf:
		return append(dst, replacement...), 1
	}
	switch r, size := utf8.DecodeRuneInString(s); {
	case r == utf8.RuneError && size == 1, r < 0xa0:
		return append(dst, replacement...), size
	case r == '\u2028':
		return append(dst, `\u2028`...), size
	case r == '\u2029':
		return append(dst, `\u2029`...), size
	default:
		return append(dst, s[:size]...), size
	}
}

const replacement = "\uFFFD"

// plainBytes are the bytes that stand for themselves in a JSON string.
var plainBytes = func() (plain [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// appendSeconds appends a time in Unix nanoseconds as seconds with up to three
// decimals.
func appendSeconds(dst []byte, nanos int64) []byte {
	millis := nanos / int64(time.Millisecond)
	dst = strconv.AppendInt(dst, millis/1000, 10)
	if millis %= 1000; millis == 0 {
		return dst
	}
	decimals := [4]byte{'.', digit(int(millis / 100)), digit(int(millis / 10)), digit(int(millis))}
	end := len(decimals)
	for decimals[end-1] == '0' {
		end--
	}
	return append(dst, decimals[:end]...)
}

// appendTimestamp appends a time in Unix nanoseconds as ISO 8601 in UTC with
// milliseconds. It does what Format would, several times as fast.
func appendTimestamp(dst []byte, nanos int64) []byte {
	t := time.Unix(0, nanos).UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	millis := t.Nanosecond() / 1e6
	return append(dst,
		digit(year/1000), digit(year/100), digit(year/10), digit(year), '-',
		digit(int(month)/10), digit(int(month)), '-',
		digit(day/10), digit(day), 'T',
		digit(hour/10), digit(hour), ':',
		digit(minute/10), digit(minute), ':',
		digit(second/10), digit(second), '.',
		digit(millis/100), digit(millis/10), digit(millis), 'Z')
}

// digit is the last decimal digit of a number.
func digit(n int) byte { return byte('0' + uint(n)%10) }
