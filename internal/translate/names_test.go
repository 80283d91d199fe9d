// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// prefixedLines are lines that stand after a prefix.
var prefixedLines = map[string]string{
	"combined":      `203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8.9.1"`,
	"no date":       `203.0.113.9 - - "GET /a HTTP/1.1" 200 512 "-" "curl/8.9.1"`,
	"Envoy":         `[2026-05-04T09:15:02.120Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 5 38 37 "203.0.113.9" "curl" "id" "www.example.com" "10.0.0.9:80"`,
	"morgan":        `GET /a 200 38.1 ms - 512`,
	"Next.js":       `GET /a 200 in 38ms`,
	"HAProxy":       `203.0.113.9:4711 [04/May/2026:09:15:02.120] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /a HTTP/1.1"`,
	"JSON":          `{"method":"GET","path":"/a","status":200}`,
	"pairs":         `method=GET path=/a status=200`,
	"client, dated": `203.0.113.9 - - 2026-05-04T09:15:02Z "GET /a HTTP/1.1" 200 512 "-" "curl/8.9.1"`,
}

// tellsWho are those of them that tell who asked.
var tellsWho = []string{"combined", "no date", "Envoy", "HAProxy", "client, dated"}

// carrierPrefixes are what syslog, a runtime and a logger write.
var carrierPrefixes = []string{
	`<134>May  4 09:15:02 web1 app[7]: `, `<134>1 2026-05-04T09:15:02Z client1 backend 7 - - `, `<134>1 2026-05-04T09:15:02Z web1 app 7 - - `, `<134>1 2026-05-04T09:15:02Z web1 app 7 - [a b="{c=d}"] `, `May  4 09:15:02 web1 app: `,
	`web-1  | `, `client-1  | `, `2026-05-04T09:15:02.120Z INFO `, `2026-05-04 09:15:02 INFO `, `[2026-05-04 09:15:02] [INFO] `,
}

func TestALineAfterANameIsReadUnlessItIsThatOfACaller(t *testing.T) {
	for form, line := range prefixedLines {
		for _, prefix := range carrierPrefixes {
			if form == "HAProxy" && prefix[0] == '[' { // whose date is not the first one
				continue
			}
			_, skip := translateText(prefix + line)
			assert.Equal(t, visit.NotSkipped, skip, "%s: %s", form, prefix+line)
			for _, name := range []string{
				"Expected: ", "Actual: ", "Mock: ", "Response: ", "Slow: ", "Error: ", "Retrying: ", "expected: ", "mock: ", "curl: ", "retrying: ",
				"FAIL: ", "skipped: ", "payload: ", "[axios] ", "[http-client] ", "[retry 2] ", "shop.HttpClient: ",
			} {
				if form == "pairs" && (name == "Response: " || name == "Slow: " || name == "Error: ") { // a message beside pairs
					continue
				}
				if slices.Contains(tellsWho, form) || form == "pairs" && name[0] == '[' { // see below
					continue
				}
				_, skip := translateText(prefix + name + line)
				assert.Equal(t, visit.SkipNotAccessLog, skip, "%s: %s", form, prefix+name+line)
			}
			for _, name := range []string{"access: ", "[access] ", "[main] ", "shop.access: "} {
				_, skip := translateText(prefix + name + line)
				assert.Equal(t, visit.NotSkipped, skip, "%s: %s", form, prefix+name+line)
			}
		}
	}
}

// TestANameBeforeALineThatTellsWhoAskedSaysNothing: a visitor may have written it, as the number of
// his request, which chi and Rails write in brackets, or as X-Forwarded-For.
func TestANameBeforeALineThatTellsWhoAskedSaysNothing(t *testing.T) {
	for _, form := range tellsWho {
		for _, prefix := range carrierPrefixes {
			if form == "HAProxy" && prefix[0] == '[' { // whose date is not the first one
				continue
			}
			for _, name := range []string{"[axios] ", "[http-client] ", "[retry 2] ", "curl: ", "shop.HttpClient: "} {
				_, skip := translateText(prefix + name + prefixedLines[form])
				assert.Equal(t, visit.NotSkipped, skip, "%s: %s", form, prefix+name)
			}
		}
	}
	const rest = ` - - [04/May/2026:09:15:02 +0000] "GET /a HTTP/1.1" 200 512 "-" "curl/8.9.1"`
	for _, line := range []string{
		`2026/05/04 09:15:02 [client] "GET http://www.example.com/a HTTP/1.1" from 203.0.113.9:4711 - 200 512B in 38.1ms`,
		`2026/05/04 09:15:02 [x] axios: [y] "GET http://www.example.com/a HTTP/1.1" from 203.0.113.9:4711 - 200 512B in 38.1ms`,
		`[client] method=GET path=/a format=html controller=Guides action=show status=200 duration=38.00`,
		`[client] {"method":"GET","path":"/a","status":200,"user_agent":"x"}`,
		`<134>May  4 09:15:02 web1 client[7]: {"method":"GET","path":"/a","status":200,"user_agent":"x"}`,
		`<134>May  4 09:15:02 web1 client[7]: 203.0.113.9` + rest,
		`Expected:` + rest, `curl:` + rest, `203.0.113.9, Expected:` + rest, `Expected: 203.0.113.9` + rest, `curl: 203.0.113.9` + rest,
	} {
		_, skip := translateText(line)
		assert.Equal(t, visit.NotSkipped, skip, line)
	}
	for _, line := range []string{
		`[axios] {"method":"GET","path":"/a","status":200}`, `shop.HttpClient: {"method":"GET","path":"/a","status":200,"user_agent":"x"}`,
		`axios: method=GET path=/a status=200 user_agent=x`, `[main] axios: method=GET path=/a status=200 user_agent=x`,
	} {
		_, skip := translateText("2026-05-04 09:15:02 INFO " + line)
		assert.Equal(t, visit.SkipNotAccessLog, skip, "the agent can be that of the program: %s", line)
	}
}

