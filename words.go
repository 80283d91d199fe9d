// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "strings"

// wordSet is the set of the words in a text.
func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// initials are the first bytes of words.
func initials(words map[string]bool) (set byteSet) {
	for word := range words {
		set[word[0]] = true
	}
	return set
}
