// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"iter"
	"strings"
	"time"
)

// Pairs are the key=value pairs of a line, as Heroku's router and Rails' lograge write
// them.
type Pairs struct {
	IsCutOff bool // the line ends within quotation marks; known after the last pair

	cursor cursor
	read   int
}

// NewPairs returns the pairs of a line. Of a text with several lines it is the first that
// has a pair; a line break within quotation marks ends no line.
func NewPairs(text string) Pairs { return Pairs{cursor: cursor{firstLineWith(text, '=')}} }

// PrefixOfPairs returns the names before the first pair of a line, and the words between them
// and the pair. It reports false if the line is a part of one that a runtime split.
func PrefixOfPairs(text string, zone *time.Location) (names Names, message string, ok bool) {
	line := firstLineWith(text, '=')
	from := 0
	if strings.HasPrefix(line, "<") {
		from = headerOfRFC5424(line) // whose data has pairs of its own
	}
	first := strings.IndexByte(line[from:], '=') + from
	if first < from {
		return Names{}, "", true
	}
	p := readPrefix(line[:strings.LastIndexByte(line[:first], ' ')+1], zone)
	return p.namesOf(), strings.TrimSpace(p.rest), !p.isPart
}

// LabelsAfter returns the labels of a line in LTSV behind what a logger writes, and the names there.
func LabelsAfter(line string, zone *time.Location) (labels Labels, names Names, ok bool) {
	tab := strings.IndexByte(line, '\t')
	before := line[:strings.LastIndexByte(line[:max(tab, 0)], ' ')+1]
	p := readPrefix(before, zone)
	length := len(before) - len(strings.TrimLeft(p.rest, " "))
	if p.isPart || length == 0 {
		return Labels{}, Names{}, false
	}
	labels, ok = NewLabels(line[length:])
	return labels, p.namesOf(), ok
}

// firstLineWith returns the first line of a text that holds a mark.
func firstLineWith(text string, mark byte) string {
	for {
		end := lineEnd(text)
		if end < 0 {
			return text
		}
		if strings.IndexByte(text[:end], mark) >= 0 {
			return strings.TrimSuffix(text[:end], "\r")
		}
		text = text[end+1:]
	}
}

// All yields the key and the text of each pair. A word that stands alone, such as a
// time, has an empty key.
func (p *Pairs) All() iter.Seq2[string, string] {
	return func(yield func(key, text string) bool) {
		for {
			key, text, ok := p.next()
			if !ok || !yield(key, text) {
				return
			}
		}
	}
}

// maxPairs is more than any line of an access log has.
const maxPairs = 256

// next takes the next pair. It reports false at the end of the line.
func (p *Pairs) next() (key, text string, ok bool) {
	c := &p.cursor
	c.skipSpace()
	if c.rest == "" || p.read == maxPairs {
		return "", "", false
	}
	p.read++
	key, isPair := c.key()
	switch {
	case isPair && (c.rest == "" || c.rest[0] == ' '):
		return key, "", true
	case !isPair || c.rest[0] != '"':
		return key, c.word(), true
	}
	text, ok = c.quoted()
	p.IsCutOff = !ok
	return key, text, ok
}

// key takes what comes before the next equals sign, and the sign, if both come before
// the next space.
func (c *cursor) key() (key string, ok bool) {
	word := c.next()
	end := strings.IndexByte(word, '=')
	if end < 0 {
		return "", false
	}
	c.rest = c.rest[end+1:]
	return word[:end], true
}
