// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// shape is the form of a whole line. Between its texts stand fields.
type shape struct {
	name   string
	pieces []piece
	// startStamped says that the time is that of the request, not that of the response.
	startStamped bool
}

// piece is a text, or a field that ends where the next text begins. A space stands for
// one or more spaces or tabs.
type piece struct {
	text, field string
	end         string                 // of a field: the next text, or a space and the text after it; empty: the end of the line
	form        func(text string) bool // of a field that is not stored
}

// newShape reads a pattern: "<field>" is a field, "*" is anything without a quotation
// mark, and all else is a text that stands in the line.
func newShape(name, pattern string) shape {
	s := shape{name: name}
	pattern, s.startStamped = strings.CutPrefix(pattern, "start: ")
	for pattern != "" {
		switch pattern[0] {
		case '*':
			s.pieces, pattern = append(s.pieces, piece{field: "*"}), pattern[1:]
		case '<':
			end := strings.IndexByte(pattern, '>')
			s.pieces, pattern = append(s.pieces, piece{field: pattern[1:end]}), pattern[end+1:]
		case ' ':
			s.pieces, pattern = append(s.pieces, piece{text: " "}), pattern[1:]
		default:
			end := strings.IndexAny(pattern, "*< ")
			if end < 0 {
				end = len(pattern)
			}
			s.pieces, pattern = append(s.pieces, piece{text: pattern[:end]}), pattern[end:]
		}
	}
	for i := range s.pieces {
		if s.pieces[i].field != "" {
			s.pieces[i].end, s.pieces[i].form = endBefore(s.pieces[i+1:]), forms[s.pieces[i].field]
		}
	}
	return s
}

// endBefore returns what ends a field. A space alone may stand in a field, and a colon
// in a time, so what comes after a space or before one counts as well.
func endBefore(next []piece) string {
	switch {
	case len(next) == 0:
		return ""
	case len(next) > 1 && next[0].text == " " && next[1].text != "", len(next) > 1 && next[1].text == " " && next[0].text[0] != '"':
		return next[0].text + next[1].text
	}
	return next[0].text
}

// readShape reads a line that has one of the shapes, after any part of what loggers
// write before a line.
func (e *Entry) readShape(line string, zone *time.Location) bool {
	if !mayHoldRequest(line) {
		return false
	}
	line = strings.TrimRight(line, " ") // columns that are padded
	if e.readShapeOf(line, zone) {
		return true
	}
	p := newPrefix(line, zone)
	for range maxPrefixParts {
		if len(p.rest) < len(line) && e.readShapeOf(strings.TrimLeft(p.rest, " \t"), zone) {
			return e.isOfLog(&p, line[:len(line)-len(p.rest)])
		}
		if !p.takePart() || p.isPart {
			break
		}
	}
	return false
}

// isOfLog reports whether a line of a shape after a prefix is one of a log of requests. A line
// without client and time could be what any program says, so the prefix has to show it.
func (e *Entry) isOfLog(p *prefix, prefix string) bool {
	e.Names = p.namesOf()
	hasTime := e.Start != 0 || e.End != 0
	if !hasTime {
		e.setEnd(p.lineTime())
	}
	if e.Client != "" || hasTime {
		return true
	}
	return isOfServer(e.Names.Logger) && (e.End != 0 || isPrefixOfLog(prefix))
}

// isBarred reports whether bars stand between the columns of a line, after a time or a
// client. What visitors write is not escaped in such lines, so no reader may look for a
// request elsewhere in them.
func isBarred(line string, zone *time.Location) bool {
	c := cursor{line[:min(len(line), maxPrefix)]}
	if strings.IndexByte(c.rest, '|') < 0 {
		return false
	}
	first := c.word()
	if text, _, found := strings.Cut(first, "|"); found {
		_, ok := value.ParseLineTime(text, zone)
		return ok
	}
	return c.next() == "|" && isAddress(first)
}

// isPrefixOfLog reports whether what comes before a line without client and time is
// that of a log: a container's name, a time, a process or a level. A word with a colon
// alone may be prose.
func isPrefixOfLog(prefix string) bool {
	if strings.ContainsAny(prefix, "|0123456789") {
		return true
	}
	c := cursor{strings.TrimLeft(prefix, " \t")}
	return isLevel(strings.TrimRight(c.word(), ":"))
}

// mayHoldRequest tells at once nearly all lines of other logs: they hold no target, or no
// word of capitals that can be a method.
func mayHoldRequest(line string) bool {
	if !strings.Contains(line, " /") && !strings.Contains(line, `"/`) && !strings.Contains(line, "|/") && !strings.Contains(line, "://") && !strings.Contains(line, ",/") && !strings.Contains(line, " uri=/") {
		return false
	}
	capitals := 0
	for i := range len(line) {
		switch c := line[i]; {
		case c >= 'A' && c <= 'Z':
			capitals++
			continue
		case (c == ' ' || c == '|' || c == ',') && capitals >= 3 && capitals <= maxMethod && !isLevel(line[i-capitals:i]):
			return true
		}
		capitals = 0
	}
	return false
}

// maxMethod is more capitals than any method has.
const maxMethod = 32

func (e *Entry) readShapeOf(line string, zone *time.Location) bool {
	for i := range shapes {
		if shapes[i].read(e, line, zone) {
			return true
		}
	}
	return false
}

// read reports whether the line has the shape.
func (s *shape) read(e *Entry, line string, zone *time.Location) bool {
	r := shapeReader{cursor: cursor{line}, zone: zone, shape: s}
	if r.match() < len(s.pieces) || r.rest != "" {
		return false
	}
	*e = r.entry
	return e.Status != 0 && e.Method != ""
}

// match returns how many pieces of the shape the line has, from the left. No field is
// looked for twice, so the time is linear.
func (r *shapeReader) match() int {
	for i := range r.shape.pieces {
		p := &r.shape.pieces[i]
		switch {
		case p.text == " ":
			trimmed := strings.TrimLeft(r.rest, " \t")
			if len(trimmed) == len(r.rest) {
				return i
			}
			r.rest = trimmed
		case p.text != "":
			if !strings.HasPrefix(r.rest, p.text) {
				return i
			}
			r.rest = r.rest[len(p.text):]
			if p.text == "|" && i+1 < len(r.shape.pieces) && r.shape.pieces[i+1].text != " " { // columns that are padded
				r.rest = strings.TrimLeft(r.rest, " ")
			}
		default:
			text, ok := r.field(p.end)
			if ok && p.form != nil {
				ok = p.form(text)
			} else if ok {
				ok = r.take(p.field, text)
			}
			if !ok {
				return i
			}
		}
	}
	return len(r.shape.pieces)
}

// shapeReader is a line being read.
type shapeReader struct {
	cursor
	entry Entry
	zone  *time.Location
	shape *shape
	last  string // the number that was read last
}

// field takes what comes before its end. Before a quotation mark it is a text whose own
// marks are escaped.
func (r *shapeReader) field(end string) (text string, ok bool) {
	at := len(r.rest)
	switch {
	case end == "":
	case end[0] == '"':
		at = indexClosing(r.rest)
	case end == " ":
		at = strings.IndexAny(r.rest, " \t")
	default:
		at = strings.Index(r.rest, end)
	}
	if at < 0 {
		return "", false
	}
	text = r.rest[:at]
	if len(end) > 1 && end[0] == ' ' { // columns that are padded
		text = strings.TrimRight(text, " \t")
	}
	r.rest = r.rest[len(text):]
	return text, true
}
