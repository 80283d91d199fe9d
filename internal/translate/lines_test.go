// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// afterHead is what follows the head of every line of these tests.
const afterHead = `[04/May/2026:09:15:02 +0000] "GET /guides/llamas HTTP/1.1" 200 512 "-" "curl/8.9.1"`

// afterTraefik is what Traefik writes instead.
const afterTraefik = afterHead + ` 7 "web@docker" "http://10.0.0.9:80" 38ms`

var lineTime = time.Date(2026, time.May, 4, 9, 15, 2, 0, time.UTC)

// heads are what can stand before the date of a line, with the client's address and
// the site's host that each tells.
var heads = []struct{ name, head, client, host string }{
	{"common log format", `203.0.113.9 - - `, "203.0.113.9", ""},
	{"user", `203.0.113.9 - alice `, "203.0.113.9", ""},
	{"ident", `203.0.113.9 ident alice `, "203.0.113.9", ""},
	{"client that is not known", `- - alice `, "", ""},
	{"client behind a socket", `unix: - alice `, "", ""},
	{"IPv6", `2001:db8::7 - alice `, "2001:db8::7", ""},
	{"IPv6 in brackets", `[2001:db8::7] - alice `, "2001:db8::7", ""},
	{"IPv6 that ends with colons", `2001:db8:: - alice: bob `, "2001:db8::", ""},
	{"client with its port", `203.0.113.9:4711 - alice `, "203.0.113.9", ""},
	{"client without ident", `203.0.113.9 - `, "203.0.113.9", ""},
	{"client and user", `203.0.113.9 alice `, "203.0.113.9", ""},
	{"client and a user like a host", `203.0.113.9 evil.example `, "203.0.113.9", ""},

	{"host first", `www.example.com 203.0.113.9 - - `, "203.0.113.9", "www.example.com"},
	{"host first, with its port", `www.example.com:443 203.0.113.9 - alice `, "203.0.113.9", "www.example.com"},
	{"host first, with another port", `www.example.com:8443 2001:db8::7 - alice smith `, "2001:db8::7", "www.example.com:8443"},
	{"host first, which is an address", `198.51.100.1:8080 203.0.113.9 - alice smith `, "203.0.113.9", "198.51.100.1:8080"},
	{"host first, which is an IPv6 address", `[2001:db8::1]:8080 203.0.113.9 - alice `, "203.0.113.9", "[2001:db8::1]:8080"},
	{"host first, which is none", `_ 203.0.113.9 - alice `, "203.0.113.9", ""},
	{"host first, which is absent", `- 203.0.113.9 - alice `, "203.0.113.9", ""},
	{"host first, which is a pattern", `*.example.com 203.0.113.9 - alice `, "203.0.113.9", ""},
	{"host first, and a user without ident", `www.example.com 203.0.113.9 alice `, "203.0.113.9", "www.example.com"},

	{"host second", `203.0.113.9 www.example.com - `, "203.0.113.9", "www.example.com"},
	{"host second, and a user", `203.0.113.9 www.example.com alice `, "203.0.113.9", "www.example.com"},
	{"host second, and a user with spaces", `203.0.113.9 www.example.com - alice smith `, "203.0.113.9", "www.example.com"},
	{"host second, with its port", `2001:db8::7 www.example.com:8443 alice `, "2001:db8::7", "www.example.com:8443"},

	{"name of the client", `crawler.example.net - - `, "", ""},
	{"name of the client, and a user like an address", `crawler.example.net - 198.51.100.7 `, "", ""},
	{"name of the client after the host", `www.example.com crawler.example.net - - `, "", "www.example.com"},
	{"short name of the client after the host", `www.example.com localhost - alice `, "", "www.example.com"},
	{"name after an address with a port", `198.51.100.1:8080 crawler.example.net - - `, "198.51.100.1", ""},
	{"name of the client, ident and user", `crawler.example.net identd alice smith `, "", ""},
	{"name of the client before the host", `crawler.example.net www.example.com - `, "", "www.example.com"},

	{"list of proxies", `203.0.113.9, 10.0.0.1 - - `, "203.0.113.9", ""},
	{"list of proxies that begins at home", `10.9.8.7, 203.0.113.9, 10.0.0.1 - alice smith `, "203.0.113.9", ""},
	{"list of proxies with what is no address", `unknown, 203.0.113.9 - alice `, "203.0.113.9", ""},
	{"list of proxies without spaces", `203.0.113.9,10.0.0.1 - alice `, "203.0.113.9", ""},
	{"list of proxies, then the peer", `203.0.113.9, 10.9.8.7 10.0.0.1 - alice `, "203.0.113.9", ""},
	{"list of proxies, then a proxy of the internet", `203.0.113.9, 10.9.8.7 198.51.100.1 - alice `, "203.0.113.9", ""},
	{"list of proxies after the host", `www.example.com 203.0.113.9, 10.0.0.1 - alice `, "203.0.113.9", "www.example.com"},
	{"proxy, then the client", `10.0.0.1 203.0.113.9 - alice `, "203.0.113.9", ""},
	{"client, then the proxy", `203.0.113.9 10.0.0.1 - alice `, "203.0.113.9", ""},
	{"client, then the address that was asked", `203.0.113.9 198.51.100.1 - `, "203.0.113.9", ""},
	{"address that was asked, then the client", `198.51.100.1 203.0.113.9 - alice `, "203.0.113.9", ""},

	{"user with spaces", `203.0.113.9 - alice smith `, "203.0.113.9", ""},
	{"user of many words", `203.0.113.9 - a b c d e f g h `, "203.0.113.9", ""},
	{"user like an address", `203.0.113.9 - 198.51.100.7 `, "203.0.113.9", ""},
	{"user like a host", `203.0.113.9 - evil.example `, "203.0.113.9", ""},
	{"user like a host and more", `203.0.113.9 - evil.example 198.51.100.7 `, "203.0.113.9", ""},
	{"user like a host, a client and ident", `203.0.113.9 - evil.example 198.51.100.7 - `, "203.0.113.9", ""},
	{"user like a list of proxies", `203.0.113.9 - 198.51.100.7, 198.51.100.8 `, "203.0.113.9", ""},
	{"user like a syslog header", `203.0.113.9 - May  4 09:15:02 web1 nginx: 198.51.100.7 - x `, "203.0.113.9", ""},
	{"user like a syslog header, after a host", `www.example.com 203.0.113.9 - nginx: 198.51.100.7 - x `, "203.0.113.9", "www.example.com"},
	{"user like a syslog header, before a host", `203.0.113.9 www.example.com nginx: 198.51.100.7 - x `, "203.0.113.9", "www.example.com"},
	{"user that begins with spaces", `203.0.113.9 -   evil.example x `, "203.0.113.9", ""},
	{"user that is empty", `203.0.113.9 -  `, "203.0.113.9", ""},
	{"user that is empty, of Apache", `203.0.113.9 - "" `, "203.0.113.9", ""},
	{"user that is empty, after a host", `www.example.com 203.0.113.9 -  `, "203.0.113.9", "www.example.com"},
	{"user that is empty, after names", `www.example.com crawler.example.net -  `, "", "www.example.com"},
	{"user longer than a line", `203.0.113.9 - ` + strings.Repeat("a b ", 5000), "203.0.113.9", ""},
	{"user with the start of a date", `203.0.113.9 - alice [22/Nov/2026: `, "203.0.113.9", ""},
	{"user with a date", `203.0.113.9 - [22/Nov/2026:00:00:00 +0000] `, "203.0.113.9", ""},
	{"user with a date and more", `203.0.113.9 - alice [22/Nov/2026:00:00:00 +0000] smith `, "203.0.113.9", ""},
	{"user with an escaped request, of nginx", `203.0.113.9 - [22/Nov/2026:00:00:00 +0000] \x22GET /x HTTP/1.1\x22 200 5 `, "203.0.113.9", ""},
	{"user with an escaped request, of Apache", `203.0.113.9 - [22/Nov/2026:00:00:00 +0000] \"GET /x HTTP/1.1\" 200 5 `, "203.0.113.9", ""},
	{"user with a quotation mark", `203.0.113.9 - alice" `, "203.0.113.9", ""},
	{"user with an escaped backslash", `203.0.113.9 - alice\\ `, "203.0.113.9", ""},

	{"syslog", `<190>May  4 09:15:02 web1 nginx: 203.0.113.9 - alice smith `, "203.0.113.9", ""},
	{"syslog of a machine known by its address", `<190>May  4 09:15:02 10.0.0.7 nginx[7]: 203.0.113.9 - alice: bob `, "203.0.113.9", ""},
	{"syslog of a machine known by its address alone", `10.0.0.7 nginx: www.example.com 203.0.113.9 - alice `, "203.0.113.9", "www.example.com"},
	{"syslog with the time of RFC 3339", `2026-05-04T09:15:02.158Z web1 apache2: www.example.com:443 203.0.113.9 - alice: bob `, "203.0.113.9", "www.example.com"},
	{"syslog with the time of RFC 3339, of a machine known by its address", `2026-05-04T09:15:02.158Z 192.0.2.5 nginx[7]: 203.0.113.9 - alice: bob `, "203.0.113.9", ""},
	{"syslog of RFC 5424", `<134>1 2026-05-04T09:15:02Z 192.0.2.5 nginx 12 - - 203.0.113.9 - alice: bob `, "203.0.113.9", ""},
	{"prefix of a runtime", `2026-05-04T09:15:02.158Z 203.0.113.9 - alice `, "203.0.113.9", ""},
}

