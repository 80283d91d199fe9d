// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strconv"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// haproxyTime is the date of HAProxy's HTTP format, in the host's own zone.
const haproxyTime = "[02/Jan/2006:15:04:05.000]"

// readHAProxyLine reads HAProxy's HTTP format: client and port, date, frontend,
// backend and server, timers, status, and the request line at the end. Before
// that stand between braces the headers that the user captures, in an order that
// only the user knows.
func (e *Entry) readHAProxyLine(text string, zone *time.Location) bool {
	l := line{text}
	client, date := l.word(), l.word()
	colon := strings.LastIndexByte(client, ':')
	start, err := time.ParseInLocation(haproxyTime, date, zone)
	if err != nil || colon < 0 {
		return false
	}
	l.word() // frontend
	l.word() // backend and server
	timers := l.word()
	if strings.Count(timers, "/") != 4 || !e.setStatus(l.word()) {
		return false
	}
	open := strings.IndexByte(l.rest, '"')
	if open < 0 || open == len(l.rest)-1 || l.rest[len(l.rest)-1] != '"' {
		return false
	}
	e.Client, e.Start = client[:colon], start.UnixNano()
	e.RequestLine = l.rest[open+1 : len(l.rest)-1]
	e.setDuration(haproxyDuration(timers[strings.LastIndexByte(timers, '/')+1:]))
	return isRequest(e.RequestLine) && strings.Contains(e.RequestLine, " HTTP/")
}

// haproxyDuration is the last of the timers, in milliseconds. A plus before it
// says that the line was written before the response had ended.
func haproxyDuration(timer string) (time.Duration, bool) {
	return milliseconds(strings.TrimPrefix(timer, "+"))
}

func milliseconds(text string) (time.Duration, bool) {
	millis, err := strconv.ParseInt(text, 10, 32)
	return time.Duration(millis) * time.Millisecond, err == nil
}

// readEnvoyLine reads the default format of Envoy, which Istio extends: start,
// request line, status, flags and details, four numbers of which the third is
// the duration in milliseconds, then X-Forwarded-For, user agent, request id,
// authority and upstream host in quotation marks.
func (e *Entry) readEnvoyLine(text string) (ok bool) {
	l := line{text[1:]}
	date, _ := l.until(']')
	if e.Start, ok = value.Text(date).AsTime(); !ok {
		return false
	}
	if e.RequestLine, ok = l.quoted(); !ok || !isRequest(e.RequestLine) || !e.setStatus(l.word()) {
		return false
	}
	millis, ok := l.envoyDuration()
	if !ok {
		return false
	}
	e.setDuration(milliseconds(millis))
	var texts [5]string
	for i := range texts {
		if texts[i], ok = l.quoted(); !ok {
			return false
		}
	}
	e.ForwardedFor, e.UserAgent, e.Host = texts[0], texts[1], texts[3]
	return true
}

// maxEnvoyWords is more than Envoy writes between the status and the numbers.
const maxEnvoyWords = 64

// envoyDuration skips flags and details up to the four numbers, of which the last
// may be a dash, and takes them. It returns the third.
func (l *line) envoyDuration() (millis string, ok bool) {
	var last [4]string
	for range maxEnvoyWords {
		if !l.atQuote() {
			if l.rest == "" {
				return "", false
			}
			last[0], last[1], last[2], last[3] = last[1], last[2], last[3], l.word()
			continue
		}
		if ascii.IsDigits(last[0]) && ascii.IsDigits(last[1]) && ascii.IsDigits(last[2]) {
			return last[2], true
		}
		if _, ok := l.quoted(); !ok {
			return "", false
		}
		last = [4]string{}
	}
	return "", false
}
