// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"
)

// haproxyTime is the date of HAProxy's HTTP format, in the host's own zone.
const haproxyTime = "[02/Jan/2006:15:04:05.000]"

// readHAProxy reads HAProxy's HTTP format, whose date is at the given place: client and
// port, date, frontend, backend and server, timers, status, and the request line at the
// end. Before the request line come, in braces, the headers that the user captures, in
// an order that only the user knows.
func (e *Entry) readHAProxy(line string, date int, zone *time.Location) bool {
	if strings.IndexByte(strings.TrimSpace(line[:date]), ' ') >= 0 {
		return false
	}
	c := cursor{line}
	client, started := c.word(), c.word()
	colon := strings.LastIndexByte(client, ':')
	start, err := time.ParseInLocation(haproxyTime, started, zone)
	if err != nil || colon < 0 {
		return false
	}
	c.word() // frontend
	c.word() // backend and server
	timers := c.word()
	if strings.Count(timers, "/") != 4 || !e.setStatus(c.word()) {
		return false
	}
	open := strings.IndexByte(c.rest, '"')
	if open < 0 || open == len(c.rest)-1 || c.rest[len(c.rest)-1] != '"' {
		return false
	}
	e.Client, e.Start = client[:colon], start.UnixNano()
	e.RequestLine = c.rest[open+1 : len(c.rest)-1]
	e.setDuration(haproxyDuration(timers))
	return isRequest(e.RequestLine) && strings.Contains(e.RequestLine, " HTTP/")
}

// haproxyDuration returns the last timer. A plus before it means that the line was
// written before the response ended.
func haproxyDuration(timers string) (time.Duration, bool) {
	return milliseconds(strings.TrimPrefix(timers[strings.LastIndexByte(timers, '/')+1:], "+"))
}
