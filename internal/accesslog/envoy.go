// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// isEnvoy reports whether a line begins as Envoy's, whose date is at the given place:
// with the date and the request line. Emissary writes "ACCESS" before it.
func (e *Entry) isEnvoy(line string, date int, zone *time.Location) bool {
	if len(line) < date+len("[2026-05-04T") || line[date+5] != '-' || line[date+11] != 'T' {
		return false
	}
	c := cursor{line[date+1:]}
	_, ok := c.date()
	if !ok || date == 0 {
		return ok
	}
	rest, ok := e.takeLogger(line[:date], zone)
	return ok && rest == ""
}

// readEnvoy reads the default format of Envoy, which Istio extends: start, request
// line, status, flags and details, and four numbers, the third of which is the duration
// in milliseconds. Then come, in quotation marks, X-Forwarded-For, user agent, request
// id, authority and upstream host.
//
// Istio adds words: the cluster, and three addresses, the last of which is that from which
// the request came.
func (e *Entry) readEnvoy(line string, zone *time.Location) (ok bool) {
	if !strings.HasPrefix(line, "[2") {
		return false
	}
	c := cursor{line[1:]}
	date, _ := c.until(']')
	start, ok := value.ParseLineTime(date, zone)
	if !ok {
		return false
	}
	e.Start = start.Nanos
	if text, ok := c.unescaped(); !ok || !e.setRequestLine(text) || !e.setStatus(c.word()) {
		return false
	}
	millis, ok := c.envoyDuration()
	if !ok {
		return false
	}
	e.setDuration(milliseconds(millis))
	var texts [5]string
	for i := range texts {
		if texts[i], ok = c.unescaped(); !ok {
			return false
		}
	}
	if strings.IndexByte(c.rest, '"') >= 0 { // a header held the mark
		return false
	}
	e.ForwardedFor, e.UserAgent, e.Host = texts[0], texts[1], texts[3]
	e.Cluster, e.SentFrom, e.ReceivedAt, e.Peer = c.word(), c.word(), c.word(), c.word()
	if isDash(e.ForwardedFor) && isAddress(e.Peer) {
		e.Client = e.Peer
	}
	return true
}

// maxEnvoyWords is more than Envoy writes between the status and the numbers.
const maxEnvoyWords = 64

// envoyDuration skips flags and details, takes the four numbers, the last of which may
// be a dash, and returns the third.
func (c *cursor) envoyDuration() (millis string, ok bool) {
	var last [4]string
	words, isQuoted := 0, false // since a text in quotation marks, and whether there was one
	for range maxEnvoyWords {
		if !c.atQuote() {
			if c.rest == "" {
				return "", false
			}
			word := c.word()
			if strings.IndexByte(word, '"') >= 0 { // the path held the mark, and ended too early
				return "", false
			}
			last[0], last[1], last[2], last[3] = last[1], last[2], last[3], word
			words++
			continue
		}
		if ascii.IsDigits(last[0]) && ascii.IsDigits(last[1]) && ascii.IsDigits(last[2]) {
			return last[2], !isQuoted || words == len(last)
		}
		if isQuoted && words > 0 { // the path held two marks
			return "", false
		}
		if _, ok := c.unescaped(); !ok {
			return "", false
		}
		last, words, isQuoted = [4]string{}, 0, true
	}
	return "", false
}

// unescaped takes a text in quotation marks as Envoy writes it, which escapes nothing.
func (c *cursor) unescaped() (string, bool) {
	if !c.atQuote() {
		return "", false
	}
	c.rest = c.rest[1:]
	return c.until('"')
}
