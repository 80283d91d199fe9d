// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// readUndated reads a line that has no date in brackets before its request line: one
// whose date stands alone, one whose date a logger wrote, and one without a date.
//
//	203.0.113.9 - - 2026-05-04T09:15:02Z "GET / HTTP/1.1" 200 512 "-" "curl/8.9.1"
//	2026-05-04T09:15:02,120 - /203.0.113.9:4711 "GET / HTTP/1.1" 200 10    TorchServe
//	INFO:     203.0.113.9:4711 - "GET / HTTP/1.1" 200 OK                   Uvicorn
//	INFO   203.0.113.9:4711 - "GET / HTTP/1.1" 200                         FastAPI
//
// Such a line could be what a program says of a request that it sent, or that it only
// mentions. So it counts only if it has a client before the request line and nothing
// but marks of absence between, and if there is one more sign of an access log: a date,
// the client's port, or a user agent after what a logger or syslog writes. If no mark of
// absence follows the client and no user agent the request, it could be the service that was
// called, unless it is written as Java does.
func (e *Entry) readUndated(line string, zone *time.Location) bool {
	quote := indexQuote(line, 0)
	if quote < 0 {
		return false
	}
	c := cursor{line[quote:]}
	text, ok := c.quoted()
	if !ok || !strings.Contains(text, " HTTP/") || !e.setRequestLine(text) {
		return false
	}
	c.endLine()
	isBare := len(c.rest) == len(" 200") && e.setStatus(c.word()) // FastAPI's command line
	if !isBare && !e.readAnswer(&c, false) {
		return false
	}
	p := readPrefix(line[:quote], zone)
	t, length := p.lineTime(), quote-len(p.rest)
	head := strings.TrimRight(p.rest, " \t")
	if e.Names = p.namesOf(); p.isPart {
		return false
	}
	if rest, own, ok := cutTime(head, zone); ok && !isBare {
		e.setEnd(own)
		return rest != "" && e.readHead(rest)
	}
	e.setEnd(t)
	words := cursor{head}
	client, isJava := strings.CutPrefix(words.word(), "/")
	if words.rest == "" && !isJava && (isBare || e.UserAgent == "") {
		return false // a service that was called may stand there
	}
	for words.rest != "" {
		if words.word() != "-" {
			return false
		}
	}
	hasSign := !isBare && (t != (value.LineTime{}) || length > 0 && e.UserAgent != "")
	if !hasSign || !isAddress(client) {
		client = bracketed(client)
	}
	if !isAddress(client) {
		return false
	}
	e.setClient(client)
	return hasSign || hasPort(client) && (length > 0 || !isBare)
}

// bracketed puts brackets around an IPv6 address before its port. Uvicorn writes both as
// "%s:%d" (get_client_addr in uvicorn/protocols/utils.py).
func bracketed(client string) string {
	colon := strings.LastIndexByte(client, ':')
	if colon < 0 || strings.Count(client, ":") < 3 || client[0] == '[' || !ascii.IsDigits(client[colon+1:]) || !isAddress(client[:colon]) {
		return client
	}
	return "[" + client[:colon] + "]" + client[colon:]
}

// cutTime cuts a time off the end of a head. It is one word, or two if a zone follows.
func cutTime(head string, zone *time.Location) (rest string, t value.LineTime, ok bool) {
	rest = head
	for range 2 {
		space := strings.LastIndexByte(rest, ' ')
		if space < 0 {
			break
		}
		rest = rest[:space]
		if t, ok = value.ParseLineTime(head[space+1:], zone); ok {
			return strings.TrimRight(rest, " "), t, true
		}
	}
	return head, t, false
}
