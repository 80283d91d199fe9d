// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// A secret is the value of a secret key. Key and value are written in three forms:
//
//	token=s        a query, a matrix parameter, a cookie
//	"token": "s"   JSON
//	token: "s"     GraphQL
//
// How far a value goes depends on what it is part of. In a query it goes up to "&", in
// a matrix parameter up to ";", "/" or "?", in a cookie up to ";", in a header up to
// the end of the URL, in quotation marks up to the closing one. Where that is not
// clear, the redactor takes too much rather than too little.

// readEquals hides the value after "=" if the name before it is secret. The name ends
// at the given place, and the value starts at from.
func (r *redactor) readEquals(at, from, level int) int {
	name, whole := r.name, r.phrase
	if whole == at {
		whole = r.before
	}
	r.startName(from)
	if !r.isSecret(name, at, from) {
		if whole == name || at-whole > maxNameBytes || !r.isSecret(whole, at, from) {
			return from
		}
		name = whole
	}
	if name > 0 && r.text[name-1] == ';' { // a matrix parameter; a cookie has a space there
		r.url = true
	}
	end := from
	if r.kind != queryText {
		q, ok := r.findQuoted(from)
		switch {
		case ok && r.endsValue(q.next):
			return r.hide(q.start, q.end)
		case ok: // the value goes on after its closing quotation mark
			end = q.next
		case r.kind == headerText && from < len(r.text) && (r.text[from] == '{' || r.text[from] == '['): // JSON
			return r.hide(from, r.findJSONEnd(from, 0))
		}
	}
	end, last := r.findEnd(end, level)
	r.hide(from, end)
	if last == ':' && r.isSlash(end) { // a matrix parameter ends within the URL that is its value
		return r.cutUserInfo(end, level)
	}
	return end
}

// maxNameBytes bounds how long a name is that has blanks and colons, as in "magic link=",
// or a delimiter right before "=", as in "token :=" and "token,=". A longer one is a
// sentence.
const maxNameBytes = 64

// readQuote hides a value in JSON if this quotation mark ends the name of a secret and
// ":" follows. The name starts after the last quotation mark or delimiter.
func (r *redactor) readQuote(at, next, level int) int {
	quoted := r.afterQuote
	r.afterQuote = next
	colon := r.skipBlanks(next)
	if r.byteAt(colon) != ':' {
		return next
	}
	_, size, _ := decodeByte(r.text, colon)
	value := r.skipBlanks(colon + size)
	if !r.isSecret(r.name, at, value) && !r.isSecret(quoted, at, value) {
		return next
	}
	return r.hideMember(value, level)
}

// readColon hides a value in GraphQL if the name before the colon is secret. If
// slashes follow, the colon ends the scheme of a URL.
func (r *redactor) readColon(at, next, level int) int {
	value := r.skipBlanks(next)
	switch {
	case r.holdsTexts(value):
		if r.braces && r.isSecret(r.name, at, value) {
			return r.hideMember(value, level)
		}
	case r.isSlash(next):
		r.noteURL(next, level)
		return r.cutUserInfo(next, level)
	}
	r.endWord(at, next)
	return next
}

// holdsTexts reports whether a value in GraphQL is a text in quotation marks, or a list or
// an object that can hold some.
func (r *redactor) holdsTexts(value int) bool {
	first := r.skip(value, &beforeElements)
	return r.byteAt(first) == '{' || r.isQuote(r.skipBackslashes(first))
}

// beforeElements can stand before the first element of a list, and of the lists in it.
var beforeElements = ascii.ByteSet{'[': true, ' ': true, '\t': true, '\n': true, '\r': true, '+': true}

// hideMember hides a value in JSON or GraphQL that starts at from. If it is not in
// quotation marks, or something odd follows the closing one, all that follows goes.
func (r *redactor) hideMember(from, level int) int {
	if q, ok := r.findQuoted(from); ok && r.endsMember(q) {
		return r.hide(q.start, q.end)
	}
	return r.hide(from, r.findJSONEnd(from, level))
}

