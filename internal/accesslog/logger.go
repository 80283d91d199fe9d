// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// withoutLogger removes what a logger or a runtime writes before the head of a line.
func withoutLogger(head string, zone *time.Location) string {
	if head == "" || ascii.IsDigit(head[0]) && !mayBeTime(head) && !isProcess(head) {
		return head
	}
	length, _, isSure := loggerPrefix(head, zone)
	c := cursor{head[length:]}
	if first := c.list(); !isSure && first != "" && !isAddress(first) && !isDash(first) && !isSocket(first) {
		return head // after a time, the word may be a machine or a host
	}
	return head[length:]
}

// mayBeTime tells a time at the start of a text from an address: "2026-", "2026/" and
// "09:15:".
func mayBeTime(s string) bool {
	return len(s) > 5 && (s[4] == '-' || s[4] == '/' || s[2] == ':' && s[5] == ':')
}

// isProcess reports whether a head begins with what PM2 writes: "0|shop  | ".
func isProcess(head string) bool {
	c := cursor{head}
	name := c.word()
	return len(name) > 2 && name[1] == '|' && c.next() == "|"
}

// maxPrefixParts is more parts than a logger writes before a line.
const maxPrefixParts = 12

// loggerPrefix returns the length of what a logger or a runtime writes before a line,
// and the time in it. Each part is told by its form, from the left, and the first word
// that has none of the forms ends the prefix. So it ends before the client, and nothing
// that a visitor writes can be a part of it. If it is not sure, it ends with a time, and
// the name of a machine may follow.
//
//	web-1  | 203.0.113.9 - -                                    Docker Compose
//	INFO:werkzeug:203.0.113.9 - -                               Python
//	2026-05-04 09:15:02,120 - access - INFO - 203.0.113.9 - -   Python
//	2026-05-04T09:15:02,120+0000 [main] INFO  org.example.RequestLog - 203.0.113.9 - -
//	INFO:     203.0.113.9:4711 -                                Uvicorn
//	[2026-05-04 09:15:02] 203.0.113.9 - -
//	09:15:02 web.1  | 203.0.113.9 - -                           Foreman
//	09:15:02,120 INFO  [org.example.Log] (task-1) 203.0.113.9 - -               JBoss
//	2026-05-04T09:15:02.120Z  INFO 7 --- [main] org.example.Log : 203.0.113.9 - -   Spring Boot
func loggerPrefix(line string, zone *time.Location) (length int, t value.LineTime, isSure bool) {
	p := newPrefix(line, zone)
	for range maxPrefixParts {
		if !p.takePart() {
			break
		}
	}
	length = len(line) - len(p.rest)
	if length > 0 && line[0] == '<' && !p.isSure { // a syslog message without a tag
		return 0, p.time, false
	}
	return length, p.time, p.isSure
}

// maxPrefix is longer than what a logger writes before a line.
const maxPrefix = 256

// PrefixOfJSON returns the length of what syslog, a logger or a runtime writes before a
// JSON object, or 0 if something else stands before it: then the object is a part of a
// message. After a time, one word may be the name of a machine.
func PrefixOfJSON(line string, zone *time.Location) int {
	open := strings.IndexByte(line[:min(len(line), maxPrefix)], '{')
	if open <= 0 {
		return 0
	}
	p := newPrefix(line, zone)
	for range maxPrefixParts {
		if len(line)-len(p.rest) >= open || !p.takePart() {
			break
		}
	}
	if !p.isSure && p.parts > 0 {
		if machine := p.cursor; isMachine(machine.next()) {
			machine.word()
			p.cursor = machine
		}
	}
	if rest := strings.TrimLeft(p.rest, " \t"); len(line)-len(rest) != open {
		return 0
	}
	return open
}

// isMachine reports whether a word can be the name or the address of a machine.
func isMachine(word string) bool {
	return isAddress(word) || word != "" && machineBytes.HoldAll(word)
}

var machineBytes = ascii.NewByteSet(".-")

// newPrefix returns the prefix of a line. Its first part is a syslog header, if there is
// one.
func newPrefix(line string, zone *time.Location) prefix {
	p := prefix{cursor: cursor{line}, zone: zone}
	length := 0
	if strings.HasPrefix(line, "<") {
		length = headerOfRFC5424(line) // whose data has quotation marks
	}
	if length == 0 {
		length = syslogHeader(line[:prefixEnd(line)])
	}
	if length > 0 {
		p.rest, p.isSure, p.parts = line[length:], true, 1
	}
	return p
}

// prefixEnd returns the length of the part of a line that a prefix can be in.
func prefixEnd(line string) int {
	if end := strings.IndexAny(line, `"{`); end >= 0 {
		return end
	}
	return len(line)
}

// prefix is what is read of a prefix.
type prefix struct {
	cursor
	zone   *time.Location
	time   value.LineTime
	parts  int
	isSure bool // the latest part is neither a priority nor a time, so no machine follows
}

// takePart takes the next part. It reports false if there is none.
func (p *prefix) takePart() (ok bool) {
	defer func() {
		if ok {
			p.parts++
		}
	}()
	p.rest = strings.TrimLeft(p.rest, " \t")
	if p.rest == "" {
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
	if p.takeTime() {
		p.isSure = false
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
	ahead := p.cursor
	word := strings.TrimRight(ahead.word(), "\t")
	switch {
	case (p.parts == 0 || p.parts == 1 && !p.isSure) && ahead.next() == "|": // the name of a container
		ahead.word()
		p.cursor = ahead
		return true
	case isLevel(strings.TrimRight(word, ":")), p.parts == 0 && isLoggerName(word) && !isDotted(word) && isStamp(ahead.next()): // DigitalOcean's name of a component
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
	case isTag(word), isNumbered(word), isLoggerBefore(p.cursor):
		p.cursor = ahead
		return true
	}
	return false
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
		ahead.word()
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
