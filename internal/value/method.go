// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package value

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// Method returns an HTTP method in upper case, or an empty text if s is none. A method
// is a word that begins with a letter. Only the
// usual methods may be in lower case, which some producers write.
func Method(s string) string {
	if s != "" && (s[0] == '-' || s[0] == '_') { // a mark of absence
		return ""
	}
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && s[i] != '-' && s[i] != '_' {
			if upper := strings.ToUpper(s); usualMethods[upper] {
				return upper
			}
			return ""
		}
	}
	if len(s) > maxMethodBytes {
		return ""
	}
	return s
}

// IsUsualMethod reports whether s is a method that HTTP or WebDAV defines, in capitals.
func IsUsualMethod(s string) bool { return usualMethods[s] }

// maxMethodBytes is more than any method has.
const maxMethodBytes = 32

var usualMethods = ascii.WordSet("GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE QUERY PROPFIND PURGE")
