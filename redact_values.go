// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

// A redactor meets names behind which a value may be secret in three forms: with
// "=", as in queries; in quotation marks with ":", as in JSON; and as they are with
// ":" before a quotation mark, as in GraphQL. Where it cannot be told how far a
// value goes, better too much is taken.

// value is behind "=".
func (r *redactor) value(at, from, level int) int {
	name := r.name
	r.name = from
	if !r.isSecret(name, at) {
		return from
	}
	if name > 0 && r.text[name-1] == ';' { // a matrix parameter: cookies have a space there
		r.url = true
	}
	end := from
	if r.part != inQuery {
		q, ok := r.quoted(from)
		switch {
		case ok && r.endsValue(q.behind):
			return r.hide(q.start, q.end)
		case ok:
			end = q.behind
		case r.part == inHeader && from < len(r.text) && (r.text[from] == '{' || r.text[from] == '['): // JSON
			return r.hide(from, r.rest(from, 0))
		}
	}
	end = r.end(end, level)
	scheme := r.prev == ':'
	r.hide(from, end)
	if scheme && r.isSlash(end) {
		return r.authority(end, level)
	}
	return end
}

// quotationMark may end a name in JSON.
func (r *redactor) quotationMark(at, next, level int) int {
	mark := r.mark
	r.mark = next
	value := r.skipBlanks(next)
	if r.byteAt(value) != ':' || !r.isSecret(r.name, at) && !r.isSecret(mark, at) {
		return next
	}
	_, size, _ := decodeByte(r.text, value)
	return r.member(r.skipBlanks(value+size), level)
}

// member takes out a value in JSON or GraphQL. What cannot be told from the text
// behind it goes with that.
func (r *redactor) member(from, level int) int {
	if q, ok := r.quoted(from); ok && r.endsMember(&q) {
		return r.hide(q.start, q.end)
	}
	return r.hide(from, r.rest(from, level))
}

// colon may be behind a name in GraphQL, or behind the scheme of a URL.
func (r *redactor) colon(at, next, level int) int {
	value := r.skipBlanks(next)
	switch {
	case r.isMark(r.skipBackslashes(value)):
		if r.braces && r.isSecret(r.name, at) {
			return r.member(value, level)
		}
	case r.isSlash(next):
		r.beginURL(level)
		return r.authority(next, level)
	}
	r.name = next
	return next
}

func (r *redactor) isSecret(name, at int) bool {
	return name < at && r.keys.has(r.text[name:at])
}

// hide takes out a secret value. It returns where that ends.
func (r *redactor) hide(from, end int) int {
	r.name, r.mark = end, end
	if end > from {
		r.replace(from, end, redacted)
		r.prev = redacted[0]
	}
	return end
}

// end is where a value ends that began at a level, if it has no quotation marks. It
// leaves the value's last byte in prev.
func (r *redactor) end(from, level int) int {
	url := false // in the value, whose password may have a ";"
	for i := from; i < len(r.text); {
		c, size, own := decodeByte(r.text, i)
		switch c {
		case '&':
			if own <= level && (r.query || own > 0) {
				return i
			}
		case '/', '?':
			if own == 0 && !r.query && level >= 0 && (r.url || r.part == inPath) {
				return i
			}
			url = url || r.prev == ':'
		case ';':
			if own == 0 && !r.query && level >= 0 && !url {
				return i
			}
		case '>', '"', '#':
			if own == 0 && r.part == inHeader && (c != '#' || level >= 0) {
				return i
			}
		}
		r.prev = c
		i += size
	}
	return len(r.text)
}

// rest is where JSON ends at the latest that began at a level: with what it is in.
func (r *redactor) rest(from, level int) int {
	i := from
	for i < len(r.text) {
		c, size, own := decodeByte(r.text, i)
		if own == 0 && r.holdsNoJSON(c, level) {
			break
		}
		i += size
	}
	return i
}

