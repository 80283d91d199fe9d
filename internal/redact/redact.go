// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"unicode/utf8"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
)

// redacted replaces a secret value. The semantic conventions use the same word
// (url.query, url.full).
const redacted = "REDACTED"

// place says where a text stands in a request. The same byte can end a value in one
// place and be a part of it in another.
type place uint8

const (
	inQuery  place = iota // the query of a URL, escaped
	inPath                // the path of a URL, escaped; it can hold matrix parameters and whole URLs
	inHeader              // a header with one or more URLs, such as Referer or Link
)

// maxPasses bounds how often redact reads a text. Ordinary texts need one pass, and
// two if they hold a secret.
const maxPasses = 4

// redact takes out of a text what must not leave: the values of secret keys, and the
// user information and the fragments of URLs. All else stays byte for byte.
//
// The promise is that redact finds nothing in what it returns. What a pass takes out
// can let its neighbours meet and mean something new: ":/%23<;%40" has a fragment,
// and without it ";%40" is user information. So redact reads the text again until a
// pass changes nothing. Nobody but an attacker writes a text that takes more than
// maxPasses; nothing of such a text leaves.
func (k *Keys) redact(text string, at place) string {
	for range maxPasses {
		rest, changed := k.pass(text, at)
		if !changed {
			return text
		}
		text = rest
	}
	if at == inPath {
		return "/" + redacted
	}
	return redacted
}

// Query redacts the query of a URL.
func (k *Keys) Query(text string) string { return k.redact(text, inQuery) }

// Path redacts the path of a URL.
func (k *Keys) Path(text string) string { return k.redact(text, inPath) }

// Header redacts a header that can hold URLs.
func (k *Keys) Header(text string) string { return k.redact(text, inHeader) }

// pass reads a text once. It returns the text itself if nothing in it must go.
func (k *Keys) pass(text string, at place) (rest string, changed bool) {
	if !mayHoldSecrets(text) {
		return text, false
	}
	r := redactor{keys: k, text: text, place: at, query: at == inQuery, url: text[0] == '/' || text[0] == '<'}
	for i := 0; i < len(text); {
		if inName[text[i]] {
			r.prev = text[i]
			i++
			continue
		}
		i = r.read(i)
	}
	if r.copied == 0 {
		return text, false
	}
	return string(append(r.out, text[r.copied:]...)), true
}

// redactor is the state of one pass.
//
// URLs stand within URLs, escaped once more each time: in "to=%2Fx%3Fa%3D1%26token%3Ds"
// the secret is "s". So the redactor decodes the text byte by byte instead of as a
// whole, and knows of each byte its level: how often it is escaped. What begins at one
// level ends at a delimiter of the same or a lower level. "%26" is a part of the value
// that "token=" begins, and it ends the value that "token%3D" begins.
type redactor struct {
	keys  *Keys
	text  string
	place place

	out    []byte // the result so far, as soon as it differs from the text
	copied int    // out holds the text up to here

	name int  // start of the name that is being read
	mark int  // after the last quotation mark
	prev byte // the byte before this one, decoded; 0 at the start of the text

	query  bool // this is in a query; always so in inQuery
	url    bool // this is in a URL, where "/" and "?" end a matrix parameter
	angle  bool // in inHeader: this is between "<" and ">"
	braces bool // a brace or parenthesis opened in this parameter of the query: GraphQL can follow
	nested int  // "#" of this level or a lower one starts a fragment of a URL within this one; 0: there is none

	// No "@" follows before noUserInfoTo, for authorities of level noUserInfoLevel and above.
	noUserInfoTo, noUserInfoLevel int
}

// read takes the byte at i, which may be a delimiter. It returns where to read on.
func (r *redactor) read(i int) int {
	c, size, level := decodeByte(r.text, i)
	next := i + size
	prev := r.prev
	r.prev = c
	switch c {
	case '=':
		return r.readEquals(i, next, level)
	case '"', '\'':
		return r.readMark(i, next, level)
	case ':':
		return r.readColon(i, next, level)
	case '/', '\\':
		if c == '\\' && r.isMark(next) { // it escapes the mark: JSON within JSON
			return next
		}
		r.name = next
		if startsReference[prev] && r.isSlash(next) {
			return r.cutUserInfo(next, level)
		}
	case '#':
		if r.place == inHeader && level == 0 || level <= r.nested {
			return r.cutFragment(i, next, level, prev)
		}
		r.name = next
	case '&', ';', '?', ',', '<', '>', '{', '(', '|', ' ', '\t':
		r.name = next
		r.noteDelimiter(c, level)
	}
	return next
}

// noteDelimiter notes what a delimiter between names begins or ends.
func (r *redactor) noteDelimiter(c byte, level int) {
	if c == '{' || c == '(' {
		r.braces = true
	}
	if level > 0 {
		return
	}
	switch c {
	case '&':
		r.nested, r.braces = 0, false
	case '?':
		r.query = true
	case '<', '>', ' ', '\t':
		r.query = r.place == inQuery
		r.angle = c == '<' || r.angle && c != '>'
	}
}

// hide replaces a secret value, unless it is empty. It returns the value's end.
func (r *redactor) hide(from, end int) int {
	r.name, r.mark = end, end
	if end > from {
		r.replace(from, end, redacted)
		r.prev = redacted[0]
	}
	return end
}

// replace puts another text in the place of a part of this one.
func (r *redactor) replace(from, to int, with string) {
	if r.text[from:to] != with {
		r.out = append(append(r.out, r.text[r.copied:from]...), with...)
		r.copied = to
	}
}

// Spare recognises most queries at once: they consist of bytes that stand for
// themselves or are escaped and delimit nothing, and none of their keys is secret.
// Neither escape nor redact would change them.
func (k *Keys) Spare(query string) bool {
	name := 0
	for i := 0; i < len(query); i++ {
		c := query[i]
		if inName[c] {
			continue
		}
		switch c {
		case '=':
			if k.has(query[name:i]) {
				return false
			}
		case '&':
		case '%':
			if !uri.IsEscape(query, i) {
				return false
			}
			c = ascii.Unhex(query[i+1])<<4 | ascii.Unhex(query[i+2])
			i += 2
			if inName[c] || c >= utf8.RuneSelf {
				continue
			}
			if c != ' ' {
				return false
			}
		default:
			return false
		}
		name = i + 1
	}
	return true
}

// inName are the bytes that read ignores. Of the other bytes, those that are no
// delimiters are parts of names as well.
var inName = *ascii.NewByteSet("-_.[]$+!*~")

// mayHoldSecrets recognises texts without any secret, eight bytes at a time. A value
// follows "=", or a name in quotation marks, or stands in an escaped text, which has
// "%"; user information ends with "@", and a fragment starts with "#".
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
		if hasSecretBorder(ascii.EightBytes(text, i)) {
			return true
		}
	}
	return hasSecretBorder(ascii.EightBytes(text, len(text)-8)) // some bytes twice
}

var secretBorders = ascii.ByteSet{'=': true, '%': true, '@': true, '#': true, '"': true, '\'': true}

// hasSecretBorder reports whether one of eight bytes is one of secretBorders.
func hasSecretBorder(w uint64) bool {
	return (ascii.Equal(w, '=')|ascii.Equal(w, '%')|ascii.Equal(w, '@')|ascii.Equal(w, '#')|ascii.Equal(w, '"')|ascii.Equal(w, '\''))&^w&ascii.UpperBits != 0
}
