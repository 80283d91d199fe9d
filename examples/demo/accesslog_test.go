// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// configuredRegex is the regex with which the demo's Collector parses lines.
func configuredRegex(t *testing.T) *regexp.Regexp {
	t.Helper()
	config, err := os.ReadFile("collector.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`regex: '(.*)'`).FindSubmatch(config)
	if found == nil {
		t.Fatal("collector.yaml has no regex")
	}
	return regexp.MustCompile(string(found[1]))
}

func TestTheAccessLogHasTheCombinedFormat(t *testing.T) {
	for name, test := range map[string]struct {
		method, target string
		header         map[string]string
		want           string
	}{
		"all fields": {
			http.MethodPost, "/posts/a?utm_source=x",
			map[string]string{"X-Forwarded-For": "203.0.113.9, 10.0.0.1", "Referer": "https://chatgpt.com/", "User-Agent": "Some/1.0 (agent)"},
			`203.0.113.9 - - [04/May/2026:09:15:02 +0200] "POST /posts/a?utm_source=x HTTP/1.1" 201 5 "https://chatgpt.com/" "Some/1.0 (agent)"` + "\n",
		},
		"no optional field": {
			http.MethodGet, "/",
			map[string]string{"X-Forwarded-For": "unknown"},
			`192.0.2.1 - - [04/May/2026:09:15:02 +0200] "GET / HTTP/1.1" 201 5 "-" "-"` + "\n",
		},
		"an attempt to forge a line": {
			http.MethodGet, "/",
			map[string]string{"User-Agent": "a\" 200\\\n1.2.3.4 é"},
			`192.0.2.1 - - [04/May/2026:09:15:02 +0200] "GET / HTTP/1.1" 201 5 "-" "a\x22 200\x5C\x0A1.2.3.4 \xC3\xA9"` + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			arrived := time.Date(2026, 5, 4, 9, 15, 2, 0, time.FixedZone("", 2*60*60))
			log := &accessLog{out: &out, now: func() time.Time { return arrived }}
			request := httptest.NewRequestWithContext(t.Context(), test.method, test.target, http.NoBody)
			for key, value := range test.header {
				request.Header.Set(key, value)
			}
			log.wrap(answer(http.StatusCreated, "text/plain", "hello", 0)).ServeHTTP(httptest.NewRecorder(), request)
			if out.String() != test.want {
				t.Errorf("got  %swant %s", out.String(), test.want)
			}
			fields := configuredRegex(t).FindStringSubmatch(strings.TrimSuffix(out.String(), "\n"))
			if fields == nil {
				t.Fatal("the regex in collector.yaml does not match the line")
			}
			if path := fields[configuredRegex(t).SubexpIndex("path")]; path != test.target {
				t.Errorf("path = %q, want %q", path, test.target)
			}
		})
	}
}
