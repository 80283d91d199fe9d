// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strconv"
	"strings"
	"time"
)

// readLine takes the facts out of a line as nginx, Apache, Traefik, HAProxy,
// Envoy and Istio write it by default. It reports false, and takes nothing, if
// the line is none of these or is cut off.
func (f *facts) readLine(s string) bool {
	if strings.HasPrefix(s, "[2") {
		return f.readEnvoyLine(s)
	}
	open := dateBracket(s)
	if open < 0 {
		return false
	}
	head := strings.TrimSpace(withoutSyslogHeader(s[:open]))
	l := line{rest: s[open+1:]}
	date, ok := l.until(']')
	if !ok || head == "" {
		return false
	}
	if strings.IndexByte(head, ' ') < 0 {
		return f.readHAProxyLine(head, date, l)
	}
	return f.readCommonLine(head, date, l)
}

// dateBracket is where "[10/Oct/2000:" starts, or -1.
func dateBracket(s string) int {
	for i := 0; i+13 < len(s); i++ {
		if s[i] == '[' && s[i+3] == '/' && s[i+7] == '/' && s[i+12] == ':' {
			return i
		}
		if i > 600 {
			break
		}
	}
	return -1
}

// withoutSyslogHeader cuts off "Feb  6 12:14:14 host haproxy[14389]: ".
func withoutSyslogHeader(head string) string {
	end := strings.LastIndex(head, ": ")
	if end <= 0 || head[end-1] == ':' { // two colons end an IPv6 address
		return head
	}
	return head[end+2:]
}

// line is the rest of a line that is being read from the left.
type line struct{ rest string }

func (l *line) skipSpace() { l.rest = strings.TrimLeft(l.rest, " ") }

// until takes what stands before the byte c, and c.
func (l *line) until(c byte) (string, bool) {
	taken, rest, found := strings.Cut(l.rest, string(rune(c)))
	l.rest = rest
	return taken, found
}

// word takes what stands before the next space.
func (l *line) word() string {
	l.skipSpace()
	word, rest, _ := strings.Cut(l.rest, " ")
	l.rest = rest
	return word
}

// quoted takes a text in quotation marks, whose escapes stay.
func (l *line) quoted() (string, bool) {
	l.skipSpace()
	if l.rest == "" || l.rest[0] != '"' {
		return "", false
	}
	for i := 1; i < len(l.rest); i++ {
		switch l.rest[i] {
		case '\\':
			i++
		case '"':
			taken := l.rest[1:i]
			l.rest = l.rest[i+1:]
			return taken, true
		}
	}
	return "", false
}

// request is what every format holds.
type request struct {
	line, status  string
	client, vhost string
	start, end    int64 // one of them is set
	precision     string
	took          time.Duration
}

// keep stores the request if it is one.
func (f *facts) keep(r request) bool {
	name, _, found := strings.Cut(r.line, " ")
	code, ok := textValue(r.status).asStatus()
	if !found || !ok || len(r.status) != 3 || methodOf(name) == "" {
		return false
	}
	f.set(requestLine, lineRank, r.line, 0)
	f.set(status, lineRank, "", code)
	if ip, public := bestAddress(r.client); ip != "" {
		f.set(clientIP, lineRank, ip, oneIf(public))
	}
	if r.start != 0 {
		f.set(startTime, lineRank, "", r.start)
	}
	if r.end != 0 {
		f.set(endTime, lineRank, r.precision, r.end)
	}
	if r.took >= 0 {
		f.set(duration, lineRank, "", int64(r.took))
	}
	f.keepText(host, r.vhost)
	return true
}

// keepText stores a text that may be absent.
func (f *facts) keepText(i field, text string) {
	f.storeText(&mapping{field: i, precedence: lineRank}, text)
}

// readCommonLine reads the common and combined log formats after their date,
// with a virtual host before the client or without, and what nginx, ingress-nginx
// and Traefik add at the end.
func (f *facts) readCommonLine(head, date string, l line) bool {
	r := request{took: unknownDuration, precision: inSeconds}
	words, n := headWords(head)
	switch n {
	case 3:
		r.client = words[0]
		if strings.IndexByte(words[1], '.') > 0 { // lighttpd has the host there
			r.vhost = words[1]
		}
	case 4:
		r.vhost, r.client = words[0], words[1]
	default:
		return false
	}
	var ok bool
	if r.end, ok = textValue(date).asTime(); !ok {
		return false
	}
	if r.line, ok = l.quoted(); !ok {
		return false
	}
	r.status = l.word()
	if size := l.word(); size != "-" && !isDigits(size) {
		return false
	}
	var agent, from string
	if l.skipSpace(); l.rest != "" && l.rest[0] == '"' {
		if from, ok = l.quoted(); !ok {
			return false
		}
		if agent, ok = l.quoted(); !ok {
			return false
		}
	}
	var chain string // nginx' own "main" format ends with it
	if l.skipSpace(); l.rest != "" && l.rest[0] == '"' {
		if chain, ok = l.quoted(); !ok {
			return false
		}
	}
	r.took = trailingDuration(l.rest)
	if !f.keep(r) {
		return false
	}
	f.keepText(referer, from)
	f.keepText(userAgent, agent)
	if addressOf(chain[:max(strings.IndexByte(chain, ','), 0)]) != "" || addressOf(chain) != "" {
		f.keepText(forwardedFor, chain)
	}
	return true
}

// headWords are the words before the date, and how many there are: five stands
// for more than any format has.
func headWords(head string) (words [4]string, n int) {
	for word := range strings.FieldsSeq(head) {
		if n == len(words) {
			return words, n + 1
		}
		words[n] = word
		n++
	}
	return words, n
}

// trailingDuration finds Traefik's "38ms" at the end, or the request time in
// seconds that ingress-nginx writes after the request's length.
func trailingDuration(rest string) time.Duration {
	if rest == "" {
		return unknownDuration
	}
	words := strings.Fields(rest)
	if len(words) == 0 {
		return unknownDuration
	}
	if last := words[len(words)-1]; strings.HasSuffix(last, "ms") {
		if d, err := time.ParseDuration(last); err == nil {
			return d
		}
	}
	if len(words) > 2 && isDigits(words[0]) && strings.HasPrefix(words[2], "[") && strings.IndexByte(words[1], '.') > 0 {
		if seconds, err := strconv.ParseFloat(words[1], 64); err == nil && seconds >= 0 && seconds < 1e6 {
			return time.Duration(seconds * float64(time.Second))
		}
	}
	return unknownDuration
}
