// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzLine shows that a line that is cut off is never read as another request: what is
// read of a part is what is read of the whole line, or nothing. Only what comes at the
// very end may be missing.
func FuzzLine(f *testing.F) {
	f.Add(`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a?b HTTP/1.1" 200 512 "https://chatgpt.com/" "curl/8.9.1"`, uint16(70))
	f.Add(`[2026-05-04T09:15:02.120Z] "GET / HTTP/2" 200 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "curl" "id" "h.example" "10.0.0.9:80"`, uint16(90))
	f.Fuzz(func(t *testing.T, text string, cut uint16) {
		if int(cut) >= len(text) || strings.Count(text, `] "`) > 1 {
			return // a name that is not escaped can hold a whole line
		}
		whole, isWhole := read(text, time.UTC)
		part, isPart := read(text[:cut], time.UTC)
		if !isWhole || !isPart {
			return
		}
		require.Equal(t, whole.RequestLine, part.RequestLine)
		for _, texts := range [][2]string{{whole.UserAgent, part.UserAgent}, {whole.Referer, part.Referer}, {whole.Host, part.Host}} {
			if texts[1] != "" {
				require.Equal(t, texts[0], texts[1])
			}
		}
	})
}
