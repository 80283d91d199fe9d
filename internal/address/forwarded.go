// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package address

import (
	"strings"
)

// ForwardedParameter returns a parameter of the first element of a Forwarded header
// (RFC 7239), or an empty text. What stands within quotation marks is no parameter.
func ForwardedParameter(header, name string) string {
	element, _ := CutForwarded(header)
	for element != "" {
		var pair string
		pair, element = cutUnquoted(element, ';')
		key, text, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(key, name) {
			return strings.Trim(strings.TrimSpace(text), `"`)
		}
	}
	return ""
}

// CutForwarded cuts the first element off a Forwarded header.
func CutForwarded(header string) (element, rest string) { return cutUnquoted(header, ',') }

// cutUnquoted cuts s at the first separator that is not within quotation marks. If a
// quotation mark is missing, all of the rest is within.
func cutUnquoted(s string, separator byte) (before, after string) {
	isQuoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			isQuoted = !isQuoted
		case c == '\\' && isQuoted:
			i++
		case c == separator && !isQuoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
