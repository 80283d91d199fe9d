// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// afterHead is what follows the head of every line of these tests.
const afterHead = ` [04/May/2026:09:15:02 +0000] "GET /p HTTP/1.1" 200 512 "-" "curl"`

// headCase is what comes before the date of a line, with what is read of it.
type headCase struct{ name, head, client, host string }

// testHeads checks what is read of each head.
func testHeads(t *testing.T, cases []headCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e, ok := read(c.head+afterHead, time.UTC)
			assert.True(t, ok)
			assert.Equal(t, c.client, e.Client)
			assert.Equal(t, c.host, e.Host)
			assert.Empty(t, e.ForwardedFor)
		})
	}
}

func TestAnAddressOfAClientIsNeverTheHost(t *testing.T) {
	testHeads(t, []headCase{
		{"address and port before the host", `203.0.113.9:4711 www.example.com -`, "203.0.113.9:4711", "www.example.com"},
		{"address and port before the host, and a user", `203.0.113.9:4711 www.example.com alice`, "203.0.113.9:4711", "www.example.com"},
		{"address and port before a name that may be the client's", `203.0.113.9:4711 www.example.com - x`, "203.0.113.9:4711", ""},
		{"address and port before a short name", `203.0.113.9:4711 localhost - x`, "203.0.113.9:4711", ""},
		{"IPv6 address and port", `[2001:db8::9]:4711 www.example.com -`, "[2001:db8::9]:4711", "www.example.com"},
		{"IPv6 address and port before a name that may be the client's", `[2001:db8::9]:4711 www.example.com - x`, "[2001:db8::9]:4711", ""},
		{"address and port before the address that was asked", `203.0.113.9:4711 198.51.100.20 -`, "203.0.113.9:4711", ""},
		{"address and port before an address of the server", `203.0.113.9:4711 10.0.0.1 - x`, "203.0.113.9:4711", ""},
		{"two addresses with ports", `203.0.113.9:4711 10.0.0.1:443 - -`, "203.0.113.9:4711", ""},
		{"two public addresses with ports", `203.0.113.9:4711 198.51.100.20:443 - -`, "198.51.100.20:443", ""},
		{"host that is an address and a port", `127.0.1.1:443 203.0.113.9 - -`, "203.0.113.9", "127.0.1.1:443"},
		{"host that is an address and a port, and a user", `127.0.1.1:443 203.0.113.9 - a: b`, "203.0.113.9", "127.0.1.1:443"},
		{"host that is an address of the home network", `10.0.0.1:443 10.0.0.9 - -`, "10.0.0.9", "10.0.0.1:443"},
	})
}

func TestALineWithoutAClientIsRead(t *testing.T) {
	testHeads(t, []headCase{
		{"short name", `- localhost -`, "", ""},
		{"name that is none", `- _ alice`, "", ""},
		{"ident", `unknown ident -`, "", ""},
		{"user alone", `- alice`, "", ""},
		{"host", `- www.example.com alice`, "", "www.example.com"},
		{"user like a host", `- evil.example`, "", ""},
		{"name of the client before a user like a host", `crawler.example.net evil.example`, "", ""},
		{"address that was asked", `- 198.51.100.20 -`, "", ""},
		{"address that was asked, and a user", `- 198.51.100.20 alice`, "", ""},
		{"user like an address", `- 198.51.100.20`, "", ""},
		{"host with its port", `www.example.com:443 - - -`, "", "www.example.com:443"},
		{"host with its port, and a user", `www.example.com:443 - - 198.51.100.7 - x`, "", "www.example.com:443"},
		{"name that may be the client's", `www.example.com - - -`, "", ""},
	})
}

func TestASocketIsNoClient(t *testing.T) {
	testHeads(t, []headCase{
		{"no user", `unix: - -`, "", ""},
		{"user", `unix: - alice`, "", ""},
		{"user like an address", `unix: - 198.51.100.7`, "", ""},
		{"user like a head", `unix: - 198.51.100.7 - x`, "", ""},
		{"user like a syslog header", `unix: - nginx: 198.51.100.7 - x`, "", ""},
		{"user with spaces", `unix: - a b`, "", ""},
		{"port, which is empty", `unix:: - alice`, "", ""},
		{"host second", `unix: www.example.com -`, "", "www.example.com"},
		{"host second, and a user like an ident", `unix: www.example.com - x`, "", "www.example.com"},
		{"address that was asked", `unix: 198.51.100.20 -`, "", ""},
		{"address that was asked, and a user like an ident", `unix: 198.51.100.20 - x`, "", ""},
		{"host first", `www.example.com unix: - alice`, "", "www.example.com"},
		{"host first, and a user like a head", `www.example.com unix: - 198.51.100.7 - x`, "", "www.example.com"},
		{"address that was asked first", `198.51.100.20 unix: - x`, "", ""},
		{"after a syslog header", `May  4 09:15:02 web1 nginx: unix: - a: b`, "", ""},
		{"after a time", `2026-05-04T09:15:02Z unix: - 198.51.100.7 - x`, "", ""},
	})
}

func TestAHostBeforeTheClientIsReadAndAnIdIsNone(t *testing.T) {
	testHeads(t, []headCase{
		{"host", `www.example.com 203.0.113.9 - -`, "203.0.113.9", "www.example.com"},
		{"host of one word", `intranet 203.0.113.9 - -`, "203.0.113.9", "intranet"},
		{"host of one word with a port", `web1:8080 203.0.113.9 - -`, "203.0.113.9", "web1:8080"},
		{"host, port and client", `www.example.com 443 203.0.113.9 - -`, "203.0.113.9", "www.example.com"},
		{"host, port and client, and a user like a head", `www.example.com 443 203.0.113.9 - 198.51.100.7 - x`, "203.0.113.9", "www.example.com"},
		{"name of the client before an ident, and a user like an address", `crawler.example.net - 198.51.100.7 - x`, "", ""},
		{"id of the request", `0f1e55a0d3c24b 203.0.113.9 - -`, "203.0.113.9", ""},
		{"UUID", `550e8400-e29b-41d4-a716-446655440000 203.0.113.9 - -`, "203.0.113.9", ""},
		{"duration", `38ms 203.0.113.9 - -`, "203.0.113.9", ""},
		{"port", `443 203.0.113.9 - -`, "203.0.113.9", ""},
	})
}

// TestAClientAfterTheDateIsReadBehindALogger: with nothing but a logger's words before the
// date, the address after it is the client's and not the host's.
func TestAClientAfterTheDateIsReadBehindALogger(t *testing.T) {
	for _, prefix := range []string{"", "[INFO] ", "web-1 | ", "2026-05-04T09:15:02Z INFO "} {
		e, ok := read(prefix+`[04/May/2026:09:15:02 +0000] 203.0.113.9 - "GET /a HTTP/1.1" 200 5.123`, time.UTC)
		assert.True(t, ok, prefix)
		assert.Equal(t, "203.0.113.9", e.Client, prefix)
		assert.Empty(t, e.Host, prefix)
	}
}
