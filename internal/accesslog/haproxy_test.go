// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhatHAProxyEscapesIsAPartOfTheTarget: it writes a number sign and the byte for a
// quotation mark, a byte above 126 and the number sign itself.
func TestWhatHAProxyEscapesIsAPartOfTheTarget(t *testing.T) {
	for target, want := range map[string]string{
		"/caf#C3#A9?q=#22a#22": "/caf%C3%A9?q=%22a%22",
		"/a#23b":               "/a%23b",
		"/a#2":                 "/a#2",
		"/a#":                  "/a#",
		"/a#zz":                "/a#zz",
		"/plain":               "/plain",
	} {
		for _, format := range []string{
			`203.0.113.9:4711 [04/May/2026:09:15:02.120] in~ shop/web1 1/0/7/30/38 200 5 - - ---- 1/1/1/1/0 0/0 "GET ` + target + ` HTTP/1.1"`,
			`203.0.113.9:4711 [04/May/2026:09:15:02.120] in~ shop/web1 1/0/7/30/38 200 5 - - ---- 1/1/1/1/0 0/0 "GET ` + target + ` HTTP/1.1" 0/0/0/0/0 shop.example.com/TLSv1.3/x`,
		} {
			e, ok := read(format, time.UTC)
			require.True(t, ok, format)
			assert.Equal(t, "GET "+want+" HTTP/1.1", e.RequestLine)
		}
	}
}

func TestHAProxysLineStandsBehindTheTimeOfALoggerInBrackets(t *testing.T) {
	const line = `203.0.113.9:4711 [04/May/2026:09:15:02.120] in~ shop/web1 1/0/7/30/38 200 5 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"`
	for prefix, want := range map[string]bool{
		`[2026-05-04 09:15:03] [INFO] `: true, `[2026-05-04T09:15:03.120Z] `: true, `[04/May/2026:09:15:03 +0000] [INFO] [main] `: true,
		`[2026-05-04 09:15:03] replayed `: false, `[2026-05-04 09:15:03] "x" `: false,
	} {
		e, ok := read(prefix+line, time.UTC)
		require.Equal(t, want, ok, prefix)
		if ok {
			assert.Equal(t, "203.0.113.9", e.Client)
			assert.Equal(t, time.Date(2026, time.May, 4, 9, 15, 2, 120e6, time.UTC).UnixNano(), e.Start)
		}
	}
}
