// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// newPrefix returns the prefix of a line. Its first part is a syslog header, if there is
// one.
func newPrefix(line string, zone *time.Location) prefix {
	p := prefix{cursor: cursor{line}, zone: zone, names: line}
	length := 0
	if strings.HasPrefix(line, "<") {
		length = headerOfRFC5424(line) // whose data has quotation marks
	}
	if length == 0 {
		length = syslogHeader(line[:prefixEnd(line)])
		if hasLevel(line[:length]) { // a logger's time, level and name have more to say than the header of a machine
			length = 0
		}
		p.program = programOf(line[:length])
	}
	if length > 0 {
		p.rest, p.names, p.isSure, p.parts, p.header = line[length:], line[length:], true, 1, line[:length]
	}
	if p.program != "" && strings.HasPrefix(line, p.program) { // nothing but a name may be a logger's
		p.program, p.names = "", line
	}
	return p
}

// maxSyslogBytes bounds the header of syslog: a time, a machine's name and a program's.
const maxSyslogBytes = 512

// prefixEnd returns the length of the part of a line that a prefix can be in.
func prefixEnd(line string) int {
	end := min(len(line), maxSyslogBytes)
	for _, mark := range [...]byte{'"', '{'} {
		if at := strings.IndexByte(line[:end], mark); at >= 0 {
			end = at
		}
	}
	return end
}

// prefix is what is read of a prefix.
type prefix struct {
	cursor
	zone   *time.Location
	time   value.LineTime
	parts  int
	isSure bool // the latest part is neither a priority nor a time, so no machine follows

	header  string // of syslog
	program string // with its number and a colon, as syslog writes it
	names   string // the line from where the names of a logger begin
	isPart  bool   // what follows is a part of a line that a runtime split
}

// Names are those of what wrote a line. They stand before it, so none is a visitor's.
type Names struct {
	Program string // as syslog writes it
	Logger  string // all names that a logger writes, with its level, its time and its marks
}

func (p *prefix) namesOf() Names {
	return Names{p.program, p.names[:len(p.names)-len(p.rest)]}
}

// takePart takes the next part. It reports false if there is none.
func (p *prefix) takePart() (ok bool) {
	defer func() {
		if ok {
			p.parts++
		}
	}()
	p.rest = strings.TrimLeft(p.rest, " \t")
	if p.rest == "" || p.isPart {
		return false
	}
	switch p.rest[0] {
	case '<':
		p.isSure = false
		return p.takeBetween('>')
	case '[':
		p.isSure = !isAddress(p.next()) && p.takeBetween(']')
		return p.isSure
	case '(': // a thread
		p.isSure = p.parts > 0 && p.takeBetween(')')
		return p.isSure
	}
	if p.takeForm() {
		p.isSure = true
		return true
	}
	if before := p.rest; p.takeTime() {
		p.pass(before)
		p.isSure = p.takeStream()
		return true
	}
	if !p.takeWord() {
		return false
	}
	p.isSure = true
	return true
}

// takeWord takes a word that tells what it is, or that what follows tells.
func (p *prefix) takeWord() bool {
	if (p.parts == 0 || p.parts == 1 && !p.isSure) && p.takeContainer() != "" {
		return true
	}
	ahead := p.cursor
	word := strings.TrimRight(ahead.word(), "\t")
	switch {
	case isLevel(strings.TrimRight(word, ":")):
		before := p.rest
		p.cursor = ahead
		p.pass(before)
		return true
	case p.parts == 0 && isLoggerName(word) && !isDotted(word) && isStamp(ahead.next()): // DigitalOcean's name of a component
		p.cursor = ahead
		return true
	case p.takeLevelAndName(word):
		return true
	case p.parts == 0 || isAddress(word):
		return false
	case word == "|": // Loguru
		p.cursor = ahead
		return true
	case word == "-":
		next := ahead.next()
		if next != "" && (next[0] == '[' || next[0] == '/' || next[0] == '{' || isLevel(next) || isAddress(next) || isHTTPStatus(next) || isLoggerBefore(ahead)) {
			p.cursor = ahead
			return true
		}
		return false
	case ascii.IsDigits(word) && ahead.next() == "---", isLoggerName(word) && ahead.next() == ":": // Spring Boot
		ahead.word()
		p.cursor = ahead
		return true
	case isTag(word) && !isSaid(word), isNumbered(word), isLoggerBefore(p.cursor):
		p.cursor = ahead
		return true
	}
	return false
}

