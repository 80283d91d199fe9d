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

// Entry is what a line of an access log says about one request. What the line does not
// say is empty or 0.
type Entry struct {
	RequestLine string // "GET /path HTTP/1.1", with the server's escapes
	Method      string // as value.Method returns it
	Target      string // instead of RequestLine, if it stands alone in the line
	Status      int64

	Client string // the address of whoever connected

	// ClientIP is the address in Client, and IsPublic whether it is one of the internet, if
	// that is known already: see address.Best.
	ClientIP string
	IsPublic bool

	Scheme string
	Host   string // of the site, as the line has it; it may be no host at all

	// Request headers, with the server's escapes and its marks of absence.
	ForwardedFor, UserAgent, Referer string

	// Of Istio: to whom the request was sent on, from which address, at which it was received,
	// and from whom.
	Cluster, SentFrom, ReceivedAt, Peer string

	// When the request came and when the response was sent, in Unix nanoseconds.
	Start, End   int64
	WholeSeconds bool // End has no fraction of a second

	Duration    time.Duration
	HasDuration bool

	Names Names

	isStartStamped bool // the date of the line is that of the request
}

// Read reads a line that holds a request and its status. It finds the request line,
// and tells the rest by its form and its place before or after it; formats whose
// columns have no form of their own are in shapes. It reports false if the line has
// another form or is cut off; the entry means nothing then. Times without a zone are in
// the given zone.
func (e *Entry) Read(line string, zone *time.Location) bool {
	*e = Entry{}
	if e.read(line, zone) {
		return true
	}
	plain := withoutMarks(line)
	if plain == line { // a program that writes marks writes no colours
		plain = withoutDecoration(line)
	}
	if plain == line {
		return false
	}
	*e = Entry{}
	return e.read(plain, zone)
}

func (e *Entry) read(line string, zone *time.Location) bool {
	if ok, isOwn := e.readBars(line, zone); isOwn {
		return ok
	}
	if isBarred(line, zone) {
		return e.readShape(line, zone)
	}
	if date := indexDate(line, 0, zone); date >= 0 {
		if e.isEnvoy(line, date, zone) {
			return e.readEnvoy(line[date:], zone)
		}
		if line[date+len("[2026")] == '-' && e.readShape(line, zone) { // gorouter
			return true
		}
		header := syslogHeader(line[:date])
		dated, at := line[header:], date-header
		ok, isOwn := e.readHAProxy(dated, at, zone)
		if date == 0 && !isOwn { // a logger's time, which HAProxy's may follow
			if next := indexDate(line, 1, zone); next > 0 {
				ok, isOwn = e.readHAProxy(line, next, zone)
			}
		}
		if !ok && !isOwn {
			ok, isOwn = e.readCombined(dated, at, zone)
		}
		if header > 0 && ok {
			e.Names.Program = programOf(line[:header])
		}
		if ok || isOwn {
			return ok
		}
	}
	if e.readShape(line, zone) {
		return true
	}
	*e = Entry{}
	return e.readUndated(line, zone)
}

// withoutDecoration returns a line without the colours that programs write for
// terminals, and with spaces for the tabs of a format that separates columns by them.
func withoutDecoration(line string) string {
	line = withoutColours(line)
	if strings.Contains(line, "\t[") && strings.Contains(line, "]\t\"") {
		line = strings.ReplaceAll(line, "\t", " ")
	}
	return line
}

// setRequestLine takes a request line. It reports false for what servers log of a broken
// request, and for a request of another protocol: servers of RTSP and FTP write the common
// log format, too. A space at the end is no part of the target.
func (e *Entry) setRequestLine(text string) bool {
	end := strings.IndexByte(text, ' ') //nolint:modernize // Cut takes twice as long to find a byte
	if end < 0 {
		return false
	}
	e.RequestLine, e.Method = strings.TrimRight(text, " "), value.Method(text[:end])
	return e.Method != "" && (strings.HasSuffix(text, " HTTP/1.1") || e.isOfHTTP())
}

// isOfHTTP reports whether a request line ends as one of HTTP does.
func (e *Entry) isOfHTTP() bool {
	protocol := protocolOf(e.RequestLine)
	return protocol == "HTTP" || protocol == "" && (value.IsUsualMethod(e.Method) || strings.HasSuffix(e.RequestLine, " -"))
}

// protocolOf returns the name in the last word of a request line, such as HTTP of
// HTTP/1.1. It is empty if the line ends with the target, as that of HTTP/0.9 does, or with a
// dash in place of the protocol.
func protocolOf(request string) string {
	last := request[strings.LastIndexByte(request, ' ')+1:]
	name, version, found := strings.Cut(last, "/")
	if !found || version == "" || !ascii.IsDigit(version[0]) {
		return ""
	}
	for i := range len(name) {
		if name[i] < 'A' || name[i] > 'Z' {
			return ""
		}
	}
	return name
}

// setStatus reports whether the text is a status, which has three digits.
func (e *Entry) setStatus(text string) bool {
	if len(text) != 3 || text[0] < '1' || text[0] > '5' || !ascii.IsDigit(text[1]) || !ascii.IsDigit(text[2]) {
		return false
	}
	e.Status = int64(text[0]-'0')*100 + int64(text[1]-'0')*10 + int64(text[2]-'0')
	return true
}

// setEnd sets the time of the response.
func (e *Entry) setEnd(t value.LineTime) {
	e.End, e.WholeSeconds = t.Nanos, t.WholeSeconds && t.Nanos != 0
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