// holdsNoJSON says whether a byte that is not escaped ends what holds JSON whose
// quotation marks are escaped level times.
func (r *redactor) holdsNoJSON(c byte, level int) bool {
	switch c {
	case '&':
		return r.query
	case '#':
		return r.query && r.part == inHeader
	case '>':
		return r.link || r.part == inHeader && level > 0
	case '"', ' ', '\t':
		return r.part == inHeader && level > 0
	}
	return false
}

// endsValue says whether the byte at i, if there is one, can be behind a value in
// quotation marks.
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

// endsMember says whether what is behind a text can be behind one in JSON or GraphQL,
// or if that is in a text of its own.
func (r *redactor) endsMember(q *quotation) bool {
	if q.behind == q.end || q.behind == len(r.text) {
		return true
	}
	c, size, own := decodeByte(r.text, q.behind)
	return memberEnds[c] || c == '\\' && !r.isMark(q.behind+size) ||
		own == 0 && (r.holdsNoJSON(c, 1) || c == '/' && r.part == inPath)
}

var memberEnds = byteSet{
	',': true, '}': true, ']': true, ')': true, '&': true, ';': true, '#': true, '>': true, ' ': true, '\t': true, '\n': true,
	'\r': true, '+': true,
}

// quotation is a text in quotation marks: from start to end, and what is behind the
// closing mark.
type quotation struct{ start, end, behind int }

// quoted is the text whose opening mark is at from. In JSON within JSON backslashes
// are before the mark; they belong to it. The closing one is percent-encoded as often
// and has as many; more of them are part of the text. If there is none, the text
// ends with what it is in.
func (r *redactor) quoted(from int) (q quotation, ok bool) {
	mark := r.skipBackslashes(from)
	if !r.isMark(mark) {
		return q, false
	}
	escapes := r.backslashes(from, mark)
	opening, size, level := decodeByte(r.text, mark)
	q.start = mark + size
	run := 0 // backslashes before i, which start at q.end
	for i := q.start; i < len(r.text); {
		c, size, own := decodeByte(r.text, i)
		if run == 0 {
			q.end = i
		}
		switch {
		case c == opening && own == level && (run < escapes || run%(2*escapes+2) == escapes):
			q.behind = i + size
			return q, true
		case own == 0 && r.holdsNoJSON(c, level):
			q.end, q.behind = i, i
			return q, true
		case c == '\\':
			run++
		default:
			run = 0
		}
		i += size
	}
	q.end, q.behind = len(r.text), len(r.text)
	return q, true
}

// backslashes counts those from one place to another.
func (r *redactor) backslashes(from, to int) (n int) {
	for i := from; i < to; n++ {
		_, size, _ := decodeByte(r.text, i)
		i += size
	}
	return n
}

func (r *redactor) skipBackslashes(i int) int { return r.skip(i, &backslash) }
func (r *redactor) skipBlanks(i int) int      { return r.skip(i, &blanks) }

func (r *redactor) skip(i int, bytes *byteSet) int {
	for i < len(r.text) {
		c, size, _ := decodeByte(r.text, i)
		if !bytes[c] {
			break
		}
		i += size
	}
	return i
}

// blanks are what JSON can have between its words, and the plus that stands for a
// space in queries.
var (
	blanks    = byteSet{' ': true, '\t': true, '\n': true, '\r': true, '+': true}
	backslash = byteSet{'\\': true}
)

func (r *redactor) isMark(i int) bool {
	c := r.byteAt(i)
	return c == '"' || c == '\''
}

func (r *redactor) isSlash(i int) bool {
	c := r.byteAt(i)
	return c == '/' || c == '\\'
}

// byteAt is the byte at i, decoded, or 0 behind the text.
func (r *redactor) byteAt(i int) byte {
	if i >= len(r.text) {
		return 0
	}
	c, _, _ := decodeByte(r.text, i)
	return c
}
