// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestWhatIsNoRequestIsNotRead: logs mention requests that nobody made here, that were
// sent to others, or that another line records.
func TestWhatIsNoRequestIsNotRead(t *testing.T) {
	for name, line := range map[string]string{
		"an error of nginx":                     `2026/05/04 09:15:02 [error] 7#7: *1 open() "/srv/x" failed (2: No such file or directory), client: 203.0.113.9, server: _, request: "GET /x HTTP/1.1", host: "www.example.com"`,
		"an error of Apache":                    `[Mon May 04 09:15:02.203277 2026] [core:error] [pid 7] [client 203.0.113.9:4711] AH00126: Invalid URI in request GET /x HTTP/1.1`,
		"a rule of ModSecurity":                 `[Mon May 04 09:15:02 2026] [error] [client 203.0.113.9] ModSecurity: Access denied with code 403 (phase 2). [uri "/x"] [unique_id "0f1e"]`,
		"a failed login":                        `[2026-05-04 09:15:02 +0000] info [cpaneld] 203.0.113.9 - root "POST /login/ HTTP/1.1" FAILED LOGIN cpaneld: invalid user`,
		"a request that urllib3 sent":           `DEBUG:urllib3.connectionpool:http://198.51.100.7:80 "GET /v1 HTTP/1.1" 200 5`,
		"a request that urllib3 sent, dated":    `2026-05-04 09:15:02,120 DEBUG urllib3.connectionpool: https://api.example.net:443 "GET /v1 HTTP/1.1" 200 512`,
		"a request that httpx sent":             `INFO:httpx:HTTP Request: GET https://api.example.net/v1 "HTTP/1.1 200 OK"`,
		"a request that curl sent":              `2026-05-04 09:15:02 > GET /v1 HTTP/1.1`,
		"a request that a service sent":         `2026-05-04 09:15:02 INFO 10.0.0.5 calling GET /inventory 200 in 12ms`,
		"a client and a number":                 `2026-05-04 09:15:02 INFO user 203.0.113.9 asked for GET /x and got 200 items`,
		"Rails, before the answer":              `Started GET "/x" for 203.0.113.9 at 2026-05-04 09:15:02 +0000`,
		"Rails, after the answer":               `Completed 200 OK in 12ms (Views: 3.1ms)`,
		"a route of Gin":                        `[GIN-debug] GET    /ping                     --> main.main.func1 (3 handlers)`,
		"a template of nginx":                   `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`,
		"a template of Apache":                  `LogFormat "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"" combined`,
		"the protocols of Apache":               `[04/May/2026:09:15:02 +0000] 203.0.113.9 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 "GET / HTTP/1.1" 375`,
		"the protocols of Apache with a size":   `[04/May/2026:09:15:02 +0000] 203.0.113.9 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 "GET / HTTP/1.1" 375 512`,
		"a request without a status":            `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" - 512 "-" "curl/8.9.1"`,
		"a status without a size":               `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200`,
		"no date, no port, no user agent":       `203.0.113.9 - - "GET / HTTP/1.1" 200 512`,
		"no date, no port, no prefix":           `203.0.113.9 - - "GET / HTTP/1.1" 200 512 "-" "curl/8.9.1"`,
		"no client":                             `INFO:     "GET / HTTP/1.1" 200 OK`,
		"words before the request":              `INFO:     203.0.113.9:4711 - retrying "GET / HTTP/1.1" 503 Unavailable`,
		"words between the date and a request":  `203.0.113.9 - - [04/May/2026:09:15:02 +0000] replayed "GET / HTTP/1.1" 200 512`,
		"a command of FTP":                      `203.0.113.9 UNKNOWN alice [04/May/2026:09:15:02 +0000] "RETR /pub/llamas" 226 512`,
		"a command of FTP without a user":       `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "SIZE /pub/llamas" 213 -`,
		"a transfer of FTP":                     `203.0.113.9 - alice [04/May/2026:09:15:02 -0000] "GET /pub/llamas" 200 512`,
		"a service that was called":             `2026-05-04 09:15:02,120 INFO 10.0.0.5:80 "GET /x HTTP/1.1" 200 512`,
		"the name of a logger after the date":   `[2026-05-04 09:15:02] shop.INFO: "GET /x HTTP/1.1" 200 512`,
		"a request of RTSP":                     `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "DESCRIBE rtsp://www.example.com/llamas RTSP/1.0" 200 512`,
		"a request of SIP":                      `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "OPTIONS sip:llama@www.example.com SIP/2.0" 200 512`,
		"a method that is none":                 `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "- /x HTTP/1.1" 400 0 "-" "-"`,
		"a broken request of a load balancer":   `2026-05-04T09:15:02.120000Z lb 203.0.113.9:2817 - -1 -1 -1 400 0 0 5 "- http://www.example.com:80- -" "-" - -`,
		"a denied request of Squid":             `1777886102.158      4 203.0.113.9 TCP_DENIED/403 4099 GET http://www.example.net/ - HIER_NONE/- text/html`,
		"a request of a user of Squid":          `1777886102.158     38 203.0.113.9 TCP_MISS/200 512 GET http://www.example.net/ alice HIER_DIRECT/198.51.100.7 text/html`,
		"a batch of S3":                         `0f0f shop [04/May/2026:09:15:02 +0000] 203.0.113.9 x 0F1E BATCH.DELETE.OBJECT x - 204 - - 5 - - - - - id= SigV4 ECDHE AuthHeader s3.amazonaws.com TLSv1.2`,
		"prose that looks like morgan's":        `GET /x 200 times a day - 3 ms`,
		"a request that has not been answered":  `GET /x - - ms - -`,
		"a table in Markdown":                   `| 203.0.113.9 | 200 | GET | /x | yes |`,
		"a message with a line in it":           `failed to parse: 203.0.113.9 - - "GET / HTTP/1.1" 200 512 "-" "curl/8.9.1"`,
		"JSON":                                  `{"message": "203.0.113.9:4711 - \"GET / HTTP/1.1\" 200 OK"}`,
		"an escape that is no colour":           `0f0f shop [04/May/2026:09:15:02 +0000] 203.0.113.9 - 0F1E REST.GET.OBJECT x "GET /#033["m HTTP/1.1" 404 - 5 5 38 36 "0" "0" - id= SigV4 ECDHE AuthHeader www.example.com TLSv1.2 - -`,
		"a broken request, and one in an agent": `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "\x16\x03\x01" 400 150 "-" "x 203.0.113.9:4711 - \x22GET /fake HTTP/1.1\x22 200 OK"`,
	} {
		t.Run(name, func(t *testing.T) {
			assert.False(t, new(Entry).Read(line, time.UTC))
		})
	}
}

