// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// member is behind a name in quotation marks and a colon, as in JSON: if the name
// is secret, so is what follows. A text ends with it, anything else with the
// parameter of a query, or not at all: better too much is redacted. It returns next
// for names that are not secret.
func (r *redactor) member(at, next, value int) int {
	if r.name >= at || !r.keys.has(r.text[r.name:at]) {
		return next
	}
	if start, end, ok := r.quoted(value); ok {
		return r.hide(start, end)
	}
	end := len(r.text)
	if r.part == inQuery {
		if length := strings.IndexByte(r.text[value:], '&'); length >= 0 {
			end = value + length
		}
	}
	return r.hide(value, end)
}

// behindColon is where a value starts, if from i on there is a colon. Blanks do
// not count.
func (r *redactor) behindColon(i int) (value int, ok bool) {
	i = r.skipBlanks(i)
	if r.byteAt(i) != ':' {
		return 0, false
	}
	_, size, _ := decodeByte(r.text, i)
	return r.skipBlanks(i + size), true
}

func (r *redactor) skipBlanks(i int) int {
	for i < len(r.text) {
		c, size, _ := decodeByte(r.text, i)
		if !blanks[c] {
			break
		}
		i += size
	}
	return i
}

// blanks are what JSON can have between its words, and the plus that stands for a
// space in queries.
var blanks = byteSet{' ': true, '\t': true, '\n': true, '\r': true, '+': true}

func (r *redactor) isQuote(i int) bool {
	c := r.byteAt(i)
	return c == '"' || c == '\''
}

// quoted is the text in quotation marks that starts at from, without them. In JSON
// within JSON backslashes are before the mark. The text ends before a mark that is
// percent-encoded as often and has no more of them, or never.
func (r *redactor) quoted(from int) (start, end int, ok bool) {
	escapes, level := 0, 0
	for start = from; ; escapes++ {
		c, size, own := byte(0), 0, 0
		if start < len(r.text) {
			c, size, own = decodeByte(r.text, start)
		}
		start += size
		if c == '"' {
			level = own
			break
		}
		if c != '\\' {
			return 0, 0, false
		}
	}
	run := 0 // backslashes before i, which start at end
	for i := start; i < len(r.text); {
		c, size, own := decodeByte(r.text, i)
		if run == 0 {
			end = i
		}
		switch {
		case c == '"' && own == level && run <= escapes:
			return start, end, true
		case c == '\\':
			run++
		default:
			run = 0
		}
		i += size
	}
	return start, len(r.text), true
}
