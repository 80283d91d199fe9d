// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

func TestACapturedFileBecomesVisits(t *testing.T) {
	start := time.Date(2026, 5, 4, 9, 15, 2, 120e6, time.UTC)
	want := []request{
		{
			id: "000001", start: start, duration: 38 * time.Millisecond, method: "GET", host: "www.example.com",
			path: "/guides/llamas", query: "visit=000001&utm_source=chatgpt.com", status: 200, agent: agents[0],
			client: "203.0.113.7", referer: "https://chatgpt.com/", contentType: "text/html; charset=utf-8",
		},
		{
			id: "000002", start: start.Add(884 * time.Millisecond), duration: 2 * time.Millisecond, method: "GET", host: "www.example.com",
			path: "/robots.txt", query: "visit=000002", status: 404, agent: "ClaudeBot/1.0", client: "2001:db8::7",
		},
		{
			// The time of the log record is when the request arrived.
			id: "000003", start: start.Add(2380 * time.Millisecond), duration: 12 * time.Millisecond, method: "GET", host: "docs.example.com",
			path: "/docs/", query: "visit=000003", status: 200, agent: "PerplexityBot/1.0", client: "203.0.113.9",
		},
	}
	r := newRig(t, fakeapi.Settings{}, "capture.yaml")
	r.start()
	r.waitVisits(len(want))
	r.stop()
	r.requireVisits(want, "")
}
