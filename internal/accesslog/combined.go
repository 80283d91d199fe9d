// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// readCombined reads a line with a date in brackets before a request line in quotation
// marks: the common and the combined log format, and all that servers add to them. The
// first date of the line is at the given place. isOwn says that a date has the place of
// the line's own, so that no other reader may find a request elsewhere in the line.
//
// A visitor chooses the user's name, which comes before the date, and the user agent,
// which comes after it, so a date and a request may stand in both. Servers escape the
// quotation marks of names, so the first date that such a mark follows is the line's own.
// No later one counts, even if the first has no request: some servers escape nothing,
// and a visitor could replace the entry. Traefik escapes all but names (since its pull
// request 13180 of May 2026; before, nothing), so there the last date that a request follows
// is the line's own.
//
// If no date has a quotation mark after it, the last one before the first mark is the
// line's own, because the server wrote what stands between.
func (e *Entry) readCombined(line string, date int, zone *time.Location) (ok, isOwn bool) {
	isTraefik := endsAsTraefik(line)
	first, head := date, -1 // head: its length; -1: nothing is read
	for ; date >= 0; date = indexDate(line, date+1, zone) {
		c := cursor{line[date+1:]}
		text, ok := c.date()
		if !ok {
			continue
		}
		isOwn = true
		if !isTraefik {
			if e.readAfterDate(text, &c, zone, false) {
				head = date
			}
			break
		}
		var dated Entry
		if dated.readAfterDate(text, &c, zone, true) {
			*e, head = dated, date
		}
	}
	if !isOwn {
		head = e.readApart(line, first, zone)
	}
	if head < 0 || e.isOfFTP(line[:head]) {
		return false, isOwn
	}
	rest, ok := e.takeLogger(line[:head], zone)
	return ok && e.readHead(rest), isOwn
}

// isOfFTP recognises what Pure-FTPd writes of a transfer: "GET /pub/a", with a user's name
// before the date. In HTTP/0.9, which has no protocol in the request line either, nobody can
// tell a name.
func (e *Entry) isOfFTP(head string) bool {
	head = strings.TrimRight(head, " ")
	user := head[strings.LastIndexByte(head, ' ')+1:]
	return e.UserAgent == "" && e.Referer == "" && protocolOf(e.RequestLine) == "" && strings.HasSuffix(head[:len(head)-len(user)], " - ") && !isDash(user)
}

// readAfterDate takes the date and reads all that follows it.
func (e *Entry) readAfterDate(date string, c *cursor, zone *time.Location, isTraefik bool) bool {
	text, ok := c.quoted()
	if ok && isHostText(text) && strings.Contains(c.nextQuoted(), " HTTP/") { // the host, before the request line
		e.Host = text
		text, ok = c.quoted()
	}
	if !ok || !e.setRequestLine(text) {
		return false
	}
	if !isTraefik { // a name of Traefik's may hold line breaks, and many dates
		c.endLine()
	}
	if !e.readAnswer(c, false) {
		return false
	}
	t, ok := value.ParseLineTime(date, zone)
	if isTraefik || e.isStartStamped {
		e.Start = t.Nanos // Traefik and Skipper write when the request came
	} else {
		e.setEnd(t)
	}
	return ok
}

// readApart reads a line in which something stands between the last date and the
// request line. It returns the length of the head, or -1.
func (e *Entry) readApart(line string, date int, zone *time.Location) int {
	quote := indexQuote(line, date)
	if quote < 0 {
		return -1
	}
	for next := indexDate(line[:quote], date+1, zone); next >= 0; next = indexDate(line[:quote], next+1, zone) {
		date = next
	}
	length := strings.IndexByte(line[date:quote], ']')
	if length < 0 {
		return -1
	}
	end := date + length
	t, ok := value.ParseLineTime(line[date+1:end], zone)
	c := cursor{line[quote:]}
	text, isQuoted := c.quoted()
	if !ok || !isQuoted || !strings.Contains(text, " HTTP/") || !e.setRequestLine(text) {
		return -1
	}
	c.endLine()
	head, _ := e.takeLogger(line[:date], zone)
	isFirst := strings.TrimSpace(head) == ""
	if !e.readBetween(line[end+1:quote], isFirst) || !e.readAnswer(&c, isFirst) {
		return -1
	}
	if hasUsualStatus(line[end+1:quote]) && !isUsualStatus(int(e.Status)) { // then that is the size
		return -1
	}
	e.setEnd(t)
	return date
}

// maxBetween is more words than stand between a date and a request line.
const maxBetween = 8

// readBetween reads what stands between the date and the request line: the host, how
// long the response took, and, if nothing came before the date, the client.
func (e *Entry) readBetween(text string, isFirst bool) bool {
	c := cursor{text}
	for range maxBetween {
		if c.skipSpace(); strings.HasPrefix(c.rest, "[") { // an id, such as that of Oracle's HTTP Server
			if _, ok := c.until(']'); !ok {
				return false
			}
		}
		word := strings.Trim(c.word(), "()")
		switch {
		case word == "" && c.rest == "":
			return true
		case word == "-", word == "+":
		case e.takeDuration(word, strings.Trim(c.next(), "()")):
		case ascii.IsDigits(word), unitOf(word) != 0:
		case isFirst && isAddress(word) && (e.Host != "" || !isAddress(c.next())):
			e.setClient(word)
		case e.Host == "" && (isDotted(word) && !isTag(word) || isAddress(word)):
			e.Host = word
		default:
			return false
		}
	}
	return false
}

// indexQuote returns where the first quotation mark after a space is, or -1. It is
// where a text in quotation marks begins.
func indexQuote(line string, from int) int {
	for at := from; ; at++ {
		next := strings.IndexByte(line[at:], '"')
		if next < 0 {
			return -1
		}
		if at += next; at > 0 && (line[at-1] == ' ' || line[at-1] == '\t') {
			return at
		}
	}
}

// indexDate returns where the next "[10/Oct/2000:" or a date of another form starts, or
// -1.
func indexDate(text string, from int, zone *time.Location) int {
	for at := from; ; at++ {
		next := strings.IndexByte(text[at:], '[')
		if next < 0 || at+next+len("[10/Oct/2000:") > len(text) {
			return -1
		}
		at += next
		switch {
		case text[at+3] == '/' && text[at+7] == '/' && text[at+12] == ':':
			return at
		case ascii.IsDigit(text[at+1]), text[at+4] == ',':
			end := strings.IndexByte(text[at:min(len(text), at+maxDateLength)], ']')
			if end < 0 {
				continue
			}
			if _, ok := value.ParseLineTime(text[at+1:at+end], zone); ok {
				return at
			}
		}
	}
}

// maxDateLength is more than a date and its bracket have.
const maxDateLength = 48

// date takes the rest of a date in brackets, if a quotation mark follows.
func (c *cursor) date() (string, bool) {
	const common = len("10/Oct/2000:13:55:36 +0000")
	if s := c.rest; len(s) > common+len(`] "`) && s[common] == ']' && s[common+1] == ' ' && s[common+2] == '"' && s[2] == '/' {
		c.rest = s[common+len("] "):]
		return s[:common], strings.IndexByte(s[:common], '[') < 0
	}
	end := strings.IndexByte(c.rest[:min(len(c.rest), maxDateLength)], ']')
	if end < 0 {
		return "", false
	}
	date := c.rest[:end]
	after := cursor{c.rest[end+1:]}
	if after.rest == "" || after.rest[0] != ' ' && after.rest[0] != '"' || !after.atQuote() || strings.IndexByte(date, '[') >= 0 { // the first bracket is never closed
		return "", false
	}
	*c = after
	return date, true
}
