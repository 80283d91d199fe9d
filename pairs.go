// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// readPairs takes the facts out of a line of key=value pairs, as Heroku's
// router and Rails' lograge write it. Before the first pair may stand the time.
func (t *translator) readPairs(s string) {
	l := line{rest: s}
	for range 256 {
		if l.skipSpace(); l.rest == "" {
			return
		}
		equals := strings.IndexByte(l.rest, '=')
		space := strings.IndexByte(l.rest, ' ')
		if equals < 0 || space >= 0 && space < equals {
			word := l.word()
			if n, precision, ok := textValue(word).asTimestamp(); ok && !isDigits(word) {
				t.facts.offer(endTime, lineRank, precision, n, true)
			}
			continue
		}
		key := l.rest[:equals]
		l.rest = l.rest[equals+1:]
		text, ok := l.quoted()
		if !ok {
			if strings.HasPrefix(l.rest, `"`) {
				t.facts.reset(t.source) // cut off
				return
			}
			text = l.word()
		}
		if a := lookup(t, key); a != nil {
			t.facts.storeText(a, text)
		}
	}
}
