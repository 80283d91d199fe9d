// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strconv"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// Entry is what a line of an access log says about one request. What the line does not
// say is empty or 0.
type Entry struct {
	RequestLine string // "GET /path HTTP/1.1", with the server's escapes
	Status      int64

	Client string // the address of whoever connected
	Host   string // of the site, as the line has it; it may be no host at all

	// Request headers, with the server's escapes and its marks of absence.
	ForwardedFor, UserAgent, Referer string

	// When the request came and when the response was sent, in Unix nanoseconds.
	Start, End   int64
	WholeSeconds bool // End has no fraction of a second

	Duration    time.Duration
	HasDuration bool
}

// Read reads a line in the default format of nginx, Apache, lighttpd, Traefik, HAProxy,
// Envoy or Istio. It reports false if the line has another format or is cut off; the
// entry means nothing then. Times without a zone are in the given zone.
func Read(line string, zone *time.Location) (e Entry, ok bool) {
	if e.readEnvoy(line) {
		return e, true
	}
	date := indexDate(line, 0)
	if date < 0 {
		return e, false
	}
	header := syslogHeader(line[:date])
	line, date = line[header:], date-header
	ok = e.readHAProxy(line, date, zone) || e.readCombined(line, date)
	return e, ok
}

// isRequest tells a request line from what servers log of a broken request.
func isRequest(requestLine string) bool {
	method, _, found := strings.Cut(requestLine, " ")
	return found && value.Method(method) != ""
}

// setStatus reports whether the text is a status, which has three digits.
func (e *Entry) setStatus(text string) (ok bool) {
	e.Status, ok = value.Text(text).AsStatus()
	return ok && len(text) == 3
}

// setDuration takes a duration, unless it is negative or there is none.
func (e *Entry) setDuration(d time.Duration, ok bool) {
	if ok && d >= 0 {
		e.Duration, e.HasDuration = d, true
	}
}

// milliseconds reads a duration that is a number of milliseconds.
func milliseconds(text string) (time.Duration, bool) {
	millis, err := strconv.ParseInt(text, 10, 32)
	return time.Duration(millis) * time.Millisecond, err == nil
}
