// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestASyslogHeaderIsNoPartOfTheHead(t *testing.T) {
	headers := map[string]string{
		"tag":                              `nginx: `,
		"machine and tag":                  `web1 nginx[12]: `,
		"address and tag":                  `192.0.2.5 nginx[12]: `,
		"RFC 3164":                         `May  4 09:15:02 web1 nginx: `,
		"RFC 3164 and priority":            `<134>May  4 09:15:02 web1 nginx: `,
		"RFC 3164, address":                `May  4 09:15:02 192.0.2.5 nginx: `,
		"RFC 3164, address and priority":   `<134>May  4 09:15:02 192.0.2.5 nginx: `,
		"RFC 3164, IPv6 address":           `May  4 09:15:02 2001:db8::5 nginx: `,
		"RFC 3164, IPv6 address, colons":   `May  4 09:15:02 2001:db8:: nginx: `,
		"RFC 3164, no machine":             `May  4 09:15:02 nginx[12]: `,
		"RFC 3164, year at the end":        `May  4 09:15:02 2026 192.0.2.5 nginx: `,
		"RFC 3164, year":                   `May  4 2026 09:15:02 192.0.2.5 nginx: `,
		"RFC 3164, weekday and year":       `Mon May  4 09:15:02 2026 192.0.2.5 nginx: `,
		"RFC 3164, facility":               `May  4 09:15:02 <local7.info> 192.0.2.5 nginx: `,
		"RFC 3339":                         `2026-05-04T09:15:02Z web1 nginx[12]: `,
		"RFC 3339, address":                `2026-05-04T09:15:02.000+00:00 192.0.2.5 nginx[12]: `,
		"RFC 3339, address and priority":   `<134>2026-05-04T09:15:02Z 192.0.2.5 nginx[12]: `,
		"RFC 3339, IPv6 address":           `2026-05-04T09:15:02Z 2001:db8::5 nginx[12]: `,
		"RFC 3339, no machine":             `2026-05-04T09:15:02Z nginx[12]: `,
		"day and time of day, and address": `2026-05-04 09:15:02 192.0.2.5 nginx: `,
		"RFC 5424":                         `<134>1 2026-05-04T09:15:02Z web1 nginx 12 - - `,
		"RFC 5424, address":                `<134>1 2026-05-04T09:15:02Z 192.0.2.5 nginx - - - `,
		"RFC 5424, nothing but dashes":     `<134>1 - - - - - - `,
		"RFC 5424, data":                   `<134>1 2026-05-04T09:15:02Z 192.0.2.5 nginx 12 ID [a@1 x="b \] c" y=""][b@1 z="d: e"] `,
		"RFC 5424, byte order mark":        "<134>1 2026-05-04T09:15:02Z web1 nginx 12 - - \ufeff",
	}
	for _, c := range []struct {
		name, line   string
		client, host string
	}{
		{"combined", `203.0.113.9 - -` + afterHead, "203.0.113.9", ""},
		{"a user like a header", `203.0.113.9 - x: 198.51.100.7 - y` + afterHead, "203.0.113.9", ""},
		{"an ident, and a user like a header", `203.0.113.9 ident x: 198.51.100.7 - y` + afterHead, "203.0.113.9", ""},
		{"host first", `www.example.com:443 203.0.113.9 - x: y` + afterHead, "203.0.113.9", "www.example.com:443"},
		{"host second", `203.0.113.9 www.example.com x: y` + afterHead, "203.0.113.9", "www.example.com"},
		{"HAProxy", `203.0.113.9:4711 [04/May/2026:09:15:02.120] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /p HTTP/1.1"`, "203.0.113.9", ""},
	} {
		for name, header := range headers {
			t.Run(name+" before "+c.name, func(t *testing.T) {
				e, ok := read(header+c.line, time.UTC)
				assert.True(t, ok)
				assert.Equal(t, c.client, e.Client)
				assert.Equal(t, c.host, e.Host)
			})
		}
	}
}

func TestALineAfterASyslogHeaderIsReadWithoutAllocation(t *testing.T) {
	for name, header := range map[string]string{
		"RFC 3164": `<134>May  4 09:15:02 web1 nginx: `,
		"RFC 3339": `2026-05-04T09:15:02.000+00:00 192.0.2.5 nginx[12]: `,
		"RFC 5424": `<134>1 2026-05-04T09:15:02Z web1 nginx 12 - - `,
	} {
		t.Run(name, func(t *testing.T) {
			line := header + `203.0.113.9 - -` + afterHead
			assert.Zero(t, testing.AllocsPerRun(100, func() { new(Entry).Read(line, time.UTC) }))
		})
	}
}

func TestAUserNameEndsNoSyslogHeader(t *testing.T) {
	testHeads(t, []headCase{
		{"client", `203.0.113.9 - x: -`, "203.0.113.9", ""},
		{"client and ident", `203.0.113.9 ident x: 198.51.100.7 - y`, "203.0.113.9", ""},
		{"name of the client", `crawler.example.net - x: 198.51.100.7 - y`, "", ""},
		{"name of the client and ident", `crawler.example.net ident x: 198.51.100.7 - y`, "", ""},
		{"names of host and client", `www.example.com:443 crawler.example.net - x: 198.51.100.7 - y`, "", "www.example.com:443"},
		{"client, and a user that begins with a number", `203.0.113.9 4 x: 198.51.100.7 - y`, "203.0.113.9", ""},
		{"address with its port", `203.0.113.9:4711 ident x: 198.51.100.7 - y`, "203.0.113.9:4711", ""},
		{"IPv6 address of digits", `2001:1:2:3:4:5:6:7 ident x: 198.51.100.7 - y`, "2001:1:2:3:4:5:6:7", ""},
		{"short IPv6 address of digits", `2001::7 ident x: 198.51.100.7 - y`, "2001::7", ""},
		{"time and client", `2026-05-04T09:15:02Z 203.0.113.9 - x: 198.51.100.7 - y`, "203.0.113.9", ""},
		{"time, client and ident", `2026-05-04T09:15:02Z 203.0.113.9 ident x: 198.51.100.7 - y`, "203.0.113.9", ""},
	})
}

func TestAMessageWithoutATagIsNotRead(t *testing.T) {
	for name, header := range map[string]string{
		"a name":                `<134>web1 `,
		"a time":                `<134>2026-05-04T09:15:02Z 192.0.2.5 `,
		"RFC 5424, cut off":     `<134>1 2026-05-04T09:15:02Z web1 `,
		"RFC 5424, no data":     `<134>1 2026-05-04T09:15:02Z web1 nginx 12 - `,
		"RFC 5424, broken data": `<134>1 2026-05-04T09:15:02Z web1 nginx 12 - [a x="b" `,
		"another version":       `<134>9 2026-05-04T09:15:02Z web1 nginx 12 - - `,
	} {
		t.Run(name, func(t *testing.T) {
			_, ok := read(header+`203.0.113.9 - -`+afterHead, time.UTC)
			assert.False(t, ok)
		})
	}
}
