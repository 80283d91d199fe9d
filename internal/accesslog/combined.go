// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// readCombined reads the common and the combined log format, and what lighttpd, Apache's
// vhost_combined, nginx's own "main" format, ingress-nginx and Traefik add to them. The
// first date of the line is at the given place.
//
// A visitor chooses the user's name, which comes before the date, and the user agent,
// which comes after it, so a date and a request may stand in both. Servers escape the
// quotation marks of names, so the first date that such a mark follows is the line's own.
// No later one counts, even if the first has no request: some servers escape nothing,
// and a visitor could replace the entry. Traefik escapes all but names, so there the
// last date that a request follows is the line's own.
func (e *Entry) readCombined(line string, date int) bool {
	isTraefik := endsAsTraefik(line)
	head := -1 // its length; -1: nothing is read
	for ; date >= 0; date = indexDate(line, date+1) {
		c := cursor{line[date+1:]}
		end, ok := c.date()
		if !ok {
			continue
		}
		var dated Entry
		if dated.readDated(end, &c) {
			*e, head = dated, date
		}
		if !isTraefik {
			break
		}
	}
	return head >= 0 && e.readHead(line[:head])
}

// readDated takes the date and reads all that follows it.
func (e *Entry) readDated(end string, c *cursor) bool {
	if !e.readRequest(c) || !e.setEnd(end) {
		return false
	}
	e.setDuration(trailingDuration(c.rest))
	return true
}

// indexDate returns where the next "[10/Oct/2000:" starts, or -1.
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

// setEnd sets the time of the response. It reports whether the text is a date.
func (e *Entry) setEnd(date string) (ok bool) {
	e.End, ok = value.Text(date).AsTime()
	e.WholeSeconds = strings.IndexByte(date, '.') < 0
	return ok
}

// maxDateLength is more than a date and its bracket have.
const maxDateLength = 48

// date takes the rest of a date in brackets, if a quotation mark follows.
func (c *cursor) date() (string, bool) {
	end := strings.IndexByte(c.rest[:min(len(c.rest), maxDateLength)], ']')
	if end < 0 || !strings.HasPrefix(c.rest[end:], `] "`) {
		return "", false
	}
	date := c.rest[:end]
	if strings.IndexByte(date, '[') >= 0 { // the first bracket is never closed
		return "", false
	}
	c.rest = c.rest[end+len("] "):]
	return date, true
}

// readRequest reads what follows the date: the request line, the status, the size, and
// in most formats the referer, the user agent and X-Forwarded-For.
func (e *Entry) readRequest(c *cursor) (ok bool) {
	if e.RequestLine, ok = c.quoted(); !ok || !isRequest(e.RequestLine) {
		return false
	}
	if !e.setStatus(c.word()) {
		return false
	}
	if size := c.word(); size != "-" && !ascii.IsDigits(size) {
		return false
	}
	if !c.atQuote() {
		return true
	}
	if e.Referer, ok = c.quoted(); !ok {
		return false
	}
	if e.UserAgent, ok = c.quoted(); !ok {
		return false
	}
	chain, ok := c.quotedIfAny()
	if first, _, _ := strings.Cut(chain, ","); isAddress(first) {
		e.ForwardedFor = chain
	}
	return ok
}

// maxTrailingDuration is longer than any response takes: a larger number is no duration.
const maxTrailingDuration = 1_000_000 * time.Second

// trailingDuration finds Traefik's "38ms" at the end, or the seconds that ingress-nginx
// writes after the request's length and before the upstream's name in brackets.
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
	c := cursor{rest}
	length, seconds, upstream := c.word(), c.word(), c.word()
	if !ascii.IsDigits(length) || strings.IndexByte(seconds, '.') <= 0 || !strings.HasPrefix(upstream, "[") {
		return 0, false
	}
	nanos, _, ok := value.Text(seconds).AsDuration(time.Second)
	return time.Duration(nanos), ok && nanos < int64(maxTrailingDuration)
}