// wholeLines are a line of each shape. Only at its very end may a line be cut off.
var wholeLines = map[string]string{
	"uWSGI":                 `[pid: 7|app: 0|req: 3/9] 203.0.113.9 () {44 vars in 1322 bytes} [Mon May  4 09:15:02 2026] GET /a => generated 5 bytes in 38 msecs (HTTP/1.1 200) 4 headers in 188 bytes (1 switches on core 0)`,
	"Nginx Proxy Manager":   `[04/May/2026:09:15:02 +0000] - 502, 200 200 - GET https www.example.com "/a" [Client 203.0.113.9] [Length 5] [Gzip -] [Sent-to 10.0.0.9] "curl/8.9.1" "-"`,
	"Zoraxy":                `[2026-05-04 09:15:02.120034] [router:host] [origin:www.example.com] [client: 203.0.113.9] [useragent: curl/8.9.1] GET /a 200`,
	"Gin":                   `[GIN] 2026/05/04 - 09:15:02 | 200 |   38.000451ms |     203.0.113.9 | GET      "/a"`,
	"chi":                   `2026/05/04 09:15:02 [web1/0f-1] "GET http://www.example.com/a HTTP/1.1" from 203.0.113.9:4711 - 200 512B in 38.1ms`,
	"classic load balancer": `2026-05-04T09:15:02.120000Z lb 203.0.113.9:2817 10.0.0.1:80 0.001 0.036 0.001 200 200 0 5 "GET https://www.example.com:443/a HTTP/1.1" "curl/8.9.1" - -`,
	"S3":                    `0f0f shop [04/May/2026:09:15:02 +0000] 203.0.113.9 - 0F1E REST.GET.OBJECT x "GET /a HTTP/1.1" 200 - 5 5 38 36 "-" "curl/8.9.1" - id= SigV4 ECDHE AuthHeader www.example.com TLSv1.2 - -`,
}

