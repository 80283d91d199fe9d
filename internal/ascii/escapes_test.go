// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHeadersThatNodeReadAsLatin1AreReadAgain(t *testing.T) {
	latin1 := func(s string) string {
		runes := make([]rune, 0, len(s))
		for _, c := range []byte(s) {
			runes = append(runes, rune(c))
		}
		return string(runes)
	}
	for _, text := range []string{"", "Bot/1.0", "ÜnïBot/1.0 (日本 🦙)", "é"} {
		assert.Equal(t, text, FromLatin1(latin1(text)), "misread")
		assert.Equal(t, text, FromLatin1(text), "was not misread")
	}
	for _, text := range []string{"Bot \xff", "Bot \xc3", "caf\xc3\xa9 \xff", "Ã alone", "naïve Ã¼"} {
		assert.Equal(t, text, FromLatin1(text), "stays as it is")
	}
}
