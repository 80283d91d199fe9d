// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// unescapePercent undoes %HH, twice where a percent sign was escaped itself.
func unescapePercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if !isEscape(s, i) {
			out = append(out, s[i])
			continue
		}
		c := unhex(s[i+1])<<4 | unhex(s[i+2])
		i += 2
		if c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return string(out)
}
