// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"strings"
)

// WordSet is the set of the words in a text.
func WordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		set[word] = true
	}
	return set
}

// Initials are the first bytes of words.
func Initials(words map[string]bool) (set ByteSet) {
	for word := range words {
		set[word[0]] = true
	}
	return set
}
