// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
)

// line is the rest of a line that is being read from the left.
type line struct{ rest string }

func (l *line) skipSpace() {
	for l.rest != "" && l.rest[0] == ' ' {
		l.rest = l.rest[1:]
	}
}

// until takes what stands before the byte c, and c.
func (l *line) until(c byte) (string, bool) {
	end := strings.IndexByte(l.rest, c)
	if end < 0 {
		return "", false
	}
	taken := l.rest[:end]
	l.rest = l.rest[end+1:]
	return taken, true
}

// word takes what stands before the next space, and the space.
func (l *line) word() string {
	l.skipSpace()
	word, found := l.until(' ')
	if !found {
		word, l.rest = l.rest, ""
	}
	return word
}

// next is the word that would be taken next.
func (l line) next() string { return l.word() }

// list takes a word and, as long as a comma ends it, the words that follow.
func (l *line) list() string {
	l.skipSpace()
	all := l.rest
	word := l.word()
	if !strings.HasSuffix(word, ",") {
		return word
	}
	for strings.HasSuffix(word, ",") {
		word = l.word()
	}
	return strings.TrimRight(all[:len(all)-len(l.rest)], " ")
}

// atQuote says whether a text in quotation marks comes next.
func (l *line) atQuote() bool {
	l.skipSpace()
	return l.rest != "" && l.rest[0] == '"'
}

// quoted takes a text in quotation marks, whose escapes stay. It reports false if
// there is none, or no end of it.
func (l *line) quoted() (string, bool) {
	if !l.atQuote() {
		return "", false
	}
	for end := 1; ; end++ {
		next := strings.IndexByte(l.rest[end:], '"')
		if next < 0 {
			return "", false
		}
		if end += next; !isEscaped(l.rest, end) {
			taken := l.rest[1:end]
			l.rest = l.rest[end+1:]
			return taken, true
		}
	}
}

// isEscaped says whether an odd number of backslashes stands before a place.
func isEscaped(s string, at int) bool {
	start := at
	for start > 0 && s[start-1] == '\\' {
		start--
	}
	return (at-start)%2 == 1
}

// quotedIfAny is quoted for a text that may be missing altogether.
func (l *line) quotedIfAny() (text string, ok bool) {
	if !l.atQuote() {
		return "", true
	}
	return l.quoted()
}
