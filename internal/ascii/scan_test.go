// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package ascii

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPlainTextsAreToldByEachByteAtEachPlace puts every byte at every place of texts of
// every length up to three words.
func TestPlainTextsAreToldByEachByteAtEachPlace(t *testing.T) {
	for length := 1; length <= 24; length++ {
		text := []byte(strings.Repeat("a", length))
		for at := range text {
			for c := range 256 {
				text[at] = byte(c)
				plain := c >= ' ' && c <= '~' && c != '"' && c != '\\'
				assert.Equal(t, plain, IsPlain(string(text)), "%q", text)
				assert.Equal(t, plain, PlainBytes.HoldAll(string(text)), "%q", text)
				assert.Equal(t, map[bool]int{true: length, false: at}[plain], IndexUnplain(string(text), 0), "%q", text)
			}
			text[at] = 'a'
		}
	}
}

func TestTheFirstUnplainByteIsFoundAmongMany(t *testing.T) {
	for c := range 256 {
		for after := range 256 {
			text := "abc" + string([]byte{byte(c), byte(after), byte(c)}) + "0123456789"
			want := 0
			for want < len(text) && PlainBytes[text[want]] {
				want++
			}
			assert.Equal(t, want, IndexUnplain(text, 0), "%q", text)
			assert.Equal(t, max(want, 2), IndexUnplain(text, 2), "%q", text)
		}
	}
}
