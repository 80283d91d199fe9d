// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	cloudFrontLine = "2026-05-04\t09:15:02\tLHR3-C1\t1024\t203.0.113.9\tGET\td111111abcdef8.cloudfront.net\t/p\t200\t-\tcurl\tq\t-\tHit\tabc==\twww.example.com\thttps\t23\t0.038\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.038\tHit\ttext/html\t78\t-\t-"
	iisLine        = "2026-05-04 09:15:02 10.0.0.7 GET /p q 443 - 203.0.113.9 curl/8+(x) - 200 0 0 38"
	iis7Line       = "2026-05-04 09:15:02 10.0.0.7 GET /p q 443 - 203.0.113.9 curl/8+(x) 200 0 0 38"
	elbLine        = `https 2026-05-04T09:15:02.158Z app/web/50dc6c495c0c9188 203.0.113.9:4711 10.0.0.9:80 0.000 0.038 0.000 200 200 34 366 "GET https://www.example.com:443/p?q HTTP/1.1" "curl 8" ECDHE TLSv1.2 arn "Root=1-2" "www.example.com" "arn" 0`
)

func TestColumnsHaveTheirNames(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want map[string]string // some of the columns
	}{
		"CloudFront":                {cloudFrontLine, map[string]string{"c-ip": "203.0.113.9", "cs-uri-stem": "/p", "cs-uri-query": "q", "x-host-header": "www.example.com", "sc-range-end": "-"}},
		"IIS":                       {iisLine, map[string]string{"c-ip": "203.0.113.9", "cs(User-Agent)": "curl/8+(x)", "cs(Referer)": "-", "time-taken": "38"}},
		"IIS 7":                     {iis7Line, map[string]string{"c-ip": "203.0.113.9", "sc-status": "200", "time-taken": "38"}},
		"load balancer":             {elbLine, map[string]string{"request": "GET https://www.example.com:443/p?q HTTP/1.1", "user_agent": "curl 8", "priority": "0"}},
		"load balancer, and more":   {elbLine + ` 2026-05-04T09:15:02.120Z "forward" "-"`, map[string]string{"priority": "0"}},
		"load balancer over HTTP/2": {"h2" + strings.TrimPrefix(elbLine, "https"), map[string]string{"url.scheme": "h2"}},
	} {
		t.Run(name, func(t *testing.T) {
			var columns Columns
			assert.True(t, columns.Read(c.line, &Header{}))
			got := maps.Collect(columns.All())
			for key, text := range c.want {
				assert.Equal(t, text, got[key], key)
			}
		})
	}
}

func TestOtherColumnsAreNotRead(t *testing.T) {
	for name, line := range map[string]string{
		"empty":                 "",
		"a comment":             "#Fields: date time s-ip cs-method",
		"one column too few":    cloudFrontLine[:strings.LastIndexByte(cloudFrontLine, '\t')],
		"one column too many":   cloudFrontLine + "\tx",
		"no day":                "x" + iisLine,
		"no time":               strings.Replace(iisLine, "09:15:02", "soon", 1),
		"another first word":    "x" + elbLine,
		"an unfinished quoting": elbLine[:strings.LastIndexByte(elbLine, '"')],
		"too many columns":      elbLine + strings.Repeat(" x", maxColumns),
	} {
		t.Run(name, func(t *testing.T) {
			var columns Columns
			assert.False(t, columns.Read(line, &Header{}))
		})
	}
}
