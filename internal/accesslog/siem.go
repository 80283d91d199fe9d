// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/address"
	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// siemKeys are the keys of CEF's and LEEF's extensions that have a use, and by which all
// other producers call what they stand for.
var siemKeys = map[string]string{
	"requestMethod":            "request_method",
	"request":                  "request_url",
	"url":                      "request_url",
	"requestContext":           "http_referer",
	"ref":                      "http_referer",
	"referrer":                 "http_referer",
	"requestClientApplication": "http_user_agent",
	"userAgent":                "http_user_agent",
	"cs-user-agent":            "http_user_agent",
	"src":                      "remote_addr",
	"dhost":                    "http_host",
	"sourceServiceName":        "http_host",
	"qstr":                     "query_string",
	"xff":                      "http_x_forwarded_for",
	"outcome":                  "status",
	"start":                    "start_time",
	"end":                      "@timestamp",
	"rt":                       "timestamp",
	"devTime":                  "timestamp",
}

var siemEscapes = strings.NewReplacer(`\=`, "=", `\|`, "|", `\\`, `\`, `\n`, " ", `\r`, " ")

// siemOfProxies are the keys of which one is in what a proxy says that people use to reach
// other sites: it knows its user, a category of the site, or the address that it showed.
var siemOfProxies = ascii.WordSet("suser duser usrName cat sourceTranslatedAddress deviceProcessName")

// NewSIEM returns the pairs of a line in CEF or LEEF that records a request to a site, with
// the usual keys. It reports false if the line is in neither. The pairs are none if it
// lacks the status, or if a proxy of an organisation wrote it: such a record is of a
// request that its own people made. Anybody on the internet has a public address.
func NewSIEM(line string) (pairs [][2]string, ok bool) {
	begin := strings.Index(line[:min(len(line), maxPrefix)], "EF:")
	if begin < 1 || line[begin-1] != 'C' && line[begin-1] != 'E' {
		return nil, false
	}
	s := siem{isLEEF: line[begin-1] == 'E'}
	extension, ok := s.skipHeader(line[begin:])
	if !ok {
		return nil, false
	}
	s.read(extension)
	if s.isOfProxy || s.status == "" || s.method == "" {
		return nil, true
	}
	if _, isPublic := address.Best(s.client); !isPublic {
		return nil, true
	}
	return append(s.pairs, [2]string{"status", s.status}), true
}

// siem is what is read of a line in CEF or LEEF.
type siem struct {
	isLEEF, isOfProxy      bool
	separator              string // of LEEF
	isImperva              bool
	method, client, status string
	numbers                [7]string // cn1 to cn6
	pairs                  [][2]string
}

// skipHeader returns what follows the columns that bars separate.
func (s *siem) skipHeader(line string) (extension string, ok bool) {
	columns := 7
	s.separator = "\t"
	if s.isLEEF {
		columns = 5
		if strings.HasPrefix(line, "EF:2") {
			columns = 6
		}
	}
	for n := range columns {
		column, rest, found := strings.Cut(line, "|")
		for found && strings.HasSuffix(column, `\`) {
			var more string
			more, rest, found = strings.Cut(rest, "|")
			column = more
		}
		if !found {
			return "", false
		}
		if n == 1 {
			s.isImperva = column == "Incapsula" || strings.HasPrefix(column, "Imperva")
		}
		if n == 5 && s.isLEEF && column != "" && !strings.HasPrefix(column, "x") && !strings.HasPrefix(column, "0x") {
			s.separator = column
		}
		line = rest
	}
	return line, true
}

// read takes the pairs. In CEF blanks stand between them, and in values, too: a key is a
// word before an equals sign that is not escaped.
func (s *siem) read(extension string) {
	if s.isLEEF {
		for part := range strings.SplitSeq(extension, s.separator) {
			if key, text, found := strings.Cut(strings.TrimSpace(part), "="); found {
				s.take(key, text)
			}
		}
		return
	}
	for rest, n := strings.TrimLeft(extension, " "), 0; rest != "" && n < maxPairs; n++ {
		key, text, found := strings.Cut(rest, "=")
		if !found {
			break
		}
		end := endOfValue(text)
		s.take(key, strings.TrimRight(text[:end], " "))
		rest = strings.TrimLeft(text[end:], " ")
	}
}

// endOfValue is where the next key begins, or the end of the text. A key has no equals sign, so it
// is looked for behind the one before.
func endOfValue(text string) int {
	for from := 0; ; {
		sign := strings.IndexByte(text[from:], '=')
		if sign < 0 {
			return len(text)
		}
		at := from + sign
		blank := from + strings.LastIndexByte(text[from:at], ' ')
		if blank >= from && at > blank+1 && labelBytes.HoldAll(text[blank+1:at]) {
			return blank
		}
		from = at + 1
	}
}

func (s *siem) take(key, text string) {
	if strings.IndexByte(text, '\\') >= 0 {
		text = siemEscapes.Replace(text)
	}
	if text == "" || text == "-" || text == "N/A" { // F5 writes "N/A"
		return
	}
	if number, isLabel := strings.CutSuffix(key, "Label"); isLabel {
		key = number
	}
	switch {
	case siemOfProxies[key], key == "deviceDirection" && text == "1":
		s.isOfProxy = true
	case len(key) == len("cn1") && key[:2] == "cn" && key[2] >= '1' && key[2] <= '6':
		s.takeNumber(int(key[2]-'0'), text)
	case key == "outcome":
		s.offerStatus(text)
	case key == "app" && (strings.EqualFold(text, "https") || strings.EqualFold(text, "http")):
		s.pairs = append(s.pairs, [2]string{"scheme", strings.ToLower(text)})
	default:
		s.keep(key, text)
	}
}

func (s *siem) keep(key, text string) {
	usual := siemKeys[key]
	switch usual {
	case "":
		return
	case "request_method":
		s.method = text
	case "remote_addr":
		s.client = text
	case "start_time", "timestamp", "@timestamp":
		text = siemTime(text)
	case "request_url": // Imperva writes host and path
		if text[0] != '/' && !isURL(text) {
			text = "http://" + text
		}
	}
	s.pairs = append(s.pairs, [2]string{usual, text})
}

// takeNumber takes a number or the label that says what it is, which may come before it.
func (s *siem) takeNumber(n int, text string) {
	if s.numbers[n] == "" {
		s.numbers[n] = text
		if n == 1 && s.isImperva {
			s.offerStatus(text)
		}
		return
	}
	number, label := s.numbers[n], text
	if !ascii.IsDigits(number) {
		number, label = label, number
	}
	label = strings.ToLower(label)
	if strings.Contains(label, "status") || strings.Contains(label, "response") && strings.Contains(label, "code") {
		s.offerStatus(number)
	}
}

func (s *siem) offerStatus(text string) {
	if s.status == "" && isHTTPStatus(text) {
		s.status = text
	}
}

// siemTime returns a time of CEF's own form, "May 04 2026 09:15:02", in a usual one.
func siemTime(text string) string {
	const form = "Jan 02 2006 15:04:05"
	if len(text) < len(form) {
		return text
	}
	t, err := time.Parse(form, text[:len(form)])
	if err != nil {
		return text
	}
	return t.Format("2006-01-02T15:04:05") + strings.TrimSpace(text[len(form):])
}
