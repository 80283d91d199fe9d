// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

// TestScansSeeEachByteAtEachPlace puts every byte at every place of texts of
// every length up to three words.
func TestScansSeeEachByteAtEachPlace(t *testing.T) {
	for length := 1; length <= 24; length++ {
		text := []byte(strings.Repeat("a", length))
		for at := range text {
			for c := range 256 {
				text[at] = byte(c)
				assert.Equal(t, destination.plainLength(string(text)) == length, IsPlain(string(text)), "%q", text)
				assert.Equal(t, strings.ContainsRune(`=%@#"'`, rune(c)) && c < utf8.RuneSelf, redact.mayHoldSecrets(string(text)), "%q", text)
			}
			text[at] = 'a'
		}
	}
}
