// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	cloudFrontLine = "2026-05-04\t09:15:02\tLHR3-C1\t1024\t203.0.113.9\tGET\td111111abcdef8.cloudfront.net\t/p\t200\t-\tcurl\tq\t-\tHit\tabc==\twww.example.com\thttps\t23\t0.038\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.038\tHit\ttext/html\t78\t-\t-"
	iisLine        = "2026-05-04 09:15:02 10.0.0.7 GET /p q 443 - 203.0.113.9 curl/8+(x) - 200 0 0 38"
	iis7Line       = "2026-05-04 09:15:02 10.0.0.7 GET /p q 443 - 203.0.113.9 curl/8+(x) 200 0 0 38"
	classicLine    = `2026-05-04T09:15:02.120000Z shop 203.0.113.9:4711 10.0.0.9:80 0.000070 0.037900 0.000030 200 200 0 57 "GET https://www.example.com:443/p?q HTTP/1.1" "curl 8" ECDHE TLSv1.2`
	netScalerLine  = "2026-05-04 09:15:02 203.0.113.9 - HTTP 10.0.0.7 80 GET /p q 200 247 355 1 HTTP/1.1 curl/8+(x) - -"
	aspNetCoreLine = "2026-05-04 09:15:02 203.0.113.9 WEB3 10.0.0.7 443 GET /p q 200 38.0171 HTTP/1.1 www.example.com curl/8+(x) -"
	squidLine      = `1777886102.158     38 203.0.113.9 TCP_MISS/200 512 GET https://www.example.com/p?q - FIRSTUP_PARENT/10.0.0.9 text/html`
	elbLine        = `https 2026-05-04T09:15:02.158Z app/web/50dc6c495c0c9188 203.0.113.9:4711 10.0.0.9:80 0.000 0.038 0.000 200 200 34 366 "GET https://www.example.com:443/p?q HTTP/1.1" "curl 8" ECDHE TLSv1.2 arn "Root=1-2" "www.example.com" "arn" 0`
)

func TestColumnsHaveTheirNames(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want map[string]string // some of the columns
	}{
		"CloudFront":                    {cloudFrontLine, map[string]string{"c-ip": "203.0.113.9", "cs-uri-stem": "/p", "cs-uri-query": "q", "x-host-header": "www.example.com", "duration_s": "0.038"}},
		"CloudFront of 2016":            {columnsUpTo(cloudFrontLine, 23), map[string]string{"x-host-header": "www.example.com", "duration_s": "0.038", "sc-content-type": ""}},
		"CloudFront of 2013":            {columnsUpTo(cloudFrontLine, 18), map[string]string{"x-host-header": "www.example.com", "duration_s": ""}},
		"IIS":                           {iisLine, map[string]string{"c-ip": "203.0.113.9", "cs(User-Agent)": "curl/8+(x)", "cs(Referer)": "", "duration_ms": "38"}},
		"IIS 7":                         {iis7Line, map[string]string{"c-ip": "203.0.113.9", "sc-status": "200", "duration_ms": "38"}},
		"load balancer":                 {elbLine, map[string]string{"request": "GET https://www.example.com:443/p?q HTTP/1.1", "user_agent": "curl 8", "priority": "0", "client.address": "203.0.113.9"}},
		"load balancer, and more":       {elbLine + ` 2026-05-04T09:15:02.120Z "forward" "-"`, map[string]string{"priority": "0"}},
		"load balancer of 2016":         {strings.TrimSuffix(elbLine, ` "www.example.com" "arn" 0`), map[string]string{"user_agent": "curl 8", "url.domain": ""}},
		"load balancer over HTTP/2":     {"h2" + strings.TrimPrefix(elbLine, "https"), map[string]string{"url.scheme": "h2"}},
		"load balancer, IPv6":           {strings.Replace(elbLine, "203.0.113.9:", "2001:db8::9:", 1), map[string]string{"client.address": "2001:db8::9"}},
		"classic load balancer":         {classicLine, map[string]string{"start_time": "2026-05-04T09:15:02.120000Z", "client.address": "203.0.113.9", "request": "GET https://www.example.com:443/p?q HTTP/1.1", "user_agent": "curl 8"}},
		"classic load balancer of 2014": {strings.TrimSuffix(classicLine, ` "curl 8" ECDHE TLSv1.2`), map[string]string{"request": "GET https://www.example.com:443/p?q HTTP/1.1", "user_agent": ""}},
		"NetScaler":                     {netScalerLine, map[string]string{"c-ip": "203.0.113.9", "cs-uri-stem": "/p", "sc-status": "200", "cs(User-Agent)": "curl/8+(x)", "duration_s": "1"}},
		"ASP.NET Core":                  {aspNetCoreLine, map[string]string{"c-ip": "203.0.113.9", "cs-host": "www.example.com", "sc-status": "200", "duration_ms": "38.0171"}},
		"Squid":                         {squidLine, map[string]string{"msec": "1777886102.158", "duration_ms": "38", "client.address": "203.0.113.9", "status": "200", "url": "https://www.example.com/p?q", "http.response.mime_type": "text/html"}},
	} {
		t.Run(name, func(t *testing.T) {
			var columns Columns
			require.True(t, columns.Read(c.line, &Header{}))
			got := maps.Collect(columns.All())
			for key, text := range c.want {
				assert.Equal(t, text, got[key], key)
			}
		})
	}
}

