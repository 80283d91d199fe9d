// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// literal is a text that is a part of many visits.
type literal struct {
	text  string
	start [paddedBytes]byte // how the text starts
}

// paddedBytes is the length of nearly all literals at most. So many bytes are copied faster
// than a number that is known only when the program runs.
const paddedBytes = 40

func newLiteral(text string) literal {
	l := literal{text: text}
	copy(l.start[:], text)
	return l
}

// appendTo appends the text. It may write beyond the end of what it returns, as far as dst
// has room.
func (l *literal) appendTo(dst []byte) []byte {
	end := len(dst)
	if len(l.text) > paddedBytes || cap(dst)-end < paddedBytes {
		return append(dst, l.text...)
	}
	*(*[paddedBytes]byte)(dst[end : end+paddedBytes]) = l.start
	return dst[:end+len(l.text)]
}

// member is a member of a JSON object whose value is a text.
type member struct {
	name  literal // as it is written: from the comma before it to the value's first quotation mark
	whole bool    // a value that is too long is left out instead of cut
}

func newMember(name string) member { return member{name: newLiteral(`,"` + name + `":"`)} }

// append appends the member with a value of at most limit bytes; see appendText. plain says
// that the value needs no escapes, so that nobody looks for them.
func (m *member) append(dst []byte, value string, limit int, plain bool) (out []byte, cut bool) {
	before := len(dst)
	dst = m.name.appendTo(dst)
	if len(value) <= limit && (plain || ascii.IsPlain(value)) {
		return append(append(dst, value...), '"'), false
	}
	dst, cut = appendText(dst, value, limit)
	if cut && m.whole {
		return dst[:before], true
	}
	return dst, cut
}

// closeObject makes an object of the members that were appended from open on. Its brace
// replaces the comma before the first one.
func closeObject(dst []byte, open int) []byte {
	if len(dst) == open {
		return append(dst, "{}"...)
	}
	dst[open] = '{'
	return append(dst, '}')
}

// appendMembers appends the given fields of a visit that have a value and a name. The
// visit begins at start in dst. A field that could make the visit too long is left
// out. cut says whether a value was cut or left out.
func appendMembers(dst []byte, start int, v *visit.Visit, names *headerNames, fields *visit.FieldSet) (out []byte, cut bool) {
	for i := range v.Present.Shared(fields) {
		value, m := v.Text[i], &names[i]
		if value == "" || m.name.text == "" {
			continue
		}
		if len(dst)-start > visit.MaxVisitBytes-2*visit.MaxTextBytes {
			cut = true
			continue
		}
		var cutOne bool
		dst, cutOne = m.append(dst, value, visit.MaxTextBytes, v.Plain.Has(i))
		cut = cut || cutOne
	}
	return dst, cut
}

// appendMillis appends a duration of up to visit.MaxDuration as whole milliseconds,
// rounded.
func appendMillis(dst []byte, d time.Duration) []byte {
	return strconv.AppendInt(dst, int64((d+time.Millisecond/2)/time.Millisecond), 10)
}

// appendStatus appends a number of three digits.
func appendStatus(dst []byte, code int) []byte {
	n := uint32(code)
	return append(dst, ascii.Digit(n/100), ascii.Digit(n/10), ascii.Digit(n))
}

