// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// readCommonLine reads the common and combined log formats, with what lighttpd,
// Apache's vhost_combined, nginx's own "main" format, ingress-nginx and Traefik
// add to them. The first date of the line is at the given place.
//
// The date of the response is the one that a quotation mark follows. After a date
// in a user's name there is none, because servers escape it. Traefik does not: there,
// what looks like a request is a part of the name if another date follows.
func (e *Entry) readCommonLine(text string, at int) bool {
	for ; at >= 0; at = indexDate(text, at+1) {
		*e = Entry{}
		l := line{text[at+1:]}
		date, ok := l.date()
		if ok && e.readRequest(&l) && !l.atRequestDate() && e.setEnd(date) {
			e.setDuration(trailingDuration(l.rest))
			return e.readHead(text[:at])
		}
	}
	return false
}

// setEnd reports whether the text is a date.
func (e *Entry) setEnd(date string) (ok bool) {
	e.End, ok = value.Text(date).AsTime()
	e.WholeSeconds = strings.IndexByte(date, '.') < 0
	return ok
}

// maxDateLength is more than any date and its bracket have.
const maxDateLength = 48

// date takes the rest of a date in brackets if the request line follows it.
func (l *line) date() (string, bool) {
	end := strings.IndexByte(l.rest[:min(len(l.rest), maxDateLength)], ']')
	if end < 0 || !strings.HasPrefix(l.rest[end:], `] "`) {
		return "", false
	}
	date := l.rest[:end]
	if strings.IndexByte(date, '[') >= 0 { // a bracket that nobody closed
		return "", false
	}
	l.rest = l.rest[end+len("] "):]
	return date, true
}

// atRequestDate says whether a date comes next that a request line follows.
func (l *line) atRequestDate() bool {
	if l.skipSpace(); indexDate(l.rest[:min(len(l.rest), len("[10/Oct/2000:"))], 0) != 0 {
		return false
	}
	after := line{l.rest[1:]}
	_, ok := after.date()
	return ok
}

// readRequest takes what follows the date: the request line, the status, the
// size, and in most formats the referer, the user agent and X-Forwarded-For.
func (e *Entry) readRequest(l *line) (ok bool) {
	if e.RequestLine, ok = l.quoted(); !ok || !isRequest(e.RequestLine) {
		return false
	}
	if !e.setStatus(l.word()) {
		return false
	}
	if size := l.word(); size != "-" && !ascii.IsDigits(size) {
		return false
	}
	if !l.atQuote() {
		return true
	}
	if e.Referer, ok = l.quoted(); !ok {
		return false
	}
	if e.UserAgent, ok = l.quoted(); !ok {
		return false
	}
	chain, ok := l.quotedIfAny()
	if first, _, _ := strings.Cut(chain, ","); isAddress(first) {
		e.ForwardedFor = chain
	}
	return ok
}

// maxTrailingDuration tells a duration from another number.
const maxTrailingDuration = 1_000_000 * time.Second

// trailingDuration finds Traefik's "38ms" at the end, or the request time in
// seconds that ingress-nginx writes after the request's length and before the
// name of the upstream in brackets.
func trailingDuration(rest string) (d time.Duration, ok bool) {
	if rest == "" {
		return 0, false
	}
	last := rest[strings.LastIndexByte(rest, ' ')+1:]
	if strings.HasSuffix(last, "ms") {
		if d, err := time.ParseDuration(last); err == nil {
			return d, true
		}
	}
	l := line{rest}
	length, seconds, upstream := l.word(), l.word(), l.word()
	if !ascii.IsDigits(length) || strings.IndexByte(seconds, '.') <= 0 || !strings.HasPrefix(upstream, "[") {
		return 0, false
	}
	nanos, _, ok := value.Text(seconds).AsDuration(time.Second)
	return time.Duration(nanos), ok && nanos < int64(maxTrailingDuration)
}
