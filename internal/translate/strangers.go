// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/ascii"
)

// strangers are keys that say nothing and came before, as copies, so that they can be
// remembered from one payload to the next. What came first stays: whoever sends new keys
// all the time makes others slower, and takes no memory.
type strangers [1024]string

// maxStrangerBytes is the length of the longest key that is remembered.
const maxStrangerBytes = 96

func (s *strangers) slotOf(key string) *string { return &s[ascii.HashOf(key)>>(64-10)] }

// copyOf returns the copy of a key, or an empty text if it is no known stranger.
func (s *strangers) copyOf(key string) string {
	if slot := s.slotOf(key); *slot == key {
		return *slot
	}
	return ""
}

// add remembers a key that is no known stranger if there is room. It returns the copy, or
// an empty text.
func (s *strangers) add(key string) string {
	slot := s.slotOf(key)
	if *slot != "" || len(key) > maxStrangerBytes {
		return ""
	}
	*slot = strings.Clone(key)
	return *slot
}
