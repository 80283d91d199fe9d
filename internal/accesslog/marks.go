// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
)

// withoutMarks removes the quotation marks of a line in which more than texts stand in such
// marks: the whole line, as OpenLiteSpeed writes it, or each column, as some CDNs do.
//
//	"203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8.9.1""
//	"203.0.113.9" "-" "-" "[04/May/2026:09:15:02 +0000]" "GET / HTTP/1.1" "200" "512" "-" "curl/8.9.1"
func withoutMarks(line string) string {
	switch {
	case len(line) < 3 || line[0] != '"':
		return line
	case strings.HasSuffix(line, `""`) && line[1] != '"':
		return line[1 : len(line)-1]
	case strings.Contains(line, ` "[`):
		return withoutMarksOfColumns(line)
	}
	return line
}

// withoutMarksOfColumns keeps the marks of the request line, and of what comes after status
// and size. If a column has none, the line stays as it is.
func withoutMarksOfColumns(line string) string {
	plain := make([]byte, 0, len(line))
	columns := -1 // since the request line, which is the first text with a protocol
	for c := (cursor{line}); c.rest != ""; c.skipSpace() {
		text, ok := c.quoted()
		switch {
		case !ok:
			return line
		case columns < 0 && strings.Contains(text, " HTTP/"), columns >= 2:
			plain = append(append(append(plain, '"'), text...), `" `...)
			columns = max(columns, 0)
			continue
		case columns >= 0:
			columns++
		}
		plain = append(append(plain, text...), ' ')
	}
	return strings.TrimRight(string(plain), " ")
}
