// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// UnescapePercent undoes %HH, twice where a percent sign was escaped itself.
func UnescapePercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if !IsEscape(s, i) {
			out = append(out, s[i])
			continue
		}
		c := ascii.Unhex(s[i+1])<<4 | ascii.Unhex(s[i+2])
		i += 2
		if c == '%' && i+2 < len(s) && ascii.IsHex(s[i+1]) && ascii.IsHex(s[i+2]) {
			c = ascii.Unhex(s[i+1])<<4 | ascii.Unhex(s[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return string(out)
}
