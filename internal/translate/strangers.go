// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"strings"
)

// strangers are keys that say nothing and came before, as copies, so that they can be
// remembered from one payload to the next. What came first stays: whoever sends new keys
// all the time makes others slower, and takes no memory.
type strangers [1024]string

// maxStrangerBytes is the length of the longest key that is remembered.
const maxStrangerBytes = 96

// copyOf returns the copy of a key with the given ascii.HashOf, or an empty text if it is no
// known stranger.
func (s *strangers) copyOf(key string, hash uint64) string {
	if slot := &s[hash>>(64-10)]; *slot == key {
		return *slot
	}
	return ""
}

// add remembers a key that is no known stranger if there is room. It returns the copy, or
// an empty text.
func (s *strangers) add(key string, hash uint64) string {
	slot := &s[hash>>(64-10)]
	if *slot != "" || len(key) > maxStrangerBytes {
		return ""
	}
	*slot = strings.Clone(key)
	return *slot
}
