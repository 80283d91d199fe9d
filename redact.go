// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// redacted stands in for a secret value. It is the word of the semantic
// conventions (url.query, url.full).
const redacted = "REDACTED"

// urlPart is what a text that is redacted is a part of.
type urlPart uint8

const (
	inQuery  urlPart = iota
	inPath           // where matrix parameters and whole URLs can stand
	inHeader         // one or more URLs, as in Referer and Link
)

// redactor goes through a text once, escapes decoded in passing, and takes out
// what must not leave: the values of secret keys, and user information and
// fragments of URLs, also of URLs that stand percent-encoded, once or more
// often, within others. Everything else stays byte for byte.
//
// How often a byte is encoded is its level. What begins at one level ends at a
// delimiter of the same or a lower one: "%26" is a part of the value that
// "token=" begins, and ends the value that "token%3D" begins.
type redactor struct {
	keys *secretKeys
	text string
	part urlPart

	out  []byte // what has been decided, if it differs from the text
	kept int    // up to where out holds the text

	name   int  // where the name that is being read starts
	mark   int  // behind the last quotation mark
	prev   byte // the byte before, decoded
	query  bool // in inHeader: behind a "?"
	url    bool // in inHeader: in a URL
	nested int  // level up to which "#" starts a fragment of a URL within this one; 0: none
	link   bool // in inHeader: between "<" and ">"
	braces bool // in a parameter of a query: behind a brace or a parenthesis

	// An authority that starts before clear, and at clearLevel or a higher one, has no
	// user information.
	clear, clearLevel int
}

// redact returns the text itself if nothing in it must go.
func (k *secretKeys) redact(text string, part urlPart) string {
	if !mayHoldSecrets(text) {
		return text
	}
	r := redactor{keys: k, text: text, part: part, query: part == inQuery, url: text[0] == '/' || text[0] == '<'}
	for i := 0; i < len(text); {
		if inName[text[i]] {
			r.prev = text[i]
			i++
			continue
		}
		i = r.step(i)
	}
	if r.kept == 0 {
		return text
	}
	return string(append(r.out, text[r.kept:]...))
}

// step takes the byte at i, which may be a delimiter. It returns where the next
// one is.
func (r *redactor) step(i int) int {
	c, size, level := decodeByte(r.text, i)
	next := i + size
	prev := r.prev
	r.prev = c
	switch c {
	case '=':
		return r.value(i, next, level)
	case '"', '\'':
		return r.quotationMark(i, next, level)
	case ':':
		return r.colon(i, next, level)
	case '/', '\\':
		if c == '\\' && r.isMark(next) { // escaped, in JSON within JSON
			return next
		}
		r.name = next
		if startsReference[prev] && r.isSlash(next) {
			return r.authority(next, level)
		}
	case '#':
		if r.part == inHeader && level == 0 || level <= r.nested {
			return r.fragment(i, next, level, prev)
		}
		r.name = next
	case '&', ';', '?', ',', '<', '>', '{', '(', '|', ' ', '\t':
		r.name = next
		r.braces = r.braces || c == '{' || c == '('
		r.delimiter(c, level)
	}
	return next
}

// fragment takes out the fragment of a URL. What is behind it moves to what was
// before.
func (r *redactor) fragment(at, from, level int, prev byte) int {
	r.replace(at, r.end(from, level-1), "")
	r.prev = prev
	if prev == '/' && r.isSlash(r.kept) {
		return r.authority(r.kept, level)
	}
	return r.kept
}

// delimiter notes where in a URL a byte leads.
func (r *redactor) delimiter(c byte, level int) {
	if level > 0 {
		return
	}
	switch c {
	case '&':
		r.nested, r.braces = 0, false
	case '?':
		r.query = true
	case '<', '>', ' ', '\t':
		r.query = r.part == inQuery
		r.link = c == '<' || r.link && c != '>'
	}
}

// beginURL notes that a URL starts within another.
func (r *redactor) beginURL(level int) {
	if r.query || r.part == inPath || level > 0 {
		r.nested = max(r.nested, level, 1)
	}
}

// authority takes user information out of what follows "//". It returns where
// the host starts.
func (r *redactor) authority(from, level int) int {
	r.url = true
	for {
		for r.isSlash(from) {
			_, size, own := decodeByte(r.text, from)
			level = min(level, own)
			from += size
		}
		r.prev, r.name = '/', from
		end := r.lastAt(from, level)
		if end < 0 {
			return from
		}
		r.replace(from, end, "")
		from = end
	}
}

// lastAt is behind the last "@" of the authority that starts at from, or -1. Where
// it has found none it does not look again: a text can be made of nothing but
// beginnings of authorities.
func (r *redactor) lastAt(from, level int) int {
	if from < r.clear {
		if level >= r.clearLevel {
			return -1
		}
		from = r.clear
	}
	last, i := -1, from
	for i < len(r.text) {
		c, size, own := decodeByte(r.text, i)
		if r.endsAuthority(c, own, level) {
			break
		}
		i += size
		if c == '@' {
			last = i
		}
	}
	if last < 0 {
		r.clear, r.clearLevel = i, level
	}
	return last
}

func (r *redactor) endsAuthority(c byte, own, level int) bool {
	switch c {
	case '/', '\\', '?', '#', ' ', '<', '>', '"':
		return own <= level
	case '&':
		return own == 0 && r.query
	}
	return false
}

func (r *redactor) replace(from, to int, with string) {
	if r.text[from:to] != with {
		r.out = append(append(r.out, r.text[r.kept:from]...), with...)
		r.kept = to
	}
}

// decodeByte is the byte at i with its escape undone, however often it was
// escaped (%3D, %253D, ...), the length of the escape and how often. The %u00HH
// of old browsers and JSON's \u00HH count as well. What is no escape stands for
// itself.
func decodeByte(s string, i int) (c byte, size, level int) {
	c, size = s[i], 1
	for c == '%' || c == '\\' {
		at := i + size
		switch {
		case c == '%' && at+1 < len(s) && isHex(s[at]) && isHex(s[at+1]):
			c = unhex(s[at])<<4 | unhex(s[at+1])
			size += 2
		case at+4 < len(s) && s[at]|0x20 == 'u' && s[at+1] == '0' && s[at+2] == '0' && isHex(s[at+3]) && isHex(s[at+4]):
			c = unhex(s[at+3])<<4 | unhex(s[at+4])
			size += 5
		default:
			return c, size, level
		}
		level++
	}
	return c, size, level
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// inName are the bytes that step has nothing to do for. All others may be
// delimiters; those that are none belong to names, too.
var inName = *newByteSet("-_.[]$+!*~")

// startsReference are the bytes behind which "//" starts a URL without scheme;
// 0 is before the text.
var startsReference = byteSet{
	0: true, '=': true, '<': true, '"': true, '\'': true, ' ': true, '\t': true, ',': true, '?': true, '&': true, ';': true,
	'(': true, '[': true, '|': true,
}

// withoutFragment is a query as it would be sent.
func withoutFragment(query string) string {
	query, _, _ = strings.Cut(query, "#")
	return query
}

// urlFields are the texts of a visit that hold URLs.
var urlFields = setOf(
	referer, requestHeader("origin"), requestHeader("ucp-agent"), mcpTool,
	location, link, responseHeader("access-control-allow-origin"),
)

// redactQuery and cleanURL redact with the built-in keys.
func redactQuery(query string) string { return builtinSecrets.redact(query, inQuery) }
func cleanURL(s string) string        { return builtinSecrets.redact(s, inHeader) }
