// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
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
	end         string // of a field: the next text, or a space and the text after it; empty: the end of the line
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
			s.pieces[i].end = endBefore(s.pieces[i+1:])
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
	if !strings.Contains(line, " /") && !strings.Contains(line, `"/`) && !strings.Contains(line, "://") { // no target
		return false
	}
	if e.readShapeOf(line, zone) {
		return true
	}
	p := newPrefix(line, zone)
	for range maxPrefixParts {
		if len(p.rest) < len(line) && e.readShapeOf(strings.TrimLeft(p.rest, " \t"), zone) {
			if e.Start == 0 && e.End == 0 {
				e.setEnd(p.time)
			}
			return true
		}
		if !p.takePart() {
			break
		}
	}
	return false
}

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
			if !ok || !r.take(p.field, text) {
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

// take stores a field. It reports false if the text does not have the field's form.
func (r *shapeReader) take(field, text string) bool {
	e := &r.entry
	switch field {
	case "*":
		return strings.IndexByte(text, '"') < 0
	case "word":
		return text != "" && !strings.ContainsAny(text, "\" \t")
	case "user":
		return !strings.ContainsAny(text, "\" \t()")
	case "number":
		return text == "-" || ascii.IsDigits(strings.TrimPrefix(text, "-"))
	case "time":
		t, ok := value.ParseLineTime(text, r.zone)
		if r.shape.startStamped {
			e.Start = t.Nanos
		} else {
			e.setEnd(t)
		}
		return ok
	case "client":
		return r.takeClient(strings.TrimSpace(text))
	case "client:port":
		return r.takeClient(address.CutPort(text))
	case "method":
		e.Method = text
		return value.Method(text) == text && len(text) > 2
	case "target":
		e.Target = text
		return strings.HasPrefix(text, "/") && !strings.ContainsAny(text, " \t")
	case "url":
		e.Target = text
		return isURL(text)
	case "request":
		return e.setRequestLine(text)
	case "padded": // a status
		return e.setStatus(strings.TrimSpace(text))
	case "status":
		return e.setStatus(text)
	case "scheme":
		e.Scheme = text
		return text == "http" || text == "https"
	case "host":
		e.Host = text
		return !strings.ContainsAny(text, "\" \t")
	case "squid": // what is denied, or comes from a user of the proxy, is no visit
		return strings.HasPrefix(text, "TCP_") && !strings.Contains(text, "DENIED")
	case "peer": // in the words of Squid since 3.2
		return text != "DIRECT" && text != "NONE"
	case "bucket": // that of a website is called as its host
		if isHostText(text) {
			e.Host = text
		}
	case "elb":
		return text == "http" || text == "https" || text == "h2" || text == "grpcs" || text == "ws" || text == "wss"
	case "s3": // such as REST.GET.OBJECT
		return strings.Count(text, ".") == 2 && strings.ToUpper(text) == text
	case "rest":
		return strings.Count(text, "\"")%2 == 0 // otherwise it is cut off
	case "ua":
		e.UserAgent = text
	case "referer":
		e.Referer = text
	case "forwarded":
		e.ForwardedFor = text
	default:
		return r.takeDuration(field, text)
	}
	return true
}

// takeClient takes an address, or that there is none.
func (r *shapeReader) takeClient(text string) bool {
	if isAddress(text) {
		r.entry.setClient(text)
		return true
	}
	return isDash(text)
}

// takeDuration takes a duration, or the number or the unit of one.
func (r *shapeReader) takeDuration(field, text string) bool {
	e := &r.entry
	text = strings.TrimSpace(text)
	switch field {
	case "duration":
		d, err := time.ParseDuration(text)
		e.setDuration(d, err == nil)
		return err == nil
	case "amount":
		r.last = text
		return ascii.IsDigits(text)
	case "unit":
		unit := unitOf(text)
		e.setNumber(r.last, unit)
		return unit != 0
	case "ms", "s":
		e.setNumber(text, unitOf(field))
		return text == "-" || e.HasDuration
	case "part": // of several, in seconds; a negative one was not measured
		return r.addPart(text)
	}
	return false
}

// addPart adds a part of a duration in seconds. If one is negative, which means that it
// was not measured, the whole is not known.
func (r *shapeReader) addPart(text string) bool {
	e := &r.entry
	if strings.HasPrefix(text, "-") {
		e.Duration = -maxLineDuration
	}
	nanos, _, ok := value.Text(strings.TrimPrefix(text, "-")).AsDuration(time.Second)
	if ok && nanos < int64(maxLineDuration) {
		e.Duration += time.Duration(nanos)
	}
	e.HasDuration = e.Duration >= 0
	return ok || text == "-"
}
