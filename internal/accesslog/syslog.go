// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// maxTimeWords is how many words the longest time has: "Mon Oct 11 22:14:15 2026 <a.b>".
const maxTimeWords = 6

// syslogHeader returns the length of a header, or 0. Priority, time and machine may be
// absent. The machine may be an address.
//
//	<190>Feb  6 12:14:14 host haproxy[14389]:       RFC 3164
//	2026-05-04T09:15:02.158Z 192.0.2.5 nginx[12]:   with the time of RFC 3339
//	<134>1 2026-05-04T09:15:02Z host app 12 - -     RFC 5424
//
// At most one word comes between the time and the tag. Therefore a header never ends
// within a user's name that an ident or two other words precede.
func syslogHeader(head string) int {
	c := cursor{head}
	if head[:min(len(head), 1)] == "<" {
		if length := headerOfRFC5424(head); length > 0 {
			return length
		}
		if _, ok := c.until('>'); !ok {
			return 0
		}
	}
	if strings.IndexByte(c.rest, ':') < 0 || !strings.Contains(c.rest, ": ") {
		return 0
	}
	isBare := len(c.rest) == len(head)
	word := c.word()
	for n := 0; n < maxTimeWords && isPartOfTime(word); n++ {
		word, isBare = c.word(), false
	}
	hasMachine := !isTag(word)
	if hasMachine {
		if isDash(word) || isSocket(word) { // the word is the client
			return 0
		}
		isBare = isBare || isLevel(word)
		word = c.word()
	}
	if !isTag(word) || (isBare || !hasMachine) && isSaid(word) || !hasMachine && isLevel(strings.TrimSuffix(word, ":")) {
		return 0
	}
	return len(head) - len(c.rest)
}

// programOf returns the name of the program in a header.
func programOf(header string) string {
	c := cursor{strings.TrimRight(header, " ")}
	if strings.HasSuffix(c.rest, ":") {
		return c.rest[strings.LastIndexByte(c.rest, ' ')+1:]
	}
	for range 3 { // priority and version, time, machine
		c.word()
	}
	return c.next()
}

// hasLevel reports whether a level stands in the place of the machine, after a logger's time.
func hasLevel(header string) bool {
	if header == "" || !ascii.IsDigit(header[0]) && !isLevel(cursor{header}.next()) {
		return false
	}
	_, c := timeOf(header)
	return isLevel(c.next())
}

// timeOf returns the time in a header, and what follows it there.
func timeOf(header string) (time string, c cursor) {
	c.rest = header
	if strings.HasPrefix(header, "<") {
		c.until('>')
		c.rest = strings.TrimPrefix(c.rest, "1 ") // the version of RFC 5424
	}
	from := c.rest
	for n := 0; n < maxTimeWords && isPartOfTime(c.next()); n++ {
		c.word()
	}
	return strings.TrimRight(from[:len(from)-len(c.rest)], " "), c
}

// sourceOf returns the machine and the program in a header, without the number of its process.
func sourceOf(header string) string {
	_, c := timeOf(header)
	from := c.rest
	c.word()
	c.word()
	source, _, _ := strings.Cut(from[:len(from)-len(c.rest)], "[")
	return source
}

// isSaid reports whether a word with a colon is how a sentence begins, such as "Expected:", and
// not the name of a program or a logger. These are not written like a word of English.
func isSaid(word string) bool {
	word = strings.TrimSuffix(word, ":")
	if len(word) < 2 || word[0] < 'A' || word[0] > 'Z' || quietLevels[word] {
		return false
	}
	for i := 1; i < len(word); i++ {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}

// isTag reports whether a word is the program's name, as in "nginx[12]:".
func isTag(word string) bool {
	return strings.HasSuffix(word, ":") && !strings.HasSuffix(word, "::") && // two colons end an IPv6 address
		!isSocket(word)
}

// namesInTimes are the months and the weekdays.
var namesInTimes = ascii.WordSet("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Mon Tue Wed Thu Fri Sat Sun")

// isPartOfTime reports whether a word stands in the time of a header: a month, a
// weekday, or digits and the marks between them. FreeBSD writes "<local7.info>" after it.
func isPartOfTime(word string) bool {
	if word == "" || word[0] == '<' {
		return word != ""
	}
	if word[0] < '0' || word[0] > '9' {
		return namesInTimes[word]
	}
	for i := range len(word) {
		if c := word[i]; (c < '0' || c > '9') && strings.IndexByte("-:.,+/TZ", c) < 0 {
			return false
		}
	}
	// An address has more of the marks. Parsing would cost an allocation.
	return word[len(word)-1] != ':' && !strings.Contains(word, "::") &&
		strings.Count(word, ".") < 3 && strings.Count(word, ":") < 4
}

// headerOfRFC5424 returns the length of a header of RFC 5424, or 0. Its version tells it
// from all others, and each of its parts has a place.
func headerOfRFC5424(head string) int {
	c := cursor{head[1:]}
	priority, _ := c.until('>')
	if !ascii.IsDigits(priority) || !strings.HasPrefix(c.rest, "1 ") {
		return 0
	}
	c.word() // version
	if time := c.word(); time != "-" && (!isPartOfTime(time) || strings.IndexByte(time, 'T') < 0) {
		return 0
	}
	for range 4 { // machine, program, process, kind of message
		c.word()
	}
	if !c.skipData() {
		return 0
	}
	c.rest = strings.TrimPrefix(c.rest, "\ufeff")
	return len(head) - len(c.rest)
}

// skipData takes the data of RFC 5424: a dash, or elements in brackets. In them a
// backslash comes before a bracket that ends nothing.
func (c *cursor) skipData() bool {
	if strings.HasPrefix(c.rest, "- ") {
		c.word()
		return true
	}
	if !strings.HasPrefix(c.rest, "[") {
		return false
	}
	for at := 1; ; at++ {
		next := strings.Index(c.rest[at:], "] ")
		if next < 0 {
			return false
		}
		if at += next; c.rest[at-1] != '\\' {
			c.rest = c.rest[at+len("] "):]
			return true
		}
	}
}

// WithoutData removes the structured data of RFC 5424 from a line. Its pairs are of who
// sent the line on, or of the service, and not of the request.
func WithoutData(line string) string {
	if !strings.HasPrefix(line, "<") {
		return line
	}
	length := headerOfRFC5424(line)
	data := strings.Index(line[:length], " [")
	if data < 0 {
		return line
	}
	return line[:data+1] + line[length:]
}
