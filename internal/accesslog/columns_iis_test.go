// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
)

// iisStart are the columns from the day to the client.
const iisStart = "2026-05-04 09:15:02 W3SVC7 WEB3 10.0.0.7 GET /p q=1 443 - 203.0.113.9 "

// TestColumnsOfIISAreToldByForm: after a restart in the middle of a file the header is
// not known.
func TestColumnsOfIISAreToldByForm(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want map[string]string // besides method, path, query, client
	}{
		"all columns": {
			iisStart + "HTTP/2.0 curl/8 a=1;+b=2 https://chatgpt.com/ www.example.com 404 0 2 1437 534 38",
			map[string]string{"cs(User-Agent)": "curl/8", "cs(Referer)": "https://chatgpt.com/", "cs-host": "www.example.com", "sc-status": "404", "duration_ms": "38"},
		},
		"the host besides the default": {
			iisStart + "curl/8 - www.example.com 200 0 0 38",
			map[string]string{"cs(User-Agent)": "curl/8", "cs-host": "www.example.com", "sc-status": "200", "duration_ms": "38"},
		},
		"the cookie and the referer": {
			iisStart + "curl/8 a=1 https://chatgpt.com/ 200 0 0 38",
			map[string]string{"cs(User-Agent)": "curl/8", "cs(Referer)": "https://chatgpt.com/", "sc-status": "200", "duration_ms": "38"},
		},
		"the cookie and the host": {
			iisStart + "curl/8 a=1 www.example.com:8443 200 0 0 38",
			map[string]string{"cs(User-Agent)": "curl/8", "cs-host": "www.example.com:8443", "sc-status": "200", "duration_ms": "38"},
		},
		"the version only": {
			iisStart + "HTTP/1.1 curl/8 200 0 0 38",
			map[string]string{"cs(User-Agent)": "curl/8", "sc-status": "200", "duration_ms": "38"},
		},
		"no header at all": {
			iisStart + "200 0 0 38",
			map[string]string{"sc-status": "200", "duration_ms": "38"},
		},
		"custom columns at the end": {
			iisStart + "curl/8 - 200 0 0 38 198.51.100.7,+10.0.0.1 0f1e",
			map[string]string{"cs(User-Agent)": "curl/8", "sc-status": "200", "duration_ms": "38"},
		},
		"two numbers, of which none may be the duration": {
			iisStart + "curl/8 - 200 0 0 1437 38",
			map[string]string{"cs(User-Agent)": "curl/8", "sc-status": "200"},
		},
		"objections after the duration, which look like sizes before one": {
			iisStart + "curl/8 - 200 0 0 38 1 1",
			map[string]string{"cs(User-Agent)": "curl/8", "sc-status": "200"},
		},
		"one text that may be referer or host": {
			iisStart + "curl/8 www.example.com 200 0 0 38",
			map[string]string{"cs(User-Agent)": "curl/8", "sc-status": "200", "duration_ms": "38"},
		},
		"a referer where the user agent is not selected": {
			iisStart + "https://chatgpt.com/ 200 0 0 38",
			map[string]string{"sc-status": "200", "duration_ms": "38"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var columns Columns
			assert.True(t, columns.Read(c.line, &Header{}))
			got := map[string]string{}
			for key, text := range columns.All() {
				if text != "" && text != "-" {
					got[key] = text
				}
			}
			maps.Copy(c.want, map[string]string{"cs-method": "GET", "cs-uri-stem": "/p", "cs-uri-query": "q=1", "c-ip": "203.0.113.9"})
			assert.Equal(t, c.want, got)
			assert.Equal(t, WithPlus, columns.Writing)
		})
	}
}

func TestDoubtfulLinesOfIISAreLeftOut(t *testing.T) {
	for name, line := range map[string]string{
		"a visitor's user agent is a status, and its referer a cause": iisStart + "200 0 404 0 2 38",
		"a visitor's cookie and referer are a status":                 iisStart + "curl/8 200 0 0 404 0 2 38",
		"no cause of the status":                                      iisStart + "curl/8 200 38",
		"a size where the status stands":                              iisStart + "curl/8 - 999 0 0 38",
		"cut off before the status":                                   iisStart + "curl/8+(compatible;+x)",
		"the query is not selected":                                   "2026-05-04 09:15:02 10.0.0.7 GET /p 443 - 203.0.113.9 curl/8 - 200 0 0 38",
		"the client is not selected":                                  "2026-05-04 09:15:02 10.0.0.7 GET /p - 443 - curl/8 - www.example.com 200 0 0 38",
		"the client is no address":                                    "2026-05-04 09:15:02 10.0.0.7 GET /p - 443 - client curl/8 - 200 0 0 38",
		"the path is none":                                            "2026-05-04 09:15:02 10.0.0.7 GET p - 443 - 203.0.113.9 curl/8 - 200 0 0 38",
		"the method is of another protocol":                           "2026-05-04 09:15:02 10.0.0.7 STOR /p - 21 - 203.0.113.9 curl/8 - 200 0 0 38",
		"more headers than IIS has":                                   iisStart + "a b c d e 200 0 0 38",
	} {
		t.Run(name, func(t *testing.T) {
			var columns Columns
			assert.False(t, columns.Read(line, &Header{}))
		})
	}
}
