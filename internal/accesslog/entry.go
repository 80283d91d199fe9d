// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// Entry is what a line of an access log says about one request. What the line
// does not say is empty or 0.
type Entry struct {
	RequestLine string // "GET /path HTTP/1.1", with the server's escapes
	Status      int64

	Client string // the address of whoever connected
	Host   string // of the site, as it stands in the line: maybe none at all

	// Headers, with the server's escapes and its marks of absence.
	ForwardedFor, UserAgent, Referer string

	// When the request came, or when the response was sent, in Unix nanoseconds.
	Start, End   int64
	WholeSeconds bool // end lacks its fraction

	Duration    time.Duration
	HasDuration bool
}

// Read reads a line as nginx, Apache, lighttpd, Traefik, HAProxy, Envoy and
// Istio write it by default. It reports false if the line is none of these or is
// cut off; the entry is worth nothing then. Times without a zone are in the given
// one.
func Read(text string, zone *time.Location) (e Entry, ok bool) {
	if strings.HasPrefix(text, "[2") && e.readEnvoyLine(text) {
		return e, true
	}
	at := indexDate(text, 0)
	if at < 0 {
		return e, false
	}
	header := syslogHeader(text[:at])
	text, at = text[header:], at-header
	if strings.IndexByte(strings.TrimSpace(text[:at]), ' ') < 0 && e.readHAProxyLine(text, zone) {
		return e, true
	}
	ok = e.readCommonLine(text, at)
	return e, ok
}

// isRequest tells a request line from what servers log of a broken request.
func isRequest(requestLine string) bool {
	method, _, found := strings.Cut(requestLine, " ")
	return found && value.Method(method) != ""
}

// setStatus reports whether the text is a status: three digits.
func (e *Entry) setStatus(text string) (ok bool) {
	e.Status, ok = value.Text(text).AsStatus()
	return ok && len(text) == 3
}

func (e *Entry) setDuration(d time.Duration, ok bool) {
	if ok && d >= 0 {
		e.Duration, e.HasDuration = d, true
	}
}

// indexDate is where the next "[10/Oct/2000:" starts, or -1.
func indexDate(text string, from int) int {
	for at := from; ; at++ {
		next := strings.IndexByte(text[at:], '[')
		if next < 0 || at+next+len("[10/Oct/2000:") > len(text) {
			return -1
		}
		if at += next; text[at+3] == '/' && text[at+7] == '/' && text[at+12] == ':' {
			return at
		}
	}
}

// maxSyslogWords is more than "<34>Oct 11 22:14:15 2026 host tag[1]:" has.
const maxSyslogWords = 7

// syslogHeader is the length of "Feb  6 12:14:14 host haproxy[14389]: ", or 0. It
// never ends within a user's name, because an address or a mark of absence stands
// before that.
func syslogHeader(head string) int {
	if !strings.Contains(head, ": ") {
		return 0
	}
	l := line{head}
	for n := range maxSyslogWords {
		word := l.word()
		switch {
		case strings.HasSuffix(word, ":") && !strings.HasSuffix(word, "::"): // which ends an IPv6 address
			return len(head) - len(l.rest)
		case isDash(word), n == 1 && isAddress(word):
			return 0
		case n == 0 && isAddress(word) && !strings.HasSuffix(l.next(), ":"):
			return 0
		}
	}
	return 0
}
