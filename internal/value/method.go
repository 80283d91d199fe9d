// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Method is a method in upper case, or empty if the text is none. Only the usual
// methods may come in lower case, as some producers write them.
func Method(s string) string {
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && s[i] != '-' && s[i] != '_' {
			if upper := strings.ToUpper(s); usualMethods[upper] {
				return upper
			}
			return ""
		}
	}
	if len(s) > 32 {
		return ""
	}
	return s
}

var usualMethods = ascii.WordSet("GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE QUERY PROPFIND PURGE")
