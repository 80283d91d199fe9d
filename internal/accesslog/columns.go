// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

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

// Columns are the values of a line, with the keys that they stand under. Of texts,
// there are as many as of keys, or more.
type Columns struct {
	Keys  []string
	Texts [maxColumns]string
}

// Read reads a line of one of columnFormats. It reports false if the line is none.
func (c *Columns) Read(text string) bool {
	if len(text) < 20 || text[0] == '#' {
		return false
	}
	for i := range columnFormats {
		f := &columnFormats[i]
		n, ok := f.split(text, &c.Texts)
		if ok && n >= len(f.keys) && (n == len(f.keys) || f.more) && isDated(c.Texts[0], c.Texts[1]) {
			c.Keys = f.keys
			return true
		}
	}
	return false
}

// isDated says whether the first two columns hold a time.
func isDated(first, second string) bool {
	if _, ok := value.Text(first).AsDay(); ok {
		_, ok = value.Text(second).AsClock()
		return ok
	}
	switch first {
	case "http", "https", "h2", "grpcs", "ws", "wss":
		_, ok := value.Text(second).AsTime()
		return ok
	}
	return false
}

// split cuts a line into columns. Quotation marks around one are left out.
func (f *columnFormat) split(text string, columns *[maxColumns]string) (n int, ok bool) {
	l := line{text}
	for ; n < maxColumns; n++ {
		if columns[n], ok = f.column(&l); !ok {
			return n, false
		}
		if l.rest == "" {
			return n + 1, true
		}
	}
	return n, false
}

// column takes one column, and the separator after it.
func (f *columnFormat) column(l *line) (text string, ok bool) {
	if f.separator == ' ' && strings.HasPrefix(l.rest, `"`) {
		text, ok = l.quoted()
		l.rest = strings.TrimPrefix(l.rest, " ")
		return text, ok
	}
	if text, ok = l.until(f.separator); !ok {
		text, l.rest = l.rest, ""
	}
	return text, true
}
