// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
)

// maxSyslogWords is more than "<34>Oct 11 22:14:15 2026 host tag[1]:" has.
const maxSyslogWords = 7

// syslogHeader returns the length of a header such as
// "Feb  6 12:14:14 host haproxy[14389]: ", or 0. The header never ends within a user's
// name, because an address or a mark of absence comes before that.
func syslogHeader(head string) int {
	if !strings.Contains(head, ": ") {
		return 0
	}
	c := cursor{head}
	for n := range maxSyslogWords {
		word := c.word()
		switch {
		case strings.HasSuffix(word, ":") && !strings.HasSuffix(word, "::"): // "::" ends an IPv6 address
			return len(head) - len(c.rest)
		case isDash(word), n == 1 && isAddress(word):
			return 0
		case n == 0 && isAddress(word) && !strings.HasSuffix(c.next(), ":"):
			return 0
		}
	}
	return 0
}
