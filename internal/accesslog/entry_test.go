// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func read(line string, zone *time.Location) (e Entry, ok bool) {
	ok = e.Read(line, zone)
	return e, ok
}

func TestEachFormatIsRead(t *testing.T) {
	at := time.Date(2026, time.May, 4, 9, 15, 2, 0, time.UTC)
	const request = "GET /p?q HTTP/1.1"
	for name, c := range map[string]struct {
		line string
		want Entry
	}{
		"common": {
			`203.0.113.9 - alice [04/May/2026:11:15:02 +0200] "GET /p?q HTTP/1.1" 200 512`,
			Entry{RequestLine: request, Method: "GET", Status: 200, Client: "203.0.113.9", End: at.UnixNano(), WholeSeconds: true},
		},
		"combined, after a syslog header": {
			`May  4 09:15:02 web1 nginx: 203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /p?q HTTP/1.1" 404 - "https://chatgpt.com/" "curl"`,
			Entry{
				RequestLine: request, Method: "GET", Status: 404, Client: "203.0.113.9", Referer: "https://chatgpt.com/", UserAgent: "curl",
				End: at.UnixNano(), WholeSeconds: true, Names: Names{Program: "nginx:"},
			},
		},
		"Harbor, which writes no date, after a syslog header": {
			`May  4 09:15:02 172.18.0.1 proxy[12]: 203.0.113.9 - "GET /p?q HTTP/1.1" 200 512 "-" "curl" 0.038 0.037 .`,
			Entry{
				RequestLine: request, Method: "GET", Status: 200, Client: "203.0.113.9", Referer: "-", UserAgent: "curl",
				Duration: 38 * time.Millisecond, HasDuration: true, Names: Names{Program: "proxy[12]:"},
			},
		},
		"nginx's main": {
			`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /p?q HTTP/1.1" 200 512 "-" "curl" "198.51.100.7, 10.0.0.1"`,
			Entry{
				RequestLine: request, Method: "GET", Status: 200, Client: "203.0.113.9", Referer: "-", UserAgent: "curl", ForwardedFor: "198.51.100.7, 10.0.0.1",
				End: at.UnixNano(), WholeSeconds: true,
			},
		},
		"vhost_combined": {
			`www.example.com:443 203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /p?q HTTP/1.1" 200 512 "-" "curl"`,
			Entry{
				RequestLine: request, Method: "GET", Status: 200, Client: "203.0.113.9", Host: "www.example.com:443", Referer: "-", UserAgent: "curl",
				End: at.UnixNano(), WholeSeconds: true,
			},
		},
		"Traefik": {
			`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /p?q HTTP/1.1" 200 512 "-" "curl" 7 "web@docker" "http://10.0.0.9:80" 38ms`,
			Entry{
				RequestLine: request, Method: "GET", Status: 200, Client: "203.0.113.9", Referer: "-", UserAgent: "curl",
				Start: at.UnixNano(), Duration: 38 * time.Millisecond, HasDuration: true,
			},
		},
		"ingress-nginx": {
			`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /p?q HTTP/1.1" 200 512 "-" "curl" 390 0.038 [web-80] [] 10.0.0.9:80 512 0.037 200 id`,
			Entry{
				RequestLine: request, Method: "GET", Status: 200, Client: "203.0.113.9", Referer: "-", UserAgent: "curl",
				End: at.UnixNano(), WholeSeconds: true, Duration: 38 * time.Millisecond, HasDuration: true,
			},
		},
		"HAProxy, in the zone of the host": {
			`<134>May  4 11:15:02 lb haproxy[7]: 203.0.113.9:4711 [04/May/2026:11:15:02.120] http-in static/srv1 10/0/30/69/+109 200 2750 - - ---- 1/1/1/1/0 0/0 {www.example.com} "GET /p?q HTTP/1.1"`,
			Entry{
				RequestLine: request, Method: "GET", Status: 200, Client: "203.0.113.9",
				Start: at.Add(120 * time.Millisecond).UnixNano(), Duration: 109 * time.Millisecond, HasDuration: true, Names: Names{Program: "haproxy[7]:"},
			},
		},
		"Envoy": {
			`[2026-05-04T09:15:02.120Z] "GET /p?q HTTP/1.1" 200 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "curl" "id" "www.example.com" "10.0.0.9:80"`,
			Entry{
				RequestLine: request, Method: "GET", Status: 200, ForwardedFor: "203.0.113.9", UserAgent: "curl", Host: "www.example.com",
				Start: at.Add(120 * time.Millisecond).UnixNano(), Duration: 38 * time.Millisecond, HasDuration: true,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := read(c.line, time.FixedZone("", 2*60*60))
			assert.True(t, ok)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestOtherLinesAreNotRead(t *testing.T) {
	for name, line := range map[string]string{
		"empty":                           ``,
		"no access log":                   `2026-05-04T09:15:02Z INFO listening on [::]:8080`,
		"a date and nothing else":         `203.0.113.9 - - [04/May/2026:09:15:02 +0000]`,
		"a broken request":                `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "\x16\x03\x01" 400 150`,
		"a status of two digits":          `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 20`,
		"a date that cannot be":           `203.0.113.9 - - [99/May/2026:09:15:02 +0000] "GET / HTTP/1.1" 200 5`,
		"HAProxy's TCP format":            `203.0.113.9:4711 [04/May/2026:09:15:02.120] tcp-in db/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0`,
		"HAProxy, cut off":                `203.0.113.9:4711 [04/May/2026:09:15:02.120] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HT`,
		"Envoy, a mark in the path":       `[2026-05-04T09:15:02.120Z] "GET /a"200 HTTP/1.1" 404 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "curl" "id" "www.example.com" "10.0.0.9:80"`,
		"Envoy, two marks in the path":    `[2026-05-04T09:15:02.120Z] "GET /a HTTP/1.1" 200 - "x HTTP/1.1" 404 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "curl" "id" "www.example.com" "10.0.0.9:80"`,
		"Envoy, a mark after a backslash": `[2026-05-04T09:15:02.120Z] "GET / HTTP/1.1" 404 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "a\" b" "id" "www.example.com" "10.0.0.9:80"`,
		"Envoy, without its numbers":      `[2026-05-04T09:15:02.120Z] "GET / HTTP/1.1" 200 - via_upstream - "-"`,
	} {
		t.Run(name, func(t *testing.T) {
			_, ok := read(line, time.UTC)
			assert.False(t, ok)
		})
	}
}

// TestMoreColumnsAreReadInManyPlaces: docs/access-logs.md recommends the end of the line.
func TestMoreColumnsAreReadInManyPlaces(t *testing.T) {
	const client, date, request, agent = `203.0.113.9 - - `, `[04/May/2026:09:15:02 +0000] `, `"GET /a HTTP/1.1" 200 12 `, `"-" "ExampleBot/1.0"`
	for name, c := range map[string]struct {
		line, host, forwardedFor string
		duration                 time.Duration
		notRead                  bool
	}{
		"host, between":               {line: client + date + `www.example.com ` + request + agent, host: "www.example.com"},
		"host, after the size":        {line: client + date + request + `host=www.example.com ` + agent, host: "www.example.com"},
		"host, bare at the end":       {line: client + date + request + agent + ` www.example.com`},
		"host, alone in marks":        {line: client + date + request + agent + ` "www.example.com"`},
		"host beside an absent chain": {line: client + date + request + agent + ` "www.example.com" "-"`, host: "www.example.com"},
		"host after a third text":     {line: client + date + request + agent + ` "x" "-" "www.example.com"`},
		"chain at the end":            {line: client + date + request + agent + ` xff=198.51.100.7`, forwardedFor: "198.51.100.7"},
		"chain in the third text":     {line: client + date + request + agent + ` "x" "y" "198.51.100.7"`},
		"chain, between":              {line: client + date + `198.51.100.7, 10.0.0.1 ` + request + agent, notRead: true},
		"duration, before":            {line: `38ms ` + client + date + request + agent},
		"duration, between":           {line: client + date + `38ms ` + request + agent, duration: 38 * time.Millisecond},
		"duration, after the size":    {line: client + date + request + `0.038 ` + agent, duration: 38 * time.Millisecond},
		"duration at the end":         {line: client + date + request + agent + ` 0.038012`, duration: 38012 * time.Microsecond},
		"duration of four places":     {line: client + date + request + agent + ` 0.0380`},
		"duration under another name": {line: client + date + request + agent + ` upstream=0.038`},
		"id, between":                 {line: client + date + `0f1e55a0 ` + request + agent, notRead: true},
		"id that is a number":         {line: client + date + `4711 ` + request + agent},
		"id at the end":               {line: client + date + request + agent + ` 0f1e55a0`},
	} {
		t.Run(name, func(t *testing.T) {
			e, ok := read(c.line, time.UTC)
			assert.Equal(t, !c.notRead, ok)
			if !ok {
				return
			}
			assert.Equal(t, "203.0.113.9", e.Client)
			assert.Equal(t, c.host, e.Host)
			assert.Equal(t, c.forwardedFor, e.ForwardedFor)
			assert.Equal(t, c.duration, e.Duration)
		})
	}
}

// TestAMillionEscapesThatAreNoColoursStay takes a minute if the end of each is sought in all that
// follows. Where a server does not escape them, a visitor may write them.
func TestAMillionEscapesThatAreNoColoursStay(t *testing.T) {
	line := strings.Repeat("\x1b[", 1<<20)
	assert.Len(t, withoutColours(line), len(line))
}
