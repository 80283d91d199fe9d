// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// endsAsTraefik reports whether a line ends as Traefik's common log format does, with
// count, router, server and duration: `7 "web@docker" "http://10.0.0.9:80" 38ms`. The
// first version of Traefik writes a dash without quotation marks.
func endsAsTraefik(line string) bool {
	if !strings.HasSuffix(line, "ms") {
		return false
	}
	rest, duration := cutLastWord(line)
	if !ascii.IsDigits(duration[:len(duration)-len("ms")]) {
		return false
	}
	for range 2 { // server, router
		var ok bool
		if rest, ok = cutLastText(rest); !ok {
			return false
		}
	}
	rest, count := cutLastWord(rest)
	return ascii.IsDigits(count) || count == "-" && strings.HasSuffix(rest, `"`) // the count is absent after a user agent
}

// cutLastWord cuts the last word off, and the space before it.
func cutLastWord(s string) (rest, word string) {
	space := strings.LastIndexByte(s, ' ')
	return s[:max(space, 0)], s[space+1:]
}

// cutLastText cuts a text in quotation marks off, or a dash, and the space before it.
func cutLastText(s string) (rest string, ok bool) {
	if rest, isDash := strings.CutSuffix(s, " -"); isDash {
		return rest, true
	}
	rest, ok = strings.CutSuffix(s, `"`)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest[:strings.LastIndexByte(rest, '"')+1], ` "`)
}
