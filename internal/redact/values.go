// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

// A secret is the value of a secret key. Key and value meet in three forms:
//
//	token=s        a query, a matrix parameter, a cookie
//	"token": "s"   JSON
//	token: "s"     GraphQL
//
// How far a value goes depends on what it stands in: in a query up to "&", in a matrix
// parameter up to ";", "/" or "?", in a cookie up to ";", in a header up to what ends
// the URL, in quotation marks up to the closing one. Where that is not clear, the
// redactor takes too much rather than too little.

// readEquals hides the value after "=" if the name before it is secret. The name ends
// at the given place, the value starts at from.
func (r *redactor) readEquals(at, from, level int) int {
	name := r.name
	r.name = from
	if !r.isSecret(name, at) {
		return from
	}
	if name > 0 && r.text[name-1] == ';' { // a matrix parameter; a cookie has a space there
		r.url = true
	}
	end := from
	if r.place != inQuery {
		q, ok := r.findQuotation(from)
		switch {
		case ok && r.endsValue(q.next):
			return r.hide(q.start, q.end)
		case ok: // the quotation is only the value's beginning
			end = q.next
		case r.place == inHeader && from < len(r.text) && (r.text[from] == '{' || r.text[from] == '['): // JSON
			return r.hide(from, r.findJSONEnd(from, 0))
		}
	}
	end = r.findEnd(end, level)
	scheme := r.prev == ':'
	r.hide(from, end)
	if scheme && r.isSlash(end) {
		return r.cutUserInfo(end, level)
	}
	return end
}

// readMark hides a value in JSON if this quotation mark ends the name of a secret and
// ":" follows. The name starts after the mark before, or after a delimiter.
func (r *redactor) readMark(at, next, level int) int {
	mark := r.mark
	r.mark = next
	colon := r.skipBlanks(next)
	if r.byteAt(colon) != ':' || !r.isSecret(r.name, at) && !r.isSecret(mark, at) {
		return next
	}
	_, size, _ := decodeByte(r.text, colon)
	return r.hideMember(r.skipBlanks(colon+size), level)
}

// readColon hides a value in GraphQL if the name before the colon is secret. A colon
// before slashes ends the scheme of a URL.
func (r *redactor) readColon(at, next, level int) int {
	value := r.skipBlanks(next)
	switch {
	case r.isMark(r.skipBackslashes(value)):
		if r.braces && r.isSecret(r.name, at) {
			return r.hideMember(value, level)
		}
	case r.isSlash(next):
		r.noteURL(level)
		return r.cutUserInfo(next, level)
	}
	r.name = next
	return next
}

// hideMember hides a value in JSON or GraphQL. A value that is no quotation, or a
// quotation with something odd after it, goes with all that follows.
func (r *redactor) hideMember(from, level int) int {
	if q, ok := r.findQuotation(from); ok && r.endsMember(&q) {
		return r.hide(q.start, q.end)
	}
	return r.hide(from, r.findJSONEnd(from, level))
}

// isSecret reports whether the text between two places is a secret key.
func (r *redactor) isSecret(from, to int) bool {
	return from < to && r.keys.has(r.text[from:to])
}

// findEnd returns where a value ends that began at a level and is no quotation, or a
// fragment, whose level is then one lower, so that no delimiter of its own level ends
// it. It leaves the last byte in prev.
func (r *redactor) findEnd(from, level int) int {
	url := false // the value holds a URL, whose password can have a ";"
	for i := from; i < len(r.text); {
		c, size, own := decodeByte(r.text, i)
		plain := own == 0 && level >= 0 // not escaped, and this is no fragment of level 0
		switch c {
		case '&': // in paths and headers it separates nothing, unless it is a part of an escaped query
			if own <= level && (r.query || own > 0) {
				return i
			}
		case '/', '?':
			if plain && !r.query && (r.url || r.place == inPath) {
				return i
			}
			url = url || r.prev == ':'
		case ';':
			if plain && !r.query && !url {
				return i
			}
		case '#':
			if plain && r.place == inHeader {
				return i
			}
		case '>', '"':
			if own == 0 && r.place == inHeader {
				return i
			}
		}
		r.prev = c
		i += size
	}
	return len(r.text)
}

// endsValue reports whether a quotation that ends at i can be a whole value after "=".
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
		return !r.query && !r.isMark(i+1)
	case ';', '/', '?':
		return !r.query
	}
	return false
}
