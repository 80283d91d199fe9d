// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import "strings"

// maxColour is longer than "\x1b[1;38;2;200;200;200;48;2;200;200;200m".
const maxColour = 48

// WithoutColourAround removes a colour from the start and one from the end of a text.
func WithoutColourAround(text string) string {
	if strings.HasPrefix(text, "\x1b[") {
		if end := strings.IndexByte(text[:min(len(text), maxColour)], 'm'); isColour(text[:end+1]) {
			text = text[end+1:]
		}
	}
	if strings.HasSuffix(text, "m") {
		from := max(0, len(text)-maxColour)
		if at := strings.LastIndexByte(text[from:], '\x1b'); at >= 0 && isColour(text[from+at:]) {
			text = text[:from+at]
		}
	}
	return text
}

func isColour(s string) bool {
	return len(s) >= len("\x1b[m") && s[1] == '[' && strings.Trim(s[2:len(s)-1], "0123456789;") == ""
}

// withoutColours removes "\x1b[33m", which rsyslog writes as "#033[33m".
func withoutColours(line string) string {
	for _, escape := range [...]string{"\x1b[", "#033["} {
		before, rest, found := strings.Cut(line, escape)
		if !found {
			continue
		}
		plain := append(make([]byte, 0, len(line)), before...)
		for found {
			colour, _, isColour := strings.Cut(rest[:min(len(rest), maxColour)], "m")
			if isColour && strings.Trim(colour, "0123456789;") == "" {
				rest = rest[len(colour)+1:]
			} else {
				plain = append(plain, escape...)
			}
			before, rest, found = strings.Cut(rest, escape)
			plain = append(plain, before...)
		}
		line = string(plain)
	}
	return line
}
