// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
)

// maxPairs is more than any line has that is an access log's.
const maxPairs = 256

// pairs reads a line of key=value pairs, as Heroku's router and Rails' lograge
// write it.
type pairs struct {
	Key, Text string // the latest; a word that stands alone, such as a time, has no key
	IsCutOff  bool   // the line ends within quotation marks

	line line
	read int
}

func NewPairs(text string) pairs { return pairs{line: line{text}} }

// Next moves on to the next pair. It reports false at the end of the line.
func (p *pairs) Next() bool {
	l := &p.line
	l.skipSpace()
	if l.rest == "" || p.read == maxPairs {
		return false
	}
	p.read++
	key, isPair := l.key()
	p.Key = key
	if !isPair || !l.atQuote() {
		p.Text = l.word()
		return true
	}
	text, ok := l.quoted()
	p.Text, p.IsCutOff = text, !ok
	return ok
}

// key takes what stands before the next equals sign, and the sign, if both are
// before the next space.
func (l *line) key() (key string, ok bool) {
	word := l.next()
	end := strings.IndexByte(word, '=')
	if end < 0 {
		return "", false
	}
	l.rest = l.rest[end+1:]
	return word[:end], true
}
