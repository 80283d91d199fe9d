// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Query redacts the query of a URL, without its "?".
func (k *Keys) Query(text string) string { return k.redact(text, queryText) }

// Path redacts the path of a URL.
func (k *Keys) Path(text string) string { return k.redact(text, pathText) }

// Header redacts a header that may hold URLs.
func (k *Keys) Header(text string) string { return k.redact(text, headerText) }

// textKind says what a text is. A byte that ends a value in one kind of text can be a
// part of the value in another.
type textKind uint8

const (
	queryText  textKind = iota // the query of a URL, escaped
	pathText                   // the path of a URL, escaped; it can hold matrix parameters and whole URLs
	headerText                 // a header with any number of URLs, such as Referer or Link
)

// redacted replaces a secret value. The semantic conventions use the same word
// (url.query, url.full).
const redacted = "REDACTED"

// maxPasses bounds how often redact reads a text. A text without secrets takes one
// pass, and nearly every other text takes two.
const maxPasses = 4

// redact takes out of a text what must not leave: the values of secret keys, tokens, and
// the user information and the fragments of URLs. Everything else stays byte for byte.
//
// It finds nothing in what it returns. Taking something out can make its neighbours
// mean something new: ":/%23<;%40" has a fragment, "%23<", and without it ";%40" is
// user information. So redact reads the text again until a pass changes nothing. Only
// an attacker writes a text that takes more than maxPasses. Nothing of it leaves.
func (k *Keys) redact(text string, kind textKind) string {
	for range maxPasses {
		if !mayHoldSecrets(text) {
			return text
		}
		rest, hidden := hideTokens(text)
		rest, changed := k.pass(rest, kind)
		if !hidden && !changed {
			return text
		}
		text = rest
	}
	if kind == pathText {
		return "/" + redacted
	}
	return redacted
}

// pass reads a text once and returns what is left of it.
func (k *Keys) pass(text string, kind textKind) (rest string, changed bool) {
	r := redactor{keys: k, text: text, kind: kind, query: kind == queryText, url: text != "" && (text[0] == '/' || text[0] == '<')}
	for i := 0; i < len(text); {
		if nameBytes[text[i]] {
			r.prev = text[i]
			i++
			continue
		}
		i = r.readByte(i)
	}
	if r.copied == 0 {
		return text, false
	}
	return string(append(r.out, text[r.copied:]...)), true
}

// redactor is the state of one pass.
//
// A URL can stand within a URL, escaped once more. In "to=%2Fx%3Fa%3D1%26token%3Ds" the
// secret is "s". So the redactor decodes byte by byte while it reads, and knows the
// level of each byte: how often it is escaped. A value that begins at one level ends at
// a delimiter of that level or a lower one. "%26" ends the value after "token%3D", but
// is a part of the value after "token=".
type redactor struct {
	keys *Keys
	text string
	kind textKind

	out    []byte // the result so far, once it differs from the text
	copied int    // out holds the text up to here

	phrase     int  // where the name that is being read starts
	name       int  // where its last word starts, after a blank or a colon
	before     int  // where the name before it starts, which a delimiter ended
	afterQuote int  // after the last quotation mark, where a name in JSON starts
	prev       byte // the byte before this one, decoded; 0 at the start of the text

	query  bool // this byte is in a query, where "&" ends a value
	url    bool // this byte is in a URL, where "/" and "?" end a matrix parameter
	angle  bool // in a header: this byte is between "<" and ">"
	braces bool // a brace or parenthesis opened in this parameter of the query, so GraphQL can follow
	nested int  // the highest level at which "#" starts a fragment: 0, or that of a URL within this text
	inPath bool // a URL has started within a path, and its slashes are those of the path
	outer  bool // this byte is in a URL with a scheme, in which another one can start

	// findHost found no "@" before noUserInfoTo that belongs to an authority of
	// noUserInfoLevel or above.
	noUserInfoTo, noUserInfoLevel int
}

// readByte reads the byte at i, and all that it begins. It returns where to read on.
func (r *redactor) readByte(i int) int {
	c, size, level := decodeByte(r.text, i)
	next := i + size
	prev := r.prev
	r.prev = c
	switch c {
	case '=':
		return r.readEquals(i, next, level)
	case '"', '\'':
		return r.readQuote(i, next, level)
	case ':':
		return r.readColon(i, next, level)
	case '/', '\\':
		if c == '\\' && r.isQuote(next) { // a backslash that escapes a quotation mark: JSON within JSON
			return next
		}
		r.endName(i, next)
		if startsReference[prev] && r.isSlash(next) {
			return r.cutUserInfo(next, level)
		}
	case '#':
		if level <= r.nested {
			return r.cutFragment(i, next, level, prev)
		}
		r.endName(i, next)
	case ' ', '\t':
		r.endWord(i, next)
		r.noteDelimiter(c, level)
	case '&':
		r.startName(next)
		r.noteDelimiter(c, level)
	case ';', '?', ',', '<', '>', '{', '(', '|':
		r.endName(i, next)
		r.noteDelimiter(c, level)
	}
	return next
}

// startName notes that a name starts, which has nothing to do with the text before it.
func (r *redactor) startName(at int) {
	r.before, r.phrase, r.name = at, at, at
}

// endName notes that a name ends, unless it is empty, and that another one may start.
func (r *redactor) endName(at, next int) {
	if at > r.phrase {
		r.before = r.phrase
	}
	r.phrase, r.name = next, next
}

// endWord notes that a word of a name ends, unless the name is still empty.
func (r *redactor) endWord(at, next int) {
	if at == r.phrase {
		r.phrase = next
	}
	r.name = next
}

// nameBytes delimit nothing, so pass skips them without readByte. readByte ignores the
// other bytes that delimit nothing.
var nameBytes = *ascii.NewByteSet("-_.[]$+!*~")

// noteDelimiter notes what a delimiter says about the bytes after it.
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
		r.query, r.outer = r.kind == queryText, false
		r.angle = c == '<' || r.angle && c != '>'
	}
}

// hide replaces a secret value, unless it is empty. It returns where the value ends.
func (r *redactor) hide(from, end int) int {
	r.startName(end)
	r.afterQuote = end
	if end > from {
		r.replace(from, end, redacted)
		r.prev = redacted[0]
	}
	return end
}

// replace puts another text in place of a part of this one.
func (r *redactor) replace(from, to int, with string) {
	if r.text[from:to] != with {
		r.out = append(append(r.out, r.text[r.copied:from]...), with...)
		r.copied = to
	}
}
