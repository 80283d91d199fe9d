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
				assert.Equal(t, strings.ContainsRune(`=%@#"'`, rune(c)) && c < utf8.RuneSelf, mayHoldSecrets(string(text)), "%q", text)
			}
			text[at] = 'a'
		}
	}
}