// TestTheHeadOfALineTellsClientAndHost: each word is told by what it is. A visitor can
// write anything as a user name, but that changes neither client nor host, and does not
// make the line vanish.
func TestTheHeadOfALineTellsClientAndHost(t *testing.T) {
	for _, c := range heads {
		t.Run(c.name, func(t *testing.T) {
			v, skip := translateText(c.head + afterHead)
			require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
			assert.Equal(t, c.client, v.ClientIP)
			assert.Equal(t, c.host, v.Host)
			assert.Equal(t, "/guides/llamas", v.Path)
			assert.Equal(t, "curl/8.9.1", v.UserAgent)
			assert.Equal(t, lineTime, v.Start.UTC())
		})
	}
}

// formats are the heads of lines up to the user's name, with what each tells.
var formats = []struct {
	head, client, host string
	isTraefik          bool
}{
	{head: `203.0.113.9 - `, client: "203.0.113.9", isTraefik: true},
	{head: `2001:db8::7 - `, client: "2001:db8::7", isTraefik: true},
	{head: `crawler.example.net - `, isTraefik: true},
	{head: `<190>May  4 09:15:02 web1 traefik: 203.0.113.9 - `, client: "203.0.113.9", isTraefik: true},
	{head: `203.0.113.9 identd `, client: "203.0.113.9"},
	{head: `203.0.113.9, 10.0.0.1 - `, client: "203.0.113.9"},
	{head: `203.0.113.9 www.example.com `, client: "203.0.113.9", host: "www.example.com"},
	{head: `www.example.com:443 203.0.113.9 - `, client: "203.0.113.9", host: "www.example.com"},
	{head: `www.example.com 2001:db8::7 - `, client: "2001:db8::7", host: "www.example.com"},
	{head: `198.51.100.1:8080 203.0.113.9 - `, client: "203.0.113.9", host: "198.51.100.1:8080"},
	{head: `www.example.com crawler.example.net - `, host: "www.example.com"},
	{head: `www.example.com:443 crawler.example.net - `, host: "www.example.com"},
	{head: `198.51.100.1 203.0.113.9 - `, client: "203.0.113.9"},
	{head: `unix: - `},
	{head: `- - `},
	{head: `www.example.com unix: - `, host: "www.example.com"},
	{head: `www.example.com:443 - - `, host: "www.example.com"},
	{head: `198.51.100.1:8080 crawler.example.net - `, client: "198.51.100.1"},
	{head: `203.0.113.9:4711 10.0.0.1 - `, client: "203.0.113.9"},
	{head: `2026-05-04T09:15:02.158Z 192.0.2.5 nginx[7]: 203.0.113.9 - `, client: "203.0.113.9"},
	{head: `2026-05-04T09:15:02.158Z 203.0.113.9 - `, client: "203.0.113.9"},
	{head: `<134>1 2026-05-04T09:15:02Z 192.0.2.5 nginx 12 - - www.example.com 203.0.113.9 - `, client: "203.0.113.9", host: "www.example.com"},
}

