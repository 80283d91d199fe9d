// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// TestTextsWithoutSecretsAreToldByEachByteAtEachPlace puts every byte at every place
// of texts of every length up to three words of eight bytes.
func TestTextsWithoutSecretsAreToldByEachByteAtEachPlace(t *testing.T) {
	for length := 1; length <= 24; length++ {
		text := []byte(strings.Repeat("a", length))
		for at := range text {
			for c := range 256 {
				text[at] = byte(c)
				border, sign := bordersAndSigns(string(text))
				assert.Equal(t, strings.ContainsRune(`=%@#"'`, rune(c)) && c < utf8.RuneSelf, border, "%q", text)
				if length >= leastToken {
					assert.Equal(t, sign && hasLongWord(string(text)), mayHoldToken(string(text)), "%q", text)
				}
				assert.True(t, sign || length < 8 || strings.IndexByte("-+% ", byte(c)) < 0 && (c < 'A' || c > 'Z'), "%q", text)
			}
			text[at] = 'a'
		}
	}
}
