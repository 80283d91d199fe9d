// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// quotation is a text between quotation marks, from start to end; next is the place
// after the closing mark. A text that lacks the closing mark ends with what it stands
// in, and next is its end.
type quotation struct{ start, end, next int }

// findQuotation returns the quotation whose opening mark is at from. JSON within JSON
// has backslashes before its marks. The closing mark is percent-encoded as often as
// the opening one, and has as many backslashes; a mark with more is a part of the text.
func (r *redactor) findQuotation(from int) (q quotation, ok bool) {
	mark := r.skipBackslashes(from)
	if !r.isMark(mark) {
		return q, false
	}
	escapes := r.countBackslashes(from, mark)
	opening, size, level := decodeByte(r.text, mark)
	q.start = mark + size
	run := 0 // backslashes right before i, the first of them at q.end
	for i := q.start; i < len(r.text); {
		c, size, own := decodeByte(r.text, i)
		if run == 0 {
			q.end = i
		}
		switch {
		case c == opening && own == level && (run < escapes || run%(2*escapes+2) == escapes):
			q.next = i + size
			return q, true
		case own == 0 && r.endsJSON(c, level):
			q.end, q.next = i, i
			return q, true
		case c == '\\':
			run++
		default:
			run = 0
		}
		i += size
	}
	q.end, q.next = len(r.text), len(r.text)
	return q, true
}

// endsMember reports whether a quotation can be a whole value in JSON or GraphQL. What
// follows it must be what can follow there, or end what the JSON stands in.
func (r *redactor) endsMember(q *quotation) bool {
	if q.next == q.end || q.next == len(r.text) {
		return true
	}
	c, size, own := decodeByte(r.text, q.next)
	return memberEnds[c] || c == '\\' && !r.isMark(q.next+size) ||
		own == 0 && (r.endsJSON(c, 1) || c == '/' && r.place == inPath)
}

var memberEnds = ascii.ByteSet{
	',': true, '}': true, ']': true, ')': true, '&': true, ';': true, '#': true, '>': true, ' ': true, '\t': true, '\n': true,
	'\r': true, '+': true,
}

// findJSONEnd returns the last place where JSON can end whose quotation marks have a
// level: the end of what it stands in.
func (r *redactor) findJSONEnd(from, level int) int {
	i := from
	for i < len(r.text) {
		c, size, own := decodeByte(r.text, i)
		if own == 0 && r.endsJSON(c, level) {
			break
		}
		i += size
	}
	return i
}

// endsJSON reports whether a byte that is not escaped ends what JSON stands in whose
// quotation marks have a level.
func (r *redactor) endsJSON(c byte, level int) bool {
	switch c {
	case '&':
		return r.query
	case '#':
		return r.query && r.place == inHeader
	case '>':
		return r.angle || r.place == inHeader && level > 0
	case '"', ' ', '\t':
		return r.place == inHeader && level > 0
	}
	return false
}
