// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
)

// cursor reads a line from the left.
type cursor struct{ rest string } // what is not read yet

// skipSpace takes spaces.
func (c *cursor) skipSpace() {
	for c.rest != "" && c.rest[0] == ' ' {
		c.rest = c.rest[1:]
	}
}

// until takes what comes before a mark, and the mark.
func (c *cursor) until(mark byte) (string, bool) {
	end := strings.IndexByte(c.rest, mark)
	if end < 0 {
		return "", false
	}
	taken := c.rest[:end]
	c.rest = c.rest[end+1:]
	return taken, true
}

// word takes what comes before the next space, and the space.
func (c *cursor) word() string {
	c.skipSpace()
	for i := range len(c.rest) {
		if c.rest[i] == ' ' {
			word := c.rest[:i]
			c.rest = c.rest[i+1:]
			return word
		}
	}
	word := c.rest
	c.rest = ""
	return word
}

// next returns the next word without taking it.
func (c cursor) next() string { return c.word() }

// list takes a word and, as long as it ends in a comma, the next word as well.
func (c *cursor) list() string {
	c.skipSpace()
	all := c.rest
	word := c.word()
	if !strings.HasSuffix(word, ",") {
		return word
	}
	for strings.HasSuffix(word, ",") {
		word = c.word()
	}
	return strings.TrimRight(all[:len(all)-len(c.rest)], " ")
}

// atQuote reports whether a text in quotation marks comes next.
func (c *cursor) atQuote() bool {
	c.skipSpace()
	return c.rest != "" && c.rest[0] == '"'
}

// quoted takes a text in quotation marks and leaves its escapes as they are. It reports
// false if there is no such text, or if it is cut off.
func (c *cursor) quoted() (string, bool) {
	if !c.atQuote() {
		return "", false
	}
	end := indexClosing(c.rest[1:])
	if end < 0 {
		return "", false
	}
	taken := c.rest[1 : end+1]
	c.rest = c.rest[end+2:]
	return taken, true
}

// nextQuoted returns the next text in quotation marks without taking it, or nothing.
func (c cursor) nextQuoted() string {
	text, _ := c.quoted()
	return text
}

// endLine takes away what comes after the end of the line.
func (c *cursor) endLine() {
	if end := lineEnd(c.rest); end >= 0 {
		c.rest = strings.TrimRight(c.rest[:end], "\r ")
	}
}

// lineEnd returns where the first line break outside of quotation marks is, or -1.
func lineEnd(s string) int {
	end := strings.IndexByte(s, '\n')
	for at := 0; end >= 0; {
		quote := strings.IndexByte(s[at:end], '"')
		if quote < 0 {
			return end
		}
		at += quote + 1
		closing := indexClosing(s[at:])
		if closing < 0 {
			return -1
		}
		if at += closing + 1; at > end {
			if end = strings.IndexByte(s[at:], '\n'); end >= 0 {
				end += at
			}
		}
	}
	return -1
}

// indexClosing returns where the first quotation mark is that is not escaped, or -1.
func indexClosing(s string) int {
	for end := 0; ; end++ {
		next := strings.IndexByte(s[end:], '"')
		if next < 0 {
			return -1
		}
		if end += next; end == 0 || s[end-1] != '\\' || !isEscaped(s, end) {
			return end
		}
	}
}

// isEscaped reports whether an odd number of backslashes comes before s[at].
func isEscaped(s string, at int) bool {
	start := at
	for start > 0 && s[start-1] == '\\' {
		start--
	}
	return (at-start)%2 == 1
}
