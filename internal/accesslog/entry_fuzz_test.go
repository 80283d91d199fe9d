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
	for _, line := range []string{
		`10.0.0.2 - - [04/May/2026:09:15:02 +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8.9.1" 0.038 0.036 "203.0.113.9" "www.example.com"`,
		`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a HTTP/1.1" 200 512 - "curl/8.9.1" 7 "shop" "http://10.0.0.9:80" 38ms`,
		`203.0.113.9 - alice [04/May/2026:09:15:02 +0000] 38ms "GET /a HTTP/1.1" 200 512 38 "-" "curl/8.9.1" X-Forwarded-For="198.51.100.7"`,
		`2026-05-04T09:15:02,158+0000 [qtp-7] INFO  org.example.RequestLog - 203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a HTTP/1.1" 200 512`,
		`INFO:     203.0.113.9:4711 - "GET /a HTTP/1.1" 404 Not Found`,
		`203.0.113.9:33317 [04/May/2026:09:15:02.120] in~ shop/web1 www.example.com 1/0/7/30/38 200 512 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1" 0/0/0/0/0 www.example.com/TLSv1.3/x`,
		`[pid: 7|app: 0|req: 3/9] 203.0.113.9 () {44 vars in 1322 bytes} [Mon May  4 09:15:02 2026] GET /a => generated 5 bytes in 38 msecs (HTTP/1.1 200) 4 headers in 188 bytes (1 switches on core 0)`,
		`[GIN] 2026/05/04 - 09:15:02 | 200 |   38.000451ms |     203.0.113.9 | GET      "/a"`,
		`1777886102.158     38 203.0.113.9 TCP_MISS/200 512 GET http://www.example.com/a - FIRSTUP_PARENT/10.0.0.9 text/html`,
		`2026-05-04T09:15:02.120000Z lb 203.0.113.9:2817 10.0.0.1:80 0.001 0.036 0.001 200 200 0 5 "GET https://www.example.com:443/a HTTP/1.1" "curl/8.9.1" - -`,
		`0f0f shop [04/May/2026:09:15:02 +0000] 203.0.113.9 - 0F1E REST.GET.OBJECT x "GET /a HTTP/1.1" 200 - 5 5 38 36 "-" "curl/8.9.1" - id= SigV4 ECDHE AuthHeader www.example.com TLSv1.2 - -`,
	} {
		f.Add(line, uint16(len(line)-3))
	}
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
