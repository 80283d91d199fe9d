// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"time"
)

// Header is what the lines that begin with "#" say of the lines after them in a W3C log.
// The zero value says nothing.
type Header struct {
	// Layout names the columns; nil: not known.
	Layout *Layout

	software string
	fields   string    // as the #Fields line names them
	date     time.Time // of the #Date line, in UTC; zero: not known
	started  bool      // there was a #Start-Date line
}

// maxFieldsBytes is more than any #Fields line has.
const maxFieldsBytes = 4 << 10

// IsDirective reports whether a line is one of a header and no entry. In the logs of
// servers, visitors cannot begin a line.
func IsDirective(line string) bool {
	return strings.HasPrefix(line, "#") || strings.HasPrefix(line, byteOrderMark+"#")
}

// byteOrderMark begins a file that some Windows programs write.
const byteOrderMark = "\ufeff"

// With returns the header after one more of its lines. It reports false if the line
// changes nothing.
func (h Header) With(line string) (Header, bool) {
	name, text, found := strings.Cut(strings.TrimPrefix(line, byteOrderMark), ":")
	if !found || len(line) > maxFieldsBytes {
		return h, false
	}
	text = strings.TrimSpace(text)
	switch strings.ToLower(name) {
	case "#software":
		return h.withSoftware(text)
	case "#date":
		return h.withDate(text)
	case "#start-date":
		return h.withStart(text)
	case "#fields":
		return h.withFields(text)
	}
	return h, false
}

func (h Header) withSoftware(text string) (Header, bool) {
	if text == h.software {
		return h, false
	}
	h.software = strings.Clone(text)
	return h.withLayout(), true
}

func (h Header) withStart(text string) (Header, bool) {
	dated, changed := h.withDate(text)
	if !h.started {
		dated.started = true
		return dated.withLayout(), true
	}
	return dated, changed
}

// aspNetCore names its own logger only by the lines of its header: #Version, #Start-Date
// and #Fields.
const aspNetCore = "Microsoft ASP.NET Core"

// withLayout makes the layout anew, because the software says how to read a column. Some
// write its line after that of the columns.
func (h Header) withLayout() Header {
	software := h.software
	if software == "" && h.started {
		software = aspNetCore
	}
	if h.fields != "" {
		h.Layout = newLayout(strings.Fields(h.fields), software)
	}
	return h
}

// dateLayouts are the forms of the time in a #Date line. Some write text after it.
var dateLayouts = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "02/Jan/2006 15:04:05", "02-Jan-2006 15:04:05"}

func (h Header) withDate(text string) (Header, bool) {
	for _, layout := range dateLayouts {
		if at, err := time.Parse(layout, text[:min(len(text), len(layout))]); err == nil {
			changed := !at.Equal(h.date)
			h.date = at
			return h, changed
		}
	}
	return h, false
}

// withFields keeps the layout if the columns are the same.
func (h Header) withFields(text string) (Header, bool) {
	if text == h.fields || text == "" {
		return h, false
	}
	h.fields = strings.Clone(text)
	return h.withLayout(), true
}

// maxEarly is how much earlier than the header an entry's time can be on the same day.
const maxEarly = time.Hour

// dayOf returns the day of an entry with the given time of day, in nanoseconds since
// 1970, for logs that write no day with each entry. It reports false if the header
// has none. A time that is much earlier than the header's is of the next day.
func (h *Header) dayOf(clock int64) (int64, bool) {
	if h.date.IsZero() {
		return 0, false
	}
	day := h.date.Truncate(24 * time.Hour)
	if time.Duration(clock)+maxEarly < h.date.Sub(day) {
		day = day.Add(24 * time.Hour)
	}
	return day.UnixNano(), true
}

// size is about how many bytes the header takes.
func (h *Header) size() int {
	n := 256 + len(h.software) + 2*len(h.fields)
	if h.Layout != nil {
		n += 64 * len(h.Layout.Keys)
	}
	return n
}
