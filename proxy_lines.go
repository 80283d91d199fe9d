// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strconv"
	"strings"
	"time"
)

// haproxyTime is the date of HAProxy's HTTP format, in the host's own zone.
const haproxyTime = "02/Jan/2006:15:04:05.000"

// readHAProxyLine reads HAProxy's HTTP format after its date: names, timers,
// status, and the request line at the end. The headers between braces are
// those that the user captures, in an order that only the user knows.
func (f *facts) readHAProxyLine(client, date string, l line) bool {
	colon := strings.LastIndexByte(client, ':')
	start, err := time.ParseInLocation(haproxyTime, date, f.zone)
	if err != nil || colon < 0 {
		return false
	}
	l.word() // frontend
	l.word() // backend and server
	timers := strings.Split(l.word(), "/")
	r := request{client: client[:colon], start: start.UnixNano(), took: unknownDuration, status: l.word()}
	open := strings.IndexByte(l.rest, '"')
	if len(timers) != 5 || open < 0 || open == len(l.rest)-1 || l.rest[len(l.rest)-1] != '"' {
		return false
	}
	r.line = l.rest[open+1 : len(l.rest)-1]
	if millis, err := strconv.ParseInt(strings.TrimPrefix(timers[4], "+"), 10, 32); err == nil && millis >= 0 {
		r.took = time.Duration(millis) * time.Millisecond
	}
	return strings.Contains(r.line, " HTTP/") && f.keep(r)
}

// readEnvoyLine reads the default format of Envoy, which Istio extends: start,
// request line, status, flags and details, four numbers of which the third is
// the duration in milliseconds, then X-Forwarded-For, user agent, request id,
// authority and upstream host in quotation marks.
func (f *facts) readEnvoyLine(s string) bool {
	l := line{rest: s[1:]}
	date, _ := l.until(']')
	start, ok := textValue(date).asTime()
	if !ok {
		return false
	}
	r := request{start: start}
	if r.line, ok = l.quoted(); !ok {
		return false
	}
	r.status = l.word()
	numbers, ok := l.envoyNumbers()
	if !ok {
		return false
	}
	r.took = time.Duration(numbers) * time.Millisecond
	var texts [5]string
	for i := range texts {
		if texts[i], ok = l.quoted(); !ok {
			return false
		}
	}
	if !f.keep(r) {
		return false
	}
	f.keepText(forwardedFor, texts[0])
	f.keepText(userAgent, texts[1])
	f.keepText(host, texts[3])
	return true
}

// envoyNumbers skips flags and details up to the four numbers, and takes them.
// It returns the third.
func (l *line) envoyNumbers() (millis int64, ok bool) {
	var last [4]string
	for range 64 {
		if l.skipSpace(); l.rest == "" {
			return 0, false
		}
		if l.rest[0] == '"' {
			if isDigits(last[0]) && isDigits(last[1]) && isDigits(last[2]) {
				millis, err := strconv.ParseInt(last[2], 10, 32)
				return millis, err == nil
			}
			if _, ok := l.quoted(); !ok {
				return 0, false
			}
			last = [4]string{}
			continue
		}
		last[0], last[1], last[2], last[3] = last[1], last[2], last[3], l.word()
	}
	return 0, false
}
