// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"net/http"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// readBars reads a line of a format that puts bars between its columns and nothing around
// them. Bars in what a visitor writes are not escaped, so the number of columns has to be
// right. If isOwn is true, no other reader may look at the line.
//
//	HIT|200|1777886102120|512|7|203.0.113.9|-|https://www.example.com/a|DE|curl/8.9.1|0f1e…|DE    Bunny
//	203.0.113.9|Mon 04 May 2026 09:15:02 +0000|200|512||GET /a HTTP/1.1|Host: www.example.com     Hiawatha
func (e *Entry) readBars(line string, zone *time.Location) (ok, isOwn bool) {
	first := strings.IndexByte(line[:min(len(line), maxPrefix)], '|')
	if first <= 0 {
		return false, false
	}
	line = line[syslogHeader(line[:first]):]
	columns := strings.SplitN(line, "|", maxColumns)
	switch {
	case len(columns) > 6 && bunnyResults[columns[0]] && len(columns[1]) == 3 && isMillis(columns[2]) && isAddress(columns[5]):
		return e.readBunny(columns), true
	case len(columns) > 5 && isAddress(columns[0]) && len(columns[1]) > 4 && columns[1][3] == ' ':
		return e.readHiawatha(columns, zone), true
	}
	return false, false
}

// bunnyResults are how Bunny's cache came to the answer.
var bunnyResults = ascii.WordSet("HIT MISS BYPASS EXPIRED STALE UPDATING REVALIDATED DYNAMIC -")

// isMillis reports whether a text is a time in milliseconds since 1970.
func isMillis(text string) bool { return len(text) == len("1777886102120") && ascii.IsDigits(text) }

// readBunny reads a line of Bunny's CDN (docs.bunny.net, "CDN Raw Logging"). It names no
// method, and nearly all requests of a CDN are GET.
func (e *Entry) readBunny(columns []string) bool {
	id := len(columns) - 2
	if len(columns) != 12 || len(columns[id]) != 32 || strings.Trim(columns[id], "0123456789abcdef") != "" || !isURL(columns[7]) {
		return false
	}
	nanos, _, ok := value.Text(columns[2]).AsTimestamp()
	e.setEnd(value.LineTime{Nanos: nanos})
	e.Method, e.Target, e.Client = http.MethodGet, columns[7], columns[5]
	e.Referer, e.UserAgent = columns[6], columns[9]
	return ok && e.setStatus(columns[1])
}

// readHiawatha reads a line of Hiawatha's own format, which ends with the headers of the
// request. A visitor who writes a bar into one adds a header, as every visitor can. The
// user's name stands before the request, so no other column may look like one.
func (e *Entry) readHiawatha(columns []string, zone *time.Location) bool {
	day, rest, _ := strings.Cut(columns[1], " ")
	t, ok := value.ParseLineTime(day+", "+rest, zone)
	if !ok || len(columns) == maxColumns || !e.setStatus(columns[2]) || !ascii.IsDigits(columns[3]) || !strings.Contains(columns[5], " HTTP/") || !e.setRequestLine(columns[5]) {
		return false
	}
	e.setEnd(t)
	e.setClient(columns[0])
	for _, column := range columns[6:] {
		name, text, found := strings.Cut(column, ": ")
		switch {
		case !found, strings.Contains(column, " HTTP/1."):
			return false
		default:
			e.takeHeader(name, text)
		}
	}
	return true
}

// takeHeader stores a header of the request, unless there was one before.
func (e *Entry) takeHeader(name, text string) {
	to := new(string)
	switch strings.ToLower(name[:min(len(name), len("x-forwarded-for"))]) {
	case "host":
		to = &e.Host
	case "user-agent":
		to = &e.UserAgent
	case "referer":
		to = &e.Referer
	case "x-forwarded-for":
		to = &e.ForwardedFor
	}
	if *to == "" {
		*to = text
	}
}
