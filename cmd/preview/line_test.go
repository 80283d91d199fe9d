// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.Local)

func whole(n int) *int { return &n }

func TestVisitLinesAreAligned(t *testing.T) {
	lines := []string{
		palette{}.visitLine(newVisit(fakeapi.Visit{Destination: fakeapi.KnownAgents, KnownAgents: &fakeapi.KnownAgentsVisit{
			RequestPath: "/guides?utm_source=chatgpt.com", RequestMethod: "GET",
			RequestHeaders:     map[string]string{"user-agent": "Mozilla/5.0 (X11) Firefox/127"},
			ResponseStatusCode: whole(200), ResponseDurationInMilliseconds: whole(38),
			Created: noon.UTC().Format("2006-01-02T15:04:05.000Z"),
		}}, time.Time{})),
		palette{}.visitLine(newVisit(fakeapi.Visit{Destination: fakeapi.Scrunch, Scrunch: &fakeapi.ScrunchVisit{
			URL: "https://example.com:8443/a?b=c", Method: "OPTIONS", UserAgent: "GPTBot/1.2", StatusCode: 404, Timestamp: "1777888800",
		}}, time.Time{})),
		palette{}.visitLine(newVisit(fakeapi.Visit{Destination: fakeapi.KnownAgents, KnownAgents: &fakeapi.KnownAgentsVisit{RequestPath: "/", RequestMethod: "GET"}}, noon)),
	}
	scrunchTime := time.Unix(1777888800, 0).Local().Format(time.Stamp)
	assert.Equal(t, []string{
		"May  4 12:00:00  known_agents  Firefox                   GET     200     38 ms  /guides?utm_source=chatgpt.com  (sent by ChatGPT)",
		scrunchTime + "  scrunch       GPTBot                    OPTIONS 404      - ms  example.com:8443/a?b=c",
		"May  4 12:00:00  known_agents  no user agent             GET       -      - ms  /",
	}, lines)
}

func TestVisitorsCannotControlTheTerminal(t *testing.T) {
	const hostile = "\x1b]0;owned\a\r\n\x9b2J\u009b31m\u202e\u2028\u200b\x7f"
	from := fakeapi.Visit{Destination: fakeapi.KnownAgents, KnownAgents: &fakeapi.KnownAgentsVisit{
		RequestPath: "/" + hostile, RequestMethod: "GET", RequestHeaders: map[string]string{"user-agent": hostile, "signature-agent": hostile, "host": hostile},
	}}
	visit, history := newVisit(from, noon), newHistory()
	history.add(newRequest(from, noon))
	var printed, table bytes.Buffer
	(&printer{out: &printed, totals: newTotals(noon), history: history}).printTotals()
	require.NoError(t, writeCSV(&table, history.requests))

	refused := newRefusal(fakeapi.Request{Time: noon, Path: hostile, Method: hostile, Reason: hostile})
	for name, text := range map[string]string{
		"visit": palette{}.visitLine(visit), "refusal": palette{}.refusalLine(refused),
		"user agent": visit.UserAgent, "totals": strings.ReplaceAll(printed.String(), "\n", ""),
		"table": strings.ReplaceAll(strings.TrimPrefix(table.String(), byteOrderMark), "\n", ""),
	} {
		assert.Equal(t, text, report.Printable(text), name)
	}
	assert.Equal(t, `/\x1b]0;owned\a\r\n\ufffd2J\u009b31m\u202e\u2028\u200b\x7f`, strings.TrimPrefix(visit.Address, report.Printable(hostile)))
}

func TestLongTextsAreCut(t *testing.T) {
	visit := newVisit(fakeapi.Visit{Destination: fakeapi.KnownAgents, KnownAgents: &fakeapi.KnownAgentsVisit{
		RequestPath: "/" + strings.Repeat("a", 5000), RequestMethod: strings.Repeat("A", 50),
		RequestHeaders: map[string]string{"user-agent": strings.Repeat("b", 5000)},
	}}, noon)
	assert.Equal(t, "/"+strings.Repeat("a", maxText-2)+"…", visit.Address)
	assert.Less(t, len(palette{}.visitLine(visit)), 300)
}

func TestRefusedRequestsStandOut(t *testing.T) {
	r := fakeapi.Request{
		Time: noon, Destination: fakeapi.Scrunch, Method: "POST", Path: "/x", BodySize: 12, Status: 422, Reason: "visit[0]: url: is required",
	}
	assert.Equal(t, " !! REFUSED 422   May  4 12:00:00  scrunch  POST /x (12 bytes): visit[0]: url: is required", palette{}.refusalLine(newRefusal(r)))
	r.Status, r.Destination = 0, fakeapi.Unknown
	assert.Contains(t, palette{}.refusalLine(newRefusal(r)), "REFUSED no answer   May  4 12:00:00  no API  POST")

	colours := palette{alarm: "<alarm>", bad: "<bad>", reset: "<reset>"}
	assert.True(t, strings.HasPrefix(colours.refusalLine(newRefusal(r)), "<alarm> !! REFUSED"))
	assert.Contains(t, colours.visitLine(visit{Status: 404}), "<bad>404<reset>")
	assert.NotContains(t, colours.visitLine(visit{Status: 200}), "<bad>")
}

func TestOnlyATerminalGetsColours(t *testing.T) {
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, like a terminal
	require.NoError(t, err)
	defer func() { _ = device.Close() }()
	file, err := os.Create(t.TempDir() + "/out")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	env := func(name, value string) func(string) string {
		return func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		}
	}
	assert.NotEqual(t, palette{}, newPalette(device, env("NO_COLOR", "")))
	assert.Equal(t, palette{}, newPalette(device, env("NO_COLOR", "1")))
	assert.Equal(t, palette{}, newPalette(device, env("TERM", "dumb")))
	assert.Equal(t, palette{}, newPalette(file, env("", "")))
	assert.Equal(t, palette{}, newPalette(&bytes.Buffer{}, env("", "")))
}