// userEscapes are how servers write a user's name. Traefik escapes nothing.
var userEscapes = map[string]func(string) string{
	"nginx": func(user string) string {
		return escapedBytes(user, func(c byte) bool { return c < ' ' || c > 0x7e || c == '"' || c == '\\' })
	},
	"Apache": func(user string) string {
		if user == "" {
			return `""`
		}
		marked := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\v", `\v`, "\b", `\b`).Replace(user)
		return escapedBytes(marked, func(c byte) bool { return c < ' ' || c > 0x7e })
	},
	"Gunicorn": strings.NewReplacer(`"`, `\"`).Replace,
	"Traefik":  func(user string) string { return user },
}

// escapedBytes writes the bytes that isEscaped picks as \xHH.
func escapedBytes(s string, isEscaped func(byte) bool) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		if isEscaped(c) {
			fmt.Fprintf(&out, `\x%02X`, c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// FuzzUserName checks that a user's name, which any visitor can choose, changes nothing
// else in the line.
func FuzzUserName(f *testing.F) {
	for _, c := range heads {
		f.Add(c.head)
	}
	for _, user := range []string{"", "-", "- -", `"`, `\`, "\n", "é\xff", afterHead, `x ` + afterHead + ` "`, `x ` + afterTraefik, "a=b method=GET", "::", "x: y"} {
		f.Add(user)
	}
	tr := translation.New(translate.Config{})
	f.Fuzz(func(t *testing.T, user string) {
		for _, format := range formats {
			for server, escape := range userEscapes {
				if server == "Traefik" && !format.isTraefik {
					continue
				}
				after := afterHead
				if server == "Traefik" {
					after = afterTraefik
				}
				v, skip := tr.LogRecord(fixture.LineRecord(format.head + escape(user) + " " + after))
				require.Equal(t, visit.NotSkipped, skip, "%s: %s", server, format.head)
				got := translation.Observe(v)
				require.Equal(t, format.client, got.ClientIP, "%s: %s", server, format.head)
				require.Equal(t, format.host, got.Host, "%s: %s", server, format.head)
				require.Equal(t, "/guides/llamas", got.Path, "%s: %s", server, format.head)
				require.Equal(t, "curl/8.9.1", got.UserAgent, "%s: %s", server, format.head)
				require.Equal(t, lineTime, got.Start.UTC(), "%s: %s", server, format.head)
			}
		}
	})
}

// TestALineIsReadWhateverAShipperPutsItInto: the request is that of the line, whatever the
// shipper says of the file from which it comes.
func TestALineIsReadWhateverAShipperPutsItInto(t *testing.T) {
	line := strconv.Quote(`203.0.113.9 - - ` + afterHead)
	for name, text := range map[string]string{
		"Logstash 7":    `{"path":"/var/log/nginx/access.log","host":"web1","message":` + line + `}`,
		"Logstash 2":    `{"uri":"/x","args":"y=z","url":"file:///var/log/x","message":` + line + `}`,
		"Splunk":        `{"time":1777886102.1,"sourcetype":"access_combined","event":` + line + `}`,
		"Cribl":         `{"_raw":` + line + `,"_time":1777886102,"source":"/var/log/x"}`,
		"GELF":          `{"version":"1.1","host":"web1","short_message":` + line + `,"level":6}`,
		"Google Cloud":  `{"textPayload":` + line + `,"resource":{"type":"k8s_container"}}`,
		"Loki":          `{"labels":{"job":"nginx"},"line":` + line + `}`,
		"two messages":  `{"event":"read","line":7,"message":` + line + `}`,
		"with a source": `{"source":"/var/log/x","log":{"file":{"path":"/var/log/x"}},"message":` + line + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			v, skip := translateText(text)
			require.Equal(t, visit.SkipReasons[visit.NotSkipped], visit.SkipReasons[skip])
			assert.Equal(t, "/guides/llamas 203.0.113.9 curl/8.9.1", v.Path+v.Query+" "+v.ClientIP+v.Host+" "+v.UserAgent)
		})
	}
}