// columnsUpTo is the start of a line with tabs.
func columnsUpTo(line string, columns int) string {
	return strings.Join(strings.Split(line, "\t")[:columns], "\t")
}

// TestOtherColumnsAreNotRead: in doubt, a line is left out.
func TestOtherColumnsAreNotRead(t *testing.T) {
	for name, line := range map[string]string{
		"empty":                          "",
		"a comment":                      "#Fields: date time s-ip cs-method",
		"one column too few":             cloudFrontLine[:strings.LastIndexByte(cloudFrontLine, '\t')],
		"one column too many":            cloudFrontLine + "\tx",
		"no day":                         "x" + iisLine,
		"no time":                        strings.Replace(iisLine, "09:15:02", "soon", 1),
		"a day that cannot be":           strings.Replace(iisLine, "05-04", "13-04", 1),
		"another first word":             "x" + elbLine,
		"an unfinished quoting":          elbLine[:strings.LastIndexByte(elbLine, '"')],
		"too many columns":               elbLine + strings.Repeat(" x", maxColumns),
		"a malformed request":            strings.Replace(elbLine, `"GET https://www.example.com:443/p?q HTTP/1.1"`, `"- http://www.example.com:80- -"`, 1),
		"a connection":                   strings.Replace(classicLine, `"GET https://www.example.com:443/p?q HTTP/1.1"`, `"- - - "`, 1),
		"a flow of a network":            "2 123456789012 eni-0f1e 203.0.113.9 10.0.0.4 49152 443 6 10 840 1777886102 1777886162 ACCEPT OK",
		"an error of http.sys":           "2026-05-04 09:15:02 203.0.113.9 4711 10.0.0.4 80 HTTP/1.1 GET /p - 400 - Hostname -",
		"a transfer over FTP":            "2026-05-04 09:15:02 203.0.113.9 alice 10.0.0.4 21 RETR /p 226 0 0 0f1e /p",
		"a line of an application":       "2026-05-04 09:15:02 INFO GET /p took 38 ms, status 200 0 0, client 203.0.113.9",
		"NetScaler, one more column":     netScalerLine + " www.example.com",
		"NetScaler, cut off":             netScalerLine[:strings.LastIndexByte(netScalerLine, ' ')],
		"NetScaler, without a client":    strings.Replace(netScalerLine, "203.0.113.9", "-", 1),
		"ASP.NET Core, without a server": strings.Replace(aspNetCoreLine, "10.0.0.7", "-", 1),
		"ASP.NET Core, another order":    strings.Replace(aspNetCoreLine, "WEB3 10.0.0.7", "10.0.0.7 WEB3", 1),
		"a tunnel of Squid":              strings.NewReplacer("GET", "CONNECT", "https://www.example.com/p?q", "www.example.com:443").Replace(squidLine),
		"Squid's user":                   strings.Replace(squidLine, " - FIRSTUP", " alice FIRSTUP", 1),
		"Squid asks for a name":          strings.Replace(squidLine, "TCP_MISS/200", "TCP_DENIED/407", 1),
		"what Squid denies":              strings.Replace(squidLine, "TCP_MISS/200", "TCP_DENIED/403", 1),
	} {
		t.Run(name, func(t *testing.T) {
			var columns Columns
			assert.False(t, columns.Read(line, &Header{}))
		})
	}
}