// appendText completes a JSON string whose first quotation mark dst already has. It
// appends at most limit bytes for s, cut at the end of a character, and the last
// quotation mark.
//
// Control characters but the tab, and bytes that are not UTF-8, become U+FFFD: no
// header may contain them (RFC 9110, section 5.5), and some databases refuse them. The
// characters that some readers take for line breaks, or that no terminal shows, are
// escaped. Everything else decodes, with encoding/json, to what went in.
func appendText(dst []byte, s string, limit int) (out []byte, cut bool) {
	end := len(dst) + limit
	for s != "" {
		plain := plainLength(s[:min(len(s), end-len(dst))])
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

// plainLength counts the bytes at the start of s that need no escapes.
func plainLength(s string) int {
	for i := range len(s) {
		if !ascii.PlainBytes[s[i]] {
			return i
		}
	}
	return len(s)
}

// appendCharacter appends the first character of s, which is not a plain byte or does
// not fit, and returns its length in s.
func appendCharacter(dst []byte, s string) (out []byte, read int) {
	c := s[0]
	switch {
	case c == '"', c == '\\':
		return append(dst, '\\', c), 1
	case c == '\t':
		return append(dst, '\\', 't'), 1
	case c < utf8.RuneSelf:
		return append(dst, replacement...), 1
	}
	switch r, size := utf8.DecodeRuneInString(s); {
	case r == utf8.RuneError && size == 1:
		return append(dst, replacement...), size
	case r < 0xa0: // U+0080 to U+009F, whose bytes are legal in a header
		return append(dst, '\\', 'u', '0', '0', ascii.UpperHex[r>>4], ascii.UpperHex[r&15]), size
	case r == '\u2028':
		return append(dst, `\u2028`...), size
	case r == '\u2029':
		return append(dst, `\u2029`...), size
	default:
		return append(dst, s[:size]...), size
	}
}

const replacement = "\uFFFD"

// appendSeconds appends a time in Unix nanoseconds as seconds with up to three
// decimals.
func appendSeconds(dst []byte, nanos int64) []byte {
	millis := nanos / int64(time.Millisecond)
	dst = appendTenDigits(dst, millis/1000)
	if millis %= 1000; millis == 0 {
		return dst
	}
	n := uint32(millis)
	decimals := [4]byte{'.', ascii.Digit(n / 100), ascii.Digit(n / 10), ascii.Digit(n)}
	end := len(decimals)
	for decimals[end-1] == '0' {
		end--
	}
	return append(dst, decimals[:end]...)
}

// appendTenDigits appends a number. It is fast for those of ten digits, as the seconds
// of all times from 2001 to 2286 are.
func appendTenDigits(dst []byte, n int64) []byte {
	if n < 1e9 || n >= 1e10 {
		return strconv.AppendInt(dst, n, 10)
	}
	upper, lower := uint32(n/100000000), uint32(n%100000000)
	a, b, c, d, e := twoDigits[upper%100], twoDigits[lower/1000000%100], twoDigits[lower/10000%100], twoDigits[lower/100%100], twoDigits[lower%100]
	return append(dst, a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1], e[0], e[1])
}

// appendTimestamp appends a time in Unix nanoseconds as ISO 8601 in UTC with
// milliseconds. Time.Format would take half as long as the rest of a visit.
func appendTimestamp(dst []byte, nanos int64) []byte {
	const perDay = 24 * 60 * 60 * 1000
	millis := uint64(nanos) / uint64(time.Millisecond)
	year, month, day := dateOf(uint32(millis / perDay))
	ofDay := uint32(millis % perDay)
	seconds := ofDay / 1000
	minutes := seconds / 60
	century, ofCentury := twoDigits[year/100%100], twoDigits[year%100]
	mm, dd := twoDigits[month%100], twoDigits[day%100]
	hour, minute, second := twoDigits[minutes/60%100], twoDigits[minutes%60], twoDigits[seconds%60]
	ofSecond := ofDay % 1000
	tenths := twoDigits[ofSecond/10%100]
	return append(dst,
		century[0], century[1], ofCentury[0], ofCentury[1], '-', mm[0], mm[1], '-', dd[0], dd[1], 'T',
		hour[0], hour[1], ':', minute[0], minute[1], ':', second[0], second[1], '.', tenths[0], tenths[1], ascii.Digit(ofSecond), 'Z')
}

// twoDigits are the numbers below 100 in decimal.
var twoDigits = func() (all [100][2]byte) {
	for n := range uint32(len(all)) {
		all[n] = [2]byte{ascii.Digit(n / 10), ascii.Digit(n)}
	}
	return all
}()

// dateOf is the date of a day since 1970, by the algorithm of Cassio Neri and
// Lorenz Schneider, "Euclidean affine functions and their application to calendar
// algorithms" (2022), in which years begin in March.
func dateOf(days uint32) (year, month, day uint32) {
	quarters := 4*(days+719468) + 3 // since the first of March of the year 0
	century, ofCentury := quarters/146097, quarters%146097|3
	product := 2939745 * uint64(ofCentury)
	year = 100*century + uint32(product>>32)
	ofYear := uint32(product) / 2939745 / 4
	product32 := 2141*ofYear + 197913
	month, day = product32>>16, product32&0xffff/2141+1
	if month > 12 {
		return year + 1, month - 12, day
	}
	return year, month, day
}
