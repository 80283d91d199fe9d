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

// Reader reads one line after another. Its entry is what the latest line says. It reads as
// Entry.Read does, and is faster for the combined log format, which most lines have.
type Reader struct {
	Entry
	latest latestTime
}

// Read is Entry.Read.
func (r *Reader) Read(line string, zone *time.Location) bool {
	r.Entry = Entry{}
	return r.readUsual(line, zone) || r.Entry.Read(line, zone)
}

// readUsual reads a line whose client is an address in its usual form:
//
//	203.0.113.9 - alice [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 512 "https://chatgpt.com/" "curl/8.9.1"
//
// What follows may be anything. If it reports false, the line may have another form. Each
// part must stand where Entry.Read looks for it first, and must have no second meaning: as
// the head of syslog or of a logger, or as the end of Traefik's log.
func (r *Reader) readUsual(line string, zone *time.Location) bool {
	date := strings.IndexByte(line, '[')
	if date <= 0 || line[len(line)-1] == 's' || !ascii.IsDigit(line[0]) {
		return false
	}
	head := line[:date]
	end := strings.IndexByte(head, ' ')
	if end <= 0 || !isUsualUser(head[end:]) || head[end-1] == ':' || mayBeTime(head) {
		return false
	}
	c, e := cursor{line[date+1:]}, &r.Entry
	text, ok := c.date()
	if !ok || len(text) != commonTime || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[20] != ' ' {
		return false
	}
	t, ok := r.latest.parse(text, zone)
	if !ok {
		return false
	}
	request, ok := c.quoted()
	if !ok || !e.setRequestLine(request) || !e.setStatus(c.word()) {
		return false
	}
	if size := c.word(); size != "-" && !ascii.IsDigits(size) || !e.readUsualHeaders(&c) {
		return false
	}
	if e.isStartStamped {
		e.Start = t.Nanos
	} else {
		e.setEnd(t)
	}
	e.Client = head[:end]
	e.ClientIP, e.IsPublic = address.Best(e.Client)
	return e.ClientIP == e.Client
}

// readUsualHeaders reads referer and user agent, and what follows up to the end of the line. Before
// the user agent's end, the line has ended nowhere: only spaces stand outside of quotation marks.
func (e *Entry) readUsualHeaders(c *cursor) (ok bool) {
	referer, ok := c.quoted()
	if !ok {
		return false
	}
	agent, ok := c.quoted()
	if !ok {
		return false
	}
	if e.takeHeaders(referer, agent, *c); c.rest == "" {
		return true
	}
	c.endLine()
	return c.rest == "" || e.readAfterAgent(c)
}

// isUsualUser reports whether a text between client and date is nothing but a user, or none.
func isUsualUser(text string) bool {
	return text == " - - " || strings.HasPrefix(text, " - ") && !strings.Contains(text, ": ")
}

const commonTime = len("04/May/2026:09:15:02 +0000")

// latestTime is the latest time that was read. The next line often has the same.
type latestTime struct {
	text [commonTime]byte
	zone *time.Location
	time value.LineTime
	ok   bool
}

// parse is value.ParseLineTime for a text of that length.
func (l *latestTime) parse(text string, zone *time.Location) (t value.LineTime, ok bool) {
	if string(l.text[:]) != text || l.zone != zone {
		copy(l.text[:], text)
		l.zone = zone
		l.time, l.ok = value.ParseLineTime(text, zone)
	}
	return l.time, l.ok
}