func TestAShapeIsOfAWholeLine(t *testing.T) {
	for name, line := range wholeLines {
		t.Run(name, func(t *testing.T) {
			whole, ok := read(line, time.UTC)
			assert.True(t, ok)
			assert.Equal(t, int64(200), whole.Status)
			assert.Contains(t, []string{"203.0.113.9", "203.0.113.9:4711"}, whole.Client)
			for end := range line {
				part, ok := read(line[:end], time.UTC)
				if ok {
					assert.Equal(t, whole.RequestLine+whole.Target, part.RequestLine+part.Target, line[:end])
					assert.Contains(t, []string{whole.UserAgent, ""}, part.UserAgent, line[:end])
				}
			}
		})
	}
}

func TestTheClosestRuleIsExplainedWithoutTheVisitorsData(t *testing.T) {
	for name, c := range map[string]struct{ line, rule, lacks string }{
		"no status":             {`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /secret HTTP/1.1" - 5`, "date in brackets", "a status"},
		"no size":               {`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /secret HTTP/1.1" 200`, "date in brackets", "a size"},
		"no method":             {`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "secret" 400 0 "-" "-"`, "date in brackets", "a method"},
		"cut in the request":    {`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /secr`, "date in brackets", "the end of the request line"},
		"cut in the user agent": {`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /secret HTTP/1.1" 200 5 "-" "secr`, "date in brackets", "its end"},
		"a shape, cut":          {strings.TrimSuffix(wholeLines["uWSGI"], "(1 switches on core 0)"), "the format of uWSGI", "the text ("},
		"an impossible date":    {`203.0.113.9 - - [32/May/2026:09:15:02 +0000] "GET /secret HTTP/1.1" 200 512`, "date in brackets", "a date that exists"},
		"no date":               {`203.0.113.9 - - "GET /secret HTTP/1.1" 200 512`, "a request line in quotation marks", "a client"},
		"another log":           {`the cache is warm`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rule, lacks := Closest(c.line, time.UTC)
			assert.Contains(t, rule, c.rule)
			assert.Contains(t, lacks, c.lacks)
			assert.Equal(t, c.rule == "", rule == "")
			assert.NotContains(t, rule+lacks, "secr")
		})
	}
}

func TestALoggersNameWithANumberStandsBeforeALine(t *testing.T) {
	const line = `Request finished HTTP/1.1 GET http://www.example.com/a - 200 - text/html 5.1234ms`
	for prefix, want := range map[string]bool{
		`info: Example.Hosting.Diagnostics[2] `: true,
		`info: Example.Hosting.Diagnostics[x] `: false,
		`info: the example says [2] `:           false,
	} {
		assert.Equal(t, want, new(Entry).Read(prefix+line, time.UTC), prefix)
	}
}

func TestAPrefixOfJSONIsNoMessage(t *testing.T) {
	for prefix, want := range map[string]bool{
		`<134>May  4 09:15:02 web1 app[7]: `:                                               true,
		`May  4 09:15:02 web1 haproxy[7]: `:                                                true,
		`<134>1 2026-05-04T09:15:02Z web1 app 7 - - `:                                      true,
		`<134>1 2026-05-04T09:15:02Z web1 app 7 - [timeQuality tzKnown="1" isSynced="1"] `: true,
		`<134>1 2026-05-04T09:15:02Z web1 app 7 - [a b="c"] sent `:                         false,
		`2026-05-04T09:15:02.158Z web1 `:                                                   true,
		`web-1  | `:                                                                        true,
		`2026-05-04 09:15:02 INFO `:                                                        true,
		`[2026-05-04 09:15:02] [app] `:                                                     true,
		`sent `:                                                                            false,
		`2026-05-04T09:15:02.158Z INFO sent `:                                              false,
		`App: 403: POST /x: 203.0.113.9: `:                                                 false,
		``:                                                                                 false,
	} {
		t.Run(prefix, func(t *testing.T) {
			length, _ := PrefixOfJSON(prefix+`{"a":1}`, time.UTC)
			assert.Equal(t, want, length == len(prefix) && prefix != "")
		})
	}
}