// takeContainer takes the name of a container and a bar, as Docker Compose writes them. It returns
// the name, or nothing.
func (p *prefix) takeContainer() string {
	ahead := p.cursor
	name := strings.TrimRight(ahead.word(), "\t")
	if ahead.next() != "|" {
		return ""
	}
	ahead.word()
	p.cursor, p.names = ahead, ahead.rest
	return name
}

// maxBracketed is more than a logger writes between brackets.
const maxBracketed = 100

// takeBetween takes a text between brackets, and the time that it may be.
func (p *prefix) takeBetween(closing byte) bool {
	end := strings.IndexByte(p.rest[:min(len(p.rest), maxBracketed)], closing)
	if end < 0 {
		return false
	}
	if text := p.rest[1:end]; !p.keepTime(text) {
		first, rest, _ := strings.Cut(text, " ")
		if end := strings.LastIndexByte(rest, ' '); !p.keepTime(first) && end > 0 {
			p.keepTime(rest[:end]) // after a level and before a name
		}
	}
	p.rest = p.rest[end+1:]
	return true
}

// pass notes that what was taken last is no name. A name before it stays, and so does what
// follows that.
func (p *prefix) pass(before string) {
	if strings.TrimLeft(p.names, " \t") == before {
		p.names = p.rest
	}
}

// lineTime returns the time before a line, which may be that of syslog. In RFC 3164 it has no year,
// so it is none.
func (p *prefix) lineTime() value.LineTime {
	if p.time == (value.LineTime{}) && p.header != "" {
		if time, _ := timeOf(p.header); time != "" && ascii.IsDigit(time[0]) {
			p.keepTime(time)
		}
	}
	return p.time
}

func (p *prefix) keepTime(text string) bool {
	t, ok := value.ParseLineTime(text, p.zone)
	if ok {
		p.time = t
	}
	return ok
}

// takeTime takes a time of one, two or three words.
func (p *prefix) takeTime() bool {
	if !ascii.IsDigit(p.rest[0]) {
		return false
	}
	ahead := p.cursor
	for range 3 {
		if word := ahead.word(); len(word) == len("2026-05-04") && (word[4] == '-' || word[4] == '/') { // a day alone
			continue
		}
		text := strings.TrimRight(p.rest[:len(p.rest)-len(ahead.rest)], " :\t|")
		if p.keepTime(text) {
			if zone := ahead.next(); zone == "UTC" || len(zone) == len("+0000") && (zone[0] == '+' || zone[0] == '-') && p.keepTime(text+zone) {
				ahead.word()
			}
			p.cursor = ahead
			return true
		}
	}
	ahead = p.cursor
	if isTimeOfDay(ahead.word()) {
		p.cursor = ahead
		return true
	}
	return false
}

// takeStream takes what containerd and CRI-O write after a time: the stream, and whether the
// line is whole. It reports false if they did not write the time.
func (p *prefix) takeStream() bool {
	ahead := p.cursor
	if stream := ahead.word(); stream != "stdout" && stream != "stderr" {
		return false
	}
	p.isPart = ahead.word() != "F"
	p.cursor, p.names = ahead, ahead.rest
	return true
}

// isStamp reports whether a word is a time with a day and a zone.
func isStamp(word string) bool {
	if len(word) < len("2026-05-04T09:15:02Z") || word[4] != '-' || word[10] != 'T' || word[len(word)-1] != 'Z' {
		return false
	}
	_, ok := value.ParseLineTime(word, time.UTC)
	return ok
}

// isTimeOfDay reports whether a word is a time without a day, such as 09:15:02.120.
func isTimeOfDay(word string) bool {
	return len(word) >= len("09:15:02") && word[2] == ':' && word[5] == ':' && ascii.IsDigits(word[:2]+word[3:5]+word[6:8]) &&
		ascii.IsDigits(strings.TrimLeft(word[len("09:15:02"):]+"0", ".,"))
}

// takeLevelAndName takes "INFO:werkzeug:", which Python writes.
func (p *prefix) takeLevelAndName(word string) bool {
	level, rest, found := strings.Cut(word, ":")
	if !found || !isLevel(level) || isPlaceInCode(word) {
		return false
	}
	name, _, found := strings.Cut(rest, ":")
	if !found || !isLoggerName(name) {
		return false
	}
	p.rest = strings.TrimLeft(p.rest, " ")[len(level)+1+len(name)+1:]
	return true
}
