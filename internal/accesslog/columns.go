// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"iter"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/value"
)

// Columns are the columns of a line in a format that has a name for each of them, such
// as CloudFront's. See columnFormats.
type Columns struct {
	keys  []string
	texts [maxColumns]string // at least one for each key
}

// Read reads a line. It reports false if the line has none of the formats or is cut off.
func (c *Columns) Read(line string) bool {
	if len(line) < 20 || line[0] == '#' {
		return false
	}
	for i := range columnFormats {
		f := &columnFormats[i]
		n, ok := f.split(line, &c.texts)
		if ok && n >= len(f.keys) && (n == len(f.keys) || f.more) && isDated(c.texts[0], c.texts[1]) {
			c.keys = f.keys
			return true
		}
	}
	return false
}

// All yields the key and the text of each column.
func (c *Columns) All() iter.Seq2[string, string] {
	return func(yield func(key, text string) bool) {
		for i, key := range c.keys {
			if !yield(key, c.texts[i]) {
				return
			}
		}
	}
}

// columnFormat is a format whose lines hold values in a fixed order.
type columnFormat struct {
	separator byte // a space does not separate within quotation marks
	// keys are the names of the columns, as a parser of the format would give them. A
	// line with another number of columns has another format or is cut off. If more is
	// true, further columns may follow.
	keys []string
	more bool
}

// columnFormats are the default formats of CloudFront, of IIS since version 8, of IIS 7,
// and of Application Load Balancers. The first two columns are a day and a time of day,
// or a word and a time.
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

// isDated reports whether the first two columns hold a time.
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

// split cuts a line into columns, without the quotation marks around them.
func (f *columnFormat) split(line string, columns *[maxColumns]string) (n int, ok bool) {
	c := cursor{line}
	for ; n < maxColumns; n++ {
		if columns[n], ok = f.column(&c); !ok {
			return n, false
		}
		if c.rest == "" {
			return n + 1, true
		}
	}
	return n, false
}

// column takes one column and the separator after it.
func (f *columnFormat) column(c *cursor) (text string, ok bool) {
	if f.separator == ' ' && strings.HasPrefix(c.rest, `"`) {
		text, ok = c.quoted()
		c.rest = strings.TrimPrefix(c.rest, " ")
		return text, ok
	}
	if text, ok = c.until(f.separator); !ok {
		text, c.rest = c.rest, ""
	}
	return text, true
}
