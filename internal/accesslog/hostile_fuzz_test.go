// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hostileFormats are formats of lines with places for what a visitor chooses: {u} the
// user's name, {p} the path, {r} the referer, {a} the user agent, {x} X-Forwarded-For.
// The visitor comes from 203.0.113.9, and the status is 404.
var hostileFormats = []struct{ name, line, host, escapes string }{
	{"combined", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"main", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}" "{x}"`, "", "nginx Apache"},
	{"duration at the end", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}" "{x}" 0.038 0.036`, "", "nginx Apache"},
	{"duration between", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 0.038 "{r}" "{a}"`, "", "nginx Apache"},
	{"pair", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 198.51.100.7 + 38 "{r}" "{a}" X-Forwarded-For="{x}"`, "", "nginx Apache"},
	{"host at the end", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}" "{x}" "www.example.com"`, "www.example.com", "nginx Apache"},
	{"host first", `www.example.com:443 203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "www.example.com:443", "nginx Apache"},
	{"duration before the request", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] 38ms "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"behind a logger", `2026-05-04 09:15:02,120 - access - INFO - 203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"behind Compose", `web-1  | 203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"host before the request", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "www.example.com" "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "www.example.com", "nginx Apache"},
	{"user agent alone", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{a}"`, "", "nginx Apache"},
	{"no blank before the request", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000]"GET /{p} HTTP/1.1" 404 17 c6af9ac6-7b61-11e6-9a41-93e8deadbeef`, "", "nginx Apache"},
	{"API Gateway, CSV", `203.0.113.9,-,-,04/May/2026:09:15:02 +0000,GET,/{p},HTTP/1.1,404,512,c6af9ac6-7b61-11e6-9a41-93e8deadbeef`, "", "nothing"},
	{"API Gateway, CSV with two ids", `203.0.113.9,-,-,04/May/2026:09:15:02 +0000,GET,/{p},HTTP/1.1,404,512,c6af9ac6-7b61-11e6-9a41-93e8deadbeef,d1x=`, "", "nothing"},
	{"status before the request", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] 404 "GET /{p} HTTP/1.1" 517 "{r}" "{a}" "{x}"`, "", "nginx Apache"},
	{"date alone", `203.0.113.9 - {u} 2026-05-04T09:15:02Z "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"Nginx Proxy Manager", `[04/May/2026:09:15:02 +0000] - 404 404 - GET https www.example.com "/{p}" [Client 203.0.113.9] [Length 5] [Gzip -] [Sent-to 10.0.0.9] "{a}" "{r}"`, "www.example.com", "nginx"},
	{"NPMplus", `[04/May/2026:09:15:02 +0000] www.example.com 203.0.113.9 0.038 "GET /{p} HTTP/1.1" 404 17 20 - {a}`, "www.example.com", "nginx"},
	{"uWSGI", `[pid: 7|app: 0|req: 3/9] 203.0.113.9 ({u}) {44 vars in 1322 bytes} [Mon May  4 09:15:02 2026] GET /{p} => generated 5 bytes in 38 msecs (HTTP/1.1 404) 4 headers in 188 bytes (1 switches on core 0)`, "", "nothing"},
	{"Zoraxy", `2026/05/04 09:15:02 [2026-05-04 09:15:02.120034] [router:host-http] [origin:www.example.com] [client: 203.0.113.9] [useragent: {a}] GET /{p} 404`, "www.example.com", "nothing"},
	{"S3", `0f0f shop [04/May/2026:09:15:02 +0000] 203.0.113.9 - 0F1E REST.GET.OBJECT x "GET /{p} HTTP/1.1" 404 - 5 5 38 36 "{r}" "{a}" - id= SigV4 ECDHE AuthHeader www.example.com TLSv1.2 - -`, "www.example.com", "nginx nothing"},
	{"load balancer", `2026-05-04T09:15:02.120000Z lb 203.0.113.9:2817 10.0.0.1:80 0.001 0.036 0.001 404 404 0 5 "GET https://www.example.com:443/{p} HTTP/1.1" "{a}" - -`, "", "nginx"},
	{"Envoy", `[2026-05-04T09:15:02.120Z] "GET /{p} HTTP/1.1" 404 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "{a}" "0f1e" "www.example.com" "10.0.0.9:80"`, "www.example.com", "nothing"},
	{"HAProxy", `203.0.113.9:4711 [04/May/2026:09:15:02.120] in~ shop/web1 1/0/7/30/38 404 5 - - ---- 1/1/1/1/0 0/0 {{a}} "GET /{p} HTTP/1.1"`, "", "nothing HAProxy"},
	{"OAuth2 Proxy", `203.0.113.9 - 0f1e - {u} [2026/05/04 09:15:02] www.example.com GET / "/{p}" HTTP/1.1 "{a}" 404 5 0.038`, "www.example.com", "Apache"},
	{"Kinsta", `www.example.com 203.0.113.9 [04/May/2026:09:15:02 +0000] GET "/{p}" HTTP/2.0 404 "{r}" "{a}" 203.0.113.9 "/{p}" - - 512 0.038 0.037`, "www.example.com", "nginx"},
	{"Bitbucket", `203.0.113.9 | https | o@1x2 | - | 2026-05-04 09:15:02,120 | "GET /{p} HTTP/1.1" | "{r}" "{a}" | 404 | 0 | 5 | - | 38 | - |`, "", "Apache nothing"},
	{"Artifactory", `2026-05-04T09:15:02.120Z|0f1e|203.0.113.9|{u}|GET|/{p}|404|-1|5|38|{a}`, "", "nothing"},
	{"warp", `203.0.113.9:4711 "GET /{p} HTTP/1.1" 404 "{r}" "{a}" 38.1ms`, "", "nginx"},
	{"Twisted", `"203.0.113.9" - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"Oracle", `203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] [ecid: 0f1e] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"behind Spring Boot", `2026-05-04 09:15:02.120  INFO 7 --- [main] shop.AccessLog : 203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"behind WildFly", `09:15:02,120 INFO  [io.undertow] (task-1) 203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"behind PM2", `0|shop  | 203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"behind NLog", `2026-05-04 09:15:02.1200|INFO|Access|203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"behind Ruby", `I, [2026-05-04T09:15:02.120034 #7]  INFO -- : 203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"all in marks", `"203.0.113.9 - {u} [04/May/2026:09:15:02 +0000] "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}""`, "", "nginx Apache"},
	{"each column in marks", `"www.example.com" "203.0.113.9" "-" "{u}" "[04/May/2026:09:15:02 +0000]" "GET /{p} HTTP/1.1" "404" "17" "{r}" "{a}"`, "www.example.com", "nginx Apache"},
	{"Quarkus", `203.0.113.9 - {u} 04/May/2026:09:15:02 +0000 "GET /{p} HTTP/1.1" 404 17 "{r}" "{a}"`, "", "nginx Apache"},
	{"Bunny", `HIT|404|1777886102120|512|7|203.0.113.9|{r}|https://www.example.com:443/{p}|DE|{a}|0f1e2d3c4b5a69788796a5b4c3d2e1f0|DE`, "", "nothing"},
	{"GlassFish", `"203.0.113.9" "{u}" "04/May/2026:09:15:02 +0000" "GET /{p} HTTP/1.1" 404 5 "{r}" "{a}"`, "", "nginx Apache"},
	{"Huawei Cloud CDN", `[04/May/2026:09:15:02 +0000] 203.0.113.9 38 "{r}" "HTTP/1.1" "GET" "www.example.com" "/{p}" 404 512 HIT "{a}" "bytes=0-1" 198.51.100.2`, "www.example.com", "nginx"},
	{"Tencent Cloud CDN", `20260504091502 203.0.113.9 www.example.com /{p} 512 7 2 404 - 38 "{a}" "(null)" GET HTTPS hit 4711`, "www.example.com", "nginx"},
	{"gorouter", `www.example.com - [2026-05-04T09:15:02.120Z] "GET /{p} HTTP/1.1" 404 0 5 "{r}" "{a}" "203.0.113.9:4711" "10.0.0.9:61001" x_forwarded_for:"203.0.113.9" x_forwarded_proto:"https" vcap_request_id:"0f1e" response_time:0.038 app_index:"0"`, "www.example.com", "Apache"},
}

// headerEscapes are how servers write what a visitor sent.
var headerEscapes = map[string]func(string) string{
	"nginx":   func(s string) string { return escapedBytes(s, `"\`) },
	"Apache":  func(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(escapedBytes(s, "")) },
	"nothing": func(s string) string { return strings.Map(printable, s) },
	"HAProxy": func(s string) string {
		return strings.NewReplacer(`#`, `#23`, `"`, `#22`, `{`, `#7B`, `|`, `#7C`, `}`, `#7D`).Replace(escapedBytes(s, ""))
	},
}

// escapedBytes writes control bytes, bytes that are not ASCII, and the given ones as
// \xHH. In Apache's form that is done before the backslashes are doubled.
func escapedBytes(s, marks string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c < ' ' || c > 0x7e:
			out.WriteByte('?')
		case strings.IndexByte(marks, c) >= 0:
			fmt.Fprintf(&out, `\x%02X`, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func printable(r rune) rune {
	if r < ' ' || r > 0x7e {
		return '?'
	}
	return r
}

// FuzzVisitorsTexts checks that nothing that a visitor chooses changes who came, what
// was read or the status: a line of a known format is read exactly or not at all.
func FuzzVisitorsTexts(f *testing.F) {
	const fake = `[10/Oct/2000:13:55:36 +0000] "GET /fake HTTP/1.1" 200 5`
	for _, text := range []string{
		"", "-", "x", `"`, `\`, `\"`, `x" "y`, `x" 0.1 "y" z`, fake, `x ` + fake + ` "-" "GPTBot/1.0"`, `" ` + fake, `x] GET /fake 200`, `x] [client: 198.51.100.7`, "198.51.100.7",
		"evil.example", `x" "0f1e" "evil.example" "10.0.0.9:80`, `x) {1 vars in 2 bytes} [Mon May  4 09:15:02 2026] GET /fake => generated 1 bytes in 1 msecs (HTTP/1.1 200) 1 headers in 1 bytes (1 switches on core 0)`,
		`x" - a b c d evil.example y`, `} "GET /fake HTTP/1.1"`, "host=evil.example", `x-forwarded-for="198.51.100.7"`, "2026-05-04T09:15:02Z 198.51.100.7 -", "INFO - 198.51.100.7 - -", "| 198.51.100.7 -", "nginx[7]: 198.51.100.7 -",
		`[04/May/2026:09:15:02 +0000] 1ms`, "=> generated 1 bytes in 1 msecs (HTTP/1.1 200) ", "\x1b[31m", "#033[31m", "\t[", "a:b\tc:d", "{", "}", "Mozilla/5.0 (x)", "Mozilla/5.0 (x)|y", "Mozilla/5.0 (x)} {y", "https://evil.example/", `]"GET /fake HTTP/1.1" 200 5`, "x,HTTP/1.1,200,1,y", "x,HTTP/1.1,200,1",
	} {
		f.Add("alice", "p", "-", text, "-")
		f.Add(text, "p", text, "curl/8.9.1", text)
		f.Add(text, text, text, text, text)
	}
	f.Fuzz(func(t *testing.T, user, path, referer, agent, chain string) {
		for _, format := range hostileFormats {
			for name := range strings.FieldsSeq(format.escapes) {
				escape := headerEscapes[name]
				p, a := strings.ReplaceAll(escape(path), " ", "+"), escape(strings.TrimSpace(agent)) // HTTP removes spaces around headers
				line := strings.NewReplacer("{u}", escape(user), "{p}", p, "{r}", escape(referer), "{a}", a, "{x}", escape(chain)).Replace(format.line)
				var e Entry
				if !e.Read(line, time.UTC) {
					continue
				}
				says := fmt.Sprintf("%s of %s: %s", format.name, name, line)
				require.Equal(t, int64(404), e.Status, says)
				require.Contains(t, []string{"GET /" + p + " HTTP/1.1", "GET https://www.example.com:443/" + p + " HTTP/1.1", "GET /" + percentCoded(p) + " HTTP/1.1", ""}, e.RequestLine, says)
				require.Contains(t, []string{"/" + p, "https://www.example.com:443/" + p, ""}, e.Target, says)
				require.Contains(t, []string{"203.0.113.9", "203.0.113.9:4711", ""}, e.Client, says)
				require.Contains(t, []string{format.host, ""}, e.Host, says)
				require.Contains(t, []string{a, ""}, e.UserAgent, says)
			}
		}
	})
}
