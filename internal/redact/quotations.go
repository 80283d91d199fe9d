// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// quoted is a text in quotation marks, from start to end. next is the place after the
// closing mark. If there is no closing mark, next is end, where what the text stands in
// ends.
type quoted struct{ start, end, next int }

// findQuoted returns the quoted text whose opening mark is at from. Backslashes stand
// before the marks of JSON within JSON. The closing mark is escaped as often as the
// opening one, and has as many backslashes. A mark with more is a part of the text.
func (r *redactor) findQuoted(from int) (q quoted, ok bool) {
	mark := r.skipBackslashes(from)
	if !r.isQuote(mark) {
		return q, false
	}
	escapes := r.countBackslashes(from, mark)
	opening, size, level := decodeByte(r.text, mark)
	q.start = mark + size
	run := 0 // backslashes right before i; the first of them is at q.end
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

// endsMember reports whether a quoted text can be a whole value in JSON or GraphQL. It
// can if what follows may follow such a value, or ends what the JSON stands in.
func (r *redactor) endsMember(q quoted) bool {
	if q.next == q.end || q.next == len(r.text) {
		return true
	}
	c, size, own := decodeByte(r.text, q.next)
	return memberEnds[c] || c == '\\' && !r.isQuote(q.next+size) ||
		own == 0 && (r.endsJSON(c, 1) || c == '/' && r.kind == pathText)
}

var memberEnds = ascii.ByteSet{
	',': true, '}': true, ']': true, ')': true, '&': true, ';': true, '#': true, '>': true, ' ': true, '\t': true, '\n': true,
	'\r': true, '+': true,
}

// findJSONEnd returns the end of what JSON stands in. The JSON's quotation marks have
// the given level.
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

// endsJSON reports whether a byte that is not escaped ends what JSON stands in. The
// JSON's quotation marks have the given level.
func (r *redactor) endsJSON(c byte, level int) bool {
	switch c {
	case '&':
		return r.query
	case '#':
		return r.query && r.kind == headerText
	case '>':
		return r.angle || r.kind == headerText && level > 0
	case '"', ' ', '\t':
		return r.kind == headerText && level > 0
	}
	return false
}
