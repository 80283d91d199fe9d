// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// methodOf is a method in upper case: a word that is so written, or a usual one as
// some producers write it. For what is no method it is empty.
func methodOf(s string) string {
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

var usualMethods = wordSet("GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE QUERY PROPFIND PURGE")
