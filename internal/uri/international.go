// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package uri

import (
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// international turns names into the form in which browsers look them up. Names may
// have underscores, as those of containers do. Source: RFC 5891 and UTS #46.
var international = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// asciiName is the form of a name that DNS and headers have, as in
// xn--bcher-kva.example. It is empty if a name with other letters cannot have one.
func asciiName(name string) string {
	if isASCII(name) {
		return name
	}
	if !utf8.ValidString(name) {
		return ""
	}
	encoded, err := international.ToASCII(name)
	if err != nil {
		return ""
	}
	return encoded
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
