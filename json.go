// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// encoder appends one visit to a buffer.
type encoder struct {
	bytes []byte
	start int  // where the visit starts
	cut   bool // a field was cut to its limit, or left out
}

// member is the name of a member of a JSON object as it is written, with a comma
// before it and a colon behind.
type member struct {
	name  string
	whole bool // the value is worth nothing if it is cut
}

func newEncoder(dst []byte) encoder { return encoder{bytes: dst, start: len(dst)} }

func (e *encoder) done() encoded { return encoded{bytes: e.bytes, cut: e.cut} }

// raw appends what is JSON already, or text that needs no escape.
func (e *encoder) raw(s string) { e.bytes = append(e.bytes, s...) }

func (e *encoder) integer(n int64) { e.bytes = strconv.AppendInt(e.bytes, n, 10) }

// millis appends a duration as whole milliseconds, rounded.
func (e *encoder) millis(d time.Duration) {
	e.integer(int64(d.Round(time.Millisecond) / time.Millisecond))
}

// text appends a string of at most limit bytes; see appendText. It reports
// whether the string was cut.
func (e *encoder) text(s string, limit int) (cut bool) {
	e.bytes, cut = appendText(e.bytes, s, limit)
	e.cut = e.cut || cut
	return cut
}

// name appends the name of a member as it stands in the member lists: with a
// comma before it, which the first member of an object goes without.
func (e *encoder) name(name string) {
	if e.bytes[len(e.bytes)-1] == '{' {
		name = name[1:]
	}
	e.raw(name)
}

// members appends those fields of a visit that have a value, as long as the
// visit stays within its limit.
func (e *encoder) members(v *visit, names *headerNames, fields *fieldSet) {
	for i := range v.present.shared(fields) {
		value, m := v.text[i], &names[i]
		if value == "" || m.name == "" {
			continue
		}
		if len(e.bytes)-e.start > maxVisitBytes-2*maxTextBytes {
			e.cut = true
			continue
		}
		before := len(e.bytes)
		e.name(m.name)
		if cut := e.text(value, maxTextBytes); cut && m.whole {
			e.bytes = e.bytes[:before]
		}
	}
}

// appendText appends s as a JSON string of at most limit bytes between the
// quotes, cut at the end of a character. It reports whether s was cut.
//
// Control characters and bytes that are no UTF-8 become U+FFFD, a tab becomes a
// space: no header may hold them, and databases refuse some of them for good.
// U+2028 and U+2029 are escaped, so that the text holds no line break in any
// reader's eyes. Everything else decodes, with encoding/json, to what went in.
func appendText(dst []byte, s string, limit int) (out []byte, cut bool) {
	dst = append(dst, '"')
	if len(s) <= limit && isPlain(s) {
		return append(append(dst, s...), '"'), false
	}
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
	decimals := [4]byte{'.', byte('0' + millis/100), byte('0' + millis/10%10), byte('0' + millis%10)}
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
	dst = append(appendTwoDigits(appendTwoDigits(dst, year/100), year%100), '-')
	dst = append(appendTwoDigits(dst, int(month)), '-')
	dst = append(appendTwoDigits(dst, day), 'T')
	dst = append(appendTwoDigits(dst, hour), ':')
	dst = append(appendTwoDigits(dst, minute), ':')
	dst = append(appendTwoDigits(dst, second), '.')
	millis := t.Nanosecond() / 1e6
	return append(appendTwoDigits(dst, millis/10), byte('0'+millis%10), 'Z')
}

func appendTwoDigits(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}