// isSecret reports whether the text between two places is a secret key, given where its
// value starts.
func (r *redactor) isSecret(from, to, value int) bool {
	if from >= to {
		return false
	}
	secrecy := r.keys.secrecyOf(r.text[from:to])
	if secrecy == harmless || secrecy == alwaysSecret {
		return secrecy == alwaysSecret
	}
	if secrecy == ifMailAddress {
		return r.holdsMailAddress(value)
	}
	if value = r.skipBackslashes(value); r.isQuote(value) {
		_, size, _ := decodeByte(r.text, value)
		value += size
	}
	var buffer [enough]byte
	if secrecy == ifPolicy {
		start, _ := readToken(r.text, value, buffer[:0])
		return looksLikePolicy(start)
	}
	return looksRandom(r.readWords(value, buffer[:0]))
}

// readWords appends the bytes of a value from i on, decoded, until dst is full. It rather
// reads past the value's end than stops before it.
func (r *redactor) readWords(i int, dst []byte) []byte {
	for i < len(r.text) && len(dst) < cap(dst) {
		c, size, level := decodeByte(r.text, i)
		if c == '&' || c == '"' || c == '\'' || level == 0 && (endsURL[c] || !r.query && endsParameter[c]) {
			break
		}
		dst = append(dst, c)
		i += size
	}
	return dst
}

// endsURL are the bytes that end a URL unless they are escaped, and endsParameter those that
// end a matrix parameter or what stands in a header.
var (
	endsURL       = ascii.ByteSet{' ': true, '\t': true, '<': true, '>': true, '#': true}
	endsParameter = ascii.ByteSet{'/': true, '?': true, ';': true, ',': true}
)

// maxMailBytes is how much of a value is looked at for an address: more than the longest
// has (RFC 5321), with somebody's name before it.
const maxMailBytes = 384

// holdsMailAddress reports whether "@" stands in a value before "&".
func (r *redactor) holdsMailAddress(value int) bool {
	for range maxMailBytes {
		if value >= len(r.text) {
			break
		}
		c, size, _ := decodeByte(r.text, value)
		if c == '@' || c == '&' {
			return c == '@'
		}
		value += size
	}
	return false
}

// findEnd returns where a value without quotation marks ends, and its last byte. Only a
// delimiter of the given level or a lower one ends it. For a fragment of level 0 the
// given level is -1.
func (r *redactor) findEnd(from, level int) (end int, last byte) {
	prev := r.prev
	url := false // the value holds a URL, whose password can have a ";"
	for i := from; i < len(r.text); {
		c, size, own := decodeByte(r.text, i)
		plain := own == 0 && level >= 0 // not escaped, and this is no fragment of level 0
		switch c {
		case '&': // in paths and headers it separates nothing, unless it is a part of an escaped query
			if own <= level && (r.query || own > 0) {
				return i, prev
			}
		case '/', '?':
			if plain && !r.query && (r.url || r.kind == pathText) {
				return i, prev
			}
			url = url || prev == ':'
		case ';':
			if plain && !r.query && !url {
				return i, prev
			}
		case '#':
			if plain && r.kind == headerText {
				return i, prev
			}
		case '>', '"':
			if own == 0 && r.kind == headerText {
				return i, prev
			}
		}
		prev = c
		i += size
	}
	return len(r.text), prev
}

// endsValue reports whether a quoted text that ends before i can be a whole value after
// "=".
func (r *redactor) endsValue(i int) bool {
	if i == len(r.text) {
		return true
	}
	switch r.text[i] {
	case '#', '>', '"', ' ', '\t':
		return true
	case '&':
		return r.query
	case ',':
		return !r.query && !r.isQuote(i+1)
	case ';', '/', '?':
		return !r.query
	}
	return false
}
