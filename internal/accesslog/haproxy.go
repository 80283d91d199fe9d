// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// readHAProxy reads HAProxy's HTTP format, whose date is at the given place: client and
// port, date in the host's own zone, frontend, backend and server, in some formats the
// host, timers, status, and the request line. Before the request line come, in braces,
// the headers that the user captures, in an order that only the user knows. Only
// "option httpslog" writes something after it: what is known of TLS.
//
// HAProxy writes #22 for a quotation mark within a header or a request line (8.6 of its
// configuration manual), so a line with more of them is not read. isOwn says that the line
// is HAProxy's, so that no other reader may find a request in what a visitor wrote.
func (e *Entry) readHAProxy(line string, date int, zone *time.Location) (ok, isOwn bool) {
	if date+len("[04/May/2026:09:15:02.") > len(line) || line[date+len("[04/May/2026:09:15:02")] != '.' {
		return false, false
	}
	if tag := strings.LastIndex(line[:date], "]: "); tag >= 0 { // of syslog
		line, date = line[tag+len("]: "):], date-tag-len("]: ")
	}
	end := strings.IndexByte(line[date:min(len(line), date+maxDateLength)], ']')
	if end < 0 || strings.HasPrefix(line[date+end:], `] "`) {
		return false, false
	}
	head := strings.TrimSpace(line[:date])
	if strings.IndexByte(head, ' ') >= 0 {
		rest, ok := e.takeLogger(head, zone)
		if head = strings.TrimSpace(rest); !ok || strings.IndexByte(head, ' ') >= 0 {
			return false, false
		}
	}
	names := e.Names
	c := cursor{line[strings.LastIndexByte(strings.TrimRight(line[:date], " "), ' ')+1:]}
	client := c.word()
	c.word() // date
	colon := strings.LastIndexByte(client, ':')
	start, ok := value.ParseLineTime(line[date+1:date+end], zone)
	if !ok || start.WholeSeconds || colon < 0 {
		return false, false
	}
	c.word() // frontend
	c.word() // backend and server
	timers := c.word()
	if isDotted(timers) && strings.IndexByte(timers, '/') < 0 {
		e.Host, timers = timers, c.word()
	}
	if strings.Count(timers, "/") != 4 || !e.setStatus(c.word()) {
		*e = Entry{}
		return false, false
	}
	e.Client, e.Start, e.Names = client[:colon], start.Nanos, names
	e.setDuration(haproxyDuration(timers))
	return e.readHAProxyRequest(c.rest), true
}

// readHAProxyRequest reads the request line, and "0/0/0/0/0 www.example.com/TLSv1.3/..."
// after it.
func (e *Entry) readHAProxyRequest(rest string) bool {
	capture, rest, found := strings.Cut(rest, `"`)
	text, after, closed := strings.Cut(rest, `"`)
	e.takeCapture(capture)
	if !found || !closed || strings.IndexByte(after, '"') >= 0 || !strings.Contains(text, " HTTP/") || !e.setRequestLine(percentCoded(text)) {
		return false
	}
	c := cursor{after}
	faults, tls := c.word(), c.word()
	if faults == "" {
		return true
	}
	name, _, found := strings.Cut(tls, "/")
	if e.Host == "" && isHostText(name) {
		e.Host = name
	}
	return found && strings.Count(faults, "/") == 4 && c.rest == ""
}

// takeCapture takes the only header between braces, if it has the form of a user agent that
// no header of an answer has. Of several headers none is taken: a log-format of one's own
// does not escape the bar between them, so a visitor could write it.
func (e *Entry) takeCapture(words string) {
	_, text, found := strings.Cut(strings.TrimSpace(words), " {")
	text, closed := strings.CutSuffix(text, "}")
	if found && closed && !strings.ContainsAny(text, "{|}#") && (isMozilla(text) || isAgent(text) && strings.Contains(text, "+http")) {
		e.UserAgent = text
	}
}

// haproxyDuration returns the last timer. A plus before it means that the line was
// written before the response ended.
func haproxyDuration(timers string) (time.Duration, bool) {
	return milliseconds(strings.TrimPrefix(timers[strings.LastIndexByte(timers, '/')+1:], "+"))
}

// percentCoded writes HAProxy's escapes of bytes, such as #22, as URLs have them.
func percentCoded(text string) string {
	at := strings.IndexByte(text, '#')
	if at < 0 {
		return text
	}
	coded := []byte(text)
	for ; at+len("22") < len(coded); at++ {
		if coded[at] == '#' && ascii.IsHex(coded[at+1]) && ascii.IsHex(coded[at+2]) {
			coded[at] = '%'
		}
	}
	return string(coded)
}
