// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"iter"
	"strings"
)

// Columns are the columns of a line in a format that has a name for each of them: W3C
// logs such as those of IIS and CloudFront, load balancers' logs, Squid's log.
//
// It is reused from line to line. Its texts are parts of the latest line.
type Columns struct {
	// Layout names the columns.
	Layout *Layout
	// Writing is how the user agent and the referer are written.
	Writing Writing
	// Time is when the response was sent, of a log that writes day and time in two
	// columns.
	Time ColumnTime
	// Doubt says why the latest line was not read; empty: it was read, or nothing was
	// known of its columns.
	Doubt string

	texts  [maxColumns]string // one for each key of the layout; empty: absent
	words  [maxColumns]string // of a line whose columns are told by their form
	quoted [maxColumns]bool   // the text stood in quotation marks
	extra  [2]pair            // what a column says besides
	extras int
}

type pair struct{ key, text string }

// Writing is how a format writes blanks within a column.
type Writing uint8

// The ways to write.
const (
	WithEscapes Writing = iota // as nginx and Apache do
	Verbatim                   // as they are
	WithPercent                // %20 for a blank
	WithPlus                   // + for a blank
)

// maxColumns is more than any format has.
const maxColumns = 64

// Read reads a line. The header is what the line's file said of its columns; it may be
// empty. Read reports false if the line is in no columns that it knows, or is cut off,
// or leaves a doubt about what a column means.
func (c *Columns) Read(line string, header *Header) bool {
	c.extras, c.Time, c.Doubt = 0, ColumnTime{}, ""
	switch l := header.Layout; {
	case l == nil || !l.mayBegin(line):
	case l.refuses:
		c.Doubt = doubtOfLog
		return false
	case c.readNamed(line, l):
		return true
	case c.Doubt == doubtOfEnd:
		return false
	}
	if len(line) < 24 {
		return false
	}
	switch first := line[0]; {
	case line[4] == '-' && line[10] == ' ':
		if !c.readIIS(line) && !c.readKnownOrder(line) {
			c.addDoubt(doubtOfForm)
			return false
		}
		c.Doubt = ""
		return true
	case line[4] == '-' && line[10] == '\t':
		return c.readCloudFront(line)
	case line[4] == '-' && line[10] == 'T':
		return c.readWords(line, &classicLoadBalancer)
	case first == 'h' || first == 'w' || first == 'g':
		return c.readWords(line, &loadBalancer)
	case line[10] == '.' && line[14] == ' ':
		return c.readSquid(line)
	}
	return false
}

// The doubts. They name no text of a line, because that is a visitor's.
const (
	doubtOfLog   = "The #Fields line lacks cs-method, cs-uri-stem or sc-status, or names columns of a log that holds no requests to a site."
	doubtOfEnd   = "The line has fewer columns than the #Fields line names: it was cut off."
	doubtOfCount = "The line has another number of columns than the #Fields line names."
	doubtOfName  = "A column does not look like what the #Fields line calls it."
	doubtOfForm  = "No #Fields line was seen, and what the columns look like leaves a doubt."
)

// addDoubt keeps the first doubt.
func (c *Columns) addDoubt(doubt string) {
	if c.Doubt == "" {
		c.Doubt = doubt
	}
}

// Owns reports whether a line is one of the file with the given header, even if it
// could not be read. No other format is to be tried then, because a visitor's text in
// the line could look like an entry.
func (h *Header) Owns(line string) bool {
	return h.Layout != nil && h.Layout.forms[0] != formAny && h.Layout.mayBegin(line)
}

// mayBegin reports whether a line begins with the first column.
func (l *Layout) mayBegin(line string) bool {
	first := l.forms[0]
	return first == formAny || first.fits(strings.Trim(line[:endOfWord(line)], `"`))
}

// All yields the key and the text of each column that has a use.
func (c *Columns) All() iter.Seq2[string, string] {
	return func(yield func(key, text string) bool) {
		for i, key := range c.Layout.Keys {
			if key != "" && !yield(key, c.texts[i]) {
				return
			}
		}
		for i := range c.extras {
			if p := &c.extra[i]; !yield(p.key, p.text) {
				return
			}
		}
	}
}

// Text is the text of the layout's key with the given number. It is empty if the line
// has no such column.
func (c *Columns) Text(i int) string { return c.texts[i] }

// Extra yields what columns say besides, such as the host in a column that holds host
// and path.
func (c *Columns) Extra() iter.Seq2[string, string] {
	return func(yield func(key, text string) bool) {
		for i := range c.extras {
			if p := &c.extra[i]; !yield(p.key, p.text) {
				return
			}
		}
	}
}

// Forget lets go of the latest line.
func (c *Columns) Forget() { *c = Columns{} }

func (c *Columns) add(key, text string) {
	c.extra[c.extras] = pair{key, text}
	c.extras++
}

// splitTabs cuts a line at each tab. It returns how many columns there are, or -1 if
// there are too many.
func splitTabs(line string, to *[maxColumns]string) int {
	for n := range to {
		end := strings.IndexByte(line, '\t')
		if end < 0 {
			to[n] = line
			return n + 1
		}
		to[n], line = line[:end], line[end+1:]
	}
	return -1
}

// splitBlanks cuts a line at each run of blanks, as splitTabs does.
func splitBlanks(line string, to *[maxColumns]string) int {
	n, start := 0, -1
	for i := range len(line) {
		switch isBlank := line[i] == ' '; {
		case !isBlank && start < 0:
			if start = i; n == maxColumns {
				return -1
			}
		case isBlank && start >= 0:
			to[n] = line[start:i]
			n, start = n+1, -1
		}
	}
	if start >= 0 {
		to[n] = line[start:]
		n++
	}
	return n
}

// splitQuoted cuts a line at blanks and tabs that stand outside of quotation marks, and
// removes these. A mark within a column is doubled, as in a table of values separated by
// commas. It returns -1 if the last mark is missing.
func (c *Columns) splitQuoted(line string) int {
	n := 0
	for {
		line = strings.TrimLeft(line, " \t")
		if line == "" {
			return n
		}
		if n == maxColumns {
			return -1
		}
		if c.quoted[n] = line[0] == '"'; c.quoted[n] {
			end := closingMark(line)
			if end < 0 {
				return -1
			}
			c.texts[n], line = withoutDoubles(line[1:end]), line[end+1:]
		} else {
			end := endOfWord(line)
			c.texts[n], line = line[:end], line[end:]
		}
		n++
	}
}

// endOfWord is where the first blank or tab stands, or the end of the line.
func endOfWord(line string) int {
	if end := strings.IndexAny(line, " \t"); end >= 0 {
		return end
	}
	return len(line)
}

// closingMark finds the quotation mark that closes the first column, or returns -1. A
// blank or the end of the line follows it.
func closingMark(line string) int {
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] != '"':
		case i+1 == len(line) || line[i+1] == ' ' || line[i+1] == '\t':
			return i
		case line[i+1] == '"':
			i++
		default:
			return -1
		}
	}
	return -1
}

func withoutDoubles(text string) string {
	if !strings.Contains(text, `""`) {
		return text
	}
	return strings.ReplaceAll(text, `""`, `"`)
}
