// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestALineThatIsCutWithinItsLastFieldIsNotRead(t *testing.T) {
	const whole = `203.0.113.6 - - [22/Nov/2026:09:50:01 +0000] "GET /p HTTP/1.1" 200 612 "-" "Bot/1" "198.51.100.7, 10.0.0.1"`
	_, ok := read(whole, time.UTC)
	assert.True(t, ok)
	start := strings.LastIndex(whole, ` "`) + 2
	for end := start; end < len(whole); end++ {
		_, ok := read(whole[:end], time.UTC)
		assert.False(t, ok, whole[:end])
	}
}

// fakeEntry is what a visitor writes to replace the entry, without escapes.
const fakeEntry = `[10/Oct/2000:13:55:36 +0000] "GET /fake HTTP/1.1" 200 5`

// traefikTail is what Traefik writes at the end of a line.
const traefikTail = ` 7 "web@docker" "http://10.0.0.9:80" 38ms`

func TestAVisitorCannotReplaceTheEntry(t *testing.T) {
	const head, size = `203.0.113.9 - `, ` [04/May/2026:09:15:02 +0000] "GET /real HTTP/1.1" 404 17`
	for name, line := range map[string]string{
		"user agent":                            head + `-` + size + ` "-" "x" ` + fakeEntry + ` "-" "GPTBot/1.0"`,
		"user agent with more":                  head + `-` + size + ` "-" "x" y "" ` + fakeEntry + ` "-" "GPTBot/1.0"`,
		"referer":                               head + `-` + size + ` "x" "y" ` + fakeEntry + ` "-" "GPTBot/1.0" "curl"`,
		"X-Forwarded-For":                       head + `-` + size + ` "-" "curl" "x" ` + fakeEntry + ` "-" "GPTBot/1.0"`,
		"user agent that ends as Traefik's":     head + `-` + size + ` "-" "x" ` + fakeEntry + ` "-" "GPTBot/1.0"` + traefikTail + `"`,
		"user of Traefik":                       head + fakeEntry + size + ` "-" "curl"` + traefikTail,
		"user of Traefik with a quotation mark": head + `[10/Oct/2000:13:55:36 +0000] " ` + size + ` "-" "curl"` + traefikTail,
		"user of Traefik with a user agent":     head + fakeEntry + ` "-" "GPTBot/1.0"` + size + ` "-" "curl"` + traefikTail,
		"user of Traefik with more":             head + fakeEntry + ` "-" "GPTBot/1.0" y z` + size + ` "-" "curl"` + traefikTail,
		"user of Traefik with a whole line":     head + fakeEntry + ` "-" "GPTBot/1.0"` + traefikTail + size + ` "-" "curl"` + traefikTail,
		"user of Traefik with two lines":        head + fakeEntry + traefikTail + fakeEntry + traefikTail + size + ` "-" "curl"` + traefikTail,
		"user of Traefik 1":                     head + fakeEntry + ` "-" "GPTBot/1.0"` + size + ` "-" "curl" 7 - - 0ms`,
		"user of Traefik without its router":    head + fakeEntry + ` "-" "GPTBot/1.0"` + size + ` "-" "curl" 7 "-" "-" 0ms`,
		"user agent of Traefik":                 head + `-` + size + ` "-" "x\" ` + strings.ReplaceAll(fakeEntry, `"`, `\"`) + ` \"-\" \"GPTBot/1.0"` + traefikTail,
		"date at the end of Traefik's agent":    head + `-` + size + ` "x [10/Oct/2000:13:55:36 +0000] " "x [10/Oct/2000:13:55:36 +0000] "` + traefikTail,
	} {
		t.Run(name, func(t *testing.T) {
			e, ok := read(line, time.UTC)
			assert.True(t, ok)
			assert.Equal(t, "GET /real HTTP/1.1", e.RequestLine)
			assert.Equal(t, int64(404), e.Status)
			assert.Equal(t, "203.0.113.9", e.Client)
			assert.NotEqual(t, "GPTBot/1.0", e.UserAgent)
		})
	}
}

func TestALineThatLosesItsEntryIsNotRead(t *testing.T) {
	const head = `203.0.113.9 - - [04/May/2026:09:15:02 +0000] `
	for name, after := range map[string]string{
		"referer ends too early":      `"GET /real HTTP/1.1" 404 17 "x" ` + fakeEntry + ` "-" "GPTBot/1.0" "curl"`,
		"request line ends too early": `"GET /real" ` + fakeEntry + ` "-" "GPTBot/1.0 HTTP/1.1" 404 17 "-" "curl"`,
		"method is none":              `"F(O / HTTP/1.1" 404 17 "-" "x" ` + fakeEntry + ` "-" "GPTBot/1.0"`,
		"request is empty":            `"" 400 0 "-" "x" ` + fakeEntry + ` "-" "GPTBot/1.0"`,
	} {
		t.Run(name, func(t *testing.T) {
			_, ok := read(head+after, time.UTC)
			assert.False(t, ok)
		})
	}
}

func TestTheEndOfTraefiksLinesIsTold(t *testing.T) {
	for tail, want := range map[string]bool{
		traefikTail:                      true,
		` 7 "-" "-" 0ms`:                 true,
		` 7 - - 0ms`:                     true,
		` 7 "a b" - 0ms`:                 true,
		` - "web" "http://x" 0ms`:        true,
		traefikTail + `"`:                false,
		traefikTail + ` `:                false,
		` "web@docker" "http://x" 38ms`:  false,
		` x "web@docker" "http://x" 8ms`: false,
		` 7 "http://x" 38ms`:             false,
		` 7 web "http://x" 38ms`:         false,
		` 7 "web" "http://x"38ms`:        false,
		` 7 "web""http://x" 38ms`:        false,
		` 7 "web" "http://x" xms`:        false,
		` 7 "web" "http://x" ms`:         false,
		` 7 "web" "http://x" 1.5`:        false,
		`ms`:                             false,
		`" 0ms`:                          false,
		` - - 0ms`:                       false,
		``:                               false,
	} {
		t.Run(tail, func(t *testing.T) {
			assert.Equal(t, want, endsAsTraefik(`"curl"`+tail))
		})
	}
}