// TestALineWithoutAClientIsOfAProgramThatServes: any program could say so of a call, a job or a test.
func TestALineWithoutAClientIsOfAProgramThatServes(t *testing.T) {
	for names, want := range map[string]visit.SkipReason{
		"": visit.NotSkipped, "app: ": visit.NotSkipped, "[http] ": visit.NotSkipped, "[main] ": visit.NotSkipped, "[http-nio-8080-exec-1] c.example.shop.AccessLog : ": visit.NotSkipped,
		"[7] ": visit.NotSkipped, "[7f0e1d2c-0f1e-4a5b-8c9d-0e1f2a3b4c5d] ": visit.NotSkipped, "[f0e1d2c3-0f1e-4a5b-8c9d-0e1f2a3b4c5d] ": visit.NotSkipped, "[f0e1d2c3b4a5] ": visit.NotSkipped, "RequestLogger: ": visit.NotSkipped, "web.access: ": visit.NotSkipped,
		"cron: ": visit.SkipNotAccessLog, "[scheduler] ": visit.SkipNotAccessLog, "(attempt 2) ": visit.SkipNotAccessLog, "[attempt 2/3] ": visit.SkipNotAccessLog,
		"benchmark: ": visit.SkipNotAccessLog, "http_test.go:12: ": visit.SkipNotAccessLog, "slow: ": visit.SkipNotAccessLog, "[elasticsearch] ": visit.SkipNotAccessLog,
		"[http] cron: ": visit.SkipNotAccessLog, "app.test: ": visit.SkipNotAccessLog,
	} {
		for _, form := range []string{"morgan", "Next.js"} {
			for _, prefix := range []string{"2026-05-04 09:15:02 INFO ", "[2026-05-04 09:15:02] ", "INFO "} {
				_, skip := translateText(prefix + names + prefixedLines[form])
				assert.Equal(t, want, skip, prefix+names+form)
			}
		}
		_, skip := translateText("I, [2026-05-04T09:15:02.120034 #7]  INFO -- : " + names + prefixedLines["morgan"])
		assert.Equal(t, want, skip, "Ruby: %s", names)
		_, skip = translateText("2026-05-04 09:15:02 INFO " + names + prefixedLines["combined"])
		assert.Equal(t, visit.NotSkipped, skip, "a client and a date show the log: %s", names)
	}
}

func TestASentenceAloneIsNoPrefix(t *testing.T) {
	for form, line := range prefixedLines {
		if form == "combined" || form == "client, dated" { // the word may be X-Forwarded-For
			continue
		}
		for _, name := range []string{"Expected: ", "INFO: Expected: ", "May  4 09:15:02 Expected: ", "2026-05-04 09:15:02 Mock: ", "Calling: "} {
			_, skip := translateText(name + line)
			assert.Equal(t, visit.SkipNotAccessLog, skip, "%s: %s", form, name+line)
		}
	}
	for _, program := range []string{"May  4 09:15:02 web1 Caddy: ", "Caddy[7]: ", "INFO: ", "Info: "} {
		_, skip := translateText(program + prefixedLines["combined"])
		assert.Equal(t, visit.NotSkipped, skip, program)
	}
}

func TestWordsBeforePairsAreAMessage(t *testing.T) {
	for message, want := range map[string]visit.SkipReason{
		"Calling the shop ": visit.SkipNotAccessLog, "outgoing request ": visit.SkipNotAccessLog, "retry: ": visit.SkipNotAccessLog,
		"request completed ": visit.NotSkipped, "client request completed ": visit.NotSkipped, "http: ": visit.NotSkipped,
	} {
		for _, prefix := range append(carrierPrefixes, "") {
			_, skip := translateText(prefix + message + prefixedLines["pairs"])
			assert.Equal(t, want, skip, prefix+message)
		}
	}
}

func TestAPartOfALineSaysNothing(t *testing.T) {
	for form, line := range prefixedLines {
		for _, prefix := range carrierPrefixes {
			_, skip := translateText(prefix + "2026-05-04T09:15:02.120Z stdout P " + line)
			assert.Equal(t, visit.SkipNotAccessLog, skip, "%s: %s", form, prefix)
		}
		for _, prefix := range carrierPrefixes[:7] {
			_, skip := translateText(prefix + "2026-05-04T09:15:02.120Z stderr F " + line)
			assert.Equal(t, visit.NotSkipped, skip, "%s: %s", form, prefix)
		}
	}
}
