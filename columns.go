// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// columnFormat is a log whose lines hold values in a fixed order.
type columnFormat struct {
	separator byte // a space does not separate within quotation marks
	// keys are the columns' names as a parser of the format would give them. A
	// line of another number of columns is of another format, or cut off; further
	// columns may follow where more is true.
	keys []string
	more bool
}

// columnFormats are the default formats of CloudFront, of IIS since version 8
// and of version 7, and of Application Load Balancers. The first two columns
// are a day and a time of day, or a word and a time.
var columnFormats = []columnFormat{
	{separator: '\t', keys: strings.Fields(`date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)
		cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken
		x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields
		c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end`)},
	{separator: ' ', keys: strings.Fields(`date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent)
		cs(Referer) sc-status sc-substatus sc-win32-status time-taken`)},
	{separator: ' ', keys: strings.Fields(`date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent)
		sc-status sc-substatus sc-win32-status time-taken`)},
	{separator: ' ', more: true, keys: strings.Fields(`url.scheme time elb client.address target aws.elb.request_processing_time
		aws.elb.target_processing_time aws.elb.response_processing_time aws.elb.status.code aws.elb.backend.status.code
		received_bytes sent_bytes request user_agent ssl_cipher ssl_protocol target_group trace_id url.domain certificate
		priority`)},
}

// maxColumns is more than any format has.
const maxColumns = 64

// readColumns takes the facts out of a line of one of columnFormats. It
// reports false, and takes nothing, if the line is none.
func (t *translator) readColumns(s string) bool {
	if len(s) < 20 || s[0] == '#' {
		return false
	}
	var columns [maxColumns]string
	for i := range columnFormats {
		f := &columnFormats[i]
		n, ok := f.split(s, &columns)
		if !ok || n < len(f.keys) || n > len(f.keys) && !f.more || !isDated(columns[0], columns[1]) {
			continue
		}
		for i, key := range f.keys {
			if a := lookup(t, key); a != nil {
				t.facts.storeText(a, columns[i])
			}
		}
		return true
	}
	return false
}

// isDated says whether the first two columns hold a time.
func isDated(first, second string) bool {
	if _, ok := textValue(first).asDay(); ok {
		_, ok = textValue(second).asClock()
		return ok
	}
	switch first {
	case "http", "https", "h2", "grpcs", "ws", "wss":
		_, ok := textValue(second).asTime()
		return ok
	}
	return false
}

// split cuts a line into columns. Quotation marks around one are left out.
func (f *columnFormat) split(s string, columns *[maxColumns]string) (n int, ok bool) {
	for ; n < maxColumns; n++ {
		l := line{rest: s}
		if f.separator == ' ' && s != "" && s[0] == '"' {
			if columns[n], ok = l.quoted(); !ok {
				return n, false
			}
			s = strings.TrimPrefix(l.rest, " ")
		} else {
			columns[n], s, _ = strings.Cut(s, string(rune(f.separator)))
		}
		if s == "" {
			return n + 1, true
		}
	}
	return n, false
}
