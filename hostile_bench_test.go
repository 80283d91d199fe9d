// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// hostileTexts are the worst patterns for the fields that are parsed, as
// key=pattern.
var hostileTexts = []string{
	"user_agent.original=a", "user_agent.original=Ã¼", "user_agent.original=A-",
	"url.path=/", "url.path=/é", "url.path=/%25", "url.path=/a;b=",
	"url.query=a=b&", "url.query=token=x&", "url.query=%74oken%3Dx%26", "url.query==//", "url.query=%25",
	"server.address=a.", "http.request.header.host=1.",
	"http.request.header.x-forwarded-for=10.0.0.1,", "http.request.header.x-forwarded-for=x,", "http.request.header.x-forwarded-for=,",
	"http.request.header.forwarded=for=10.0.0.1;a=b,", "http.request.header.forwarded=for=x;",
	"http.request.header.referer=%25", "http.request.header.referer==", "http.request.header.referer=&",
	"http.request.header.referer=@", "url.query=:%2F", "http.request.header.referer=:%5C", "http.request.header.referer=https:%2F%2Fa.b", "http.request.header.referer=://@", "http.request.header.referer=?a=b#",
	"request_headers={",
}

// hostileLinePatterns are repeated after the beginnings of lines.
var hostileLinePatterns = []string{`"`, `\`, "[", " ", "a=b ", "a "}

// BenchmarkHostile shows that the time for hostile input grows no faster than its
// size: ns/byte is about the same for ten times the bytes, if a cache holds both.
func BenchmarkHostile(b *testing.B) {
	makers := maps.Clone(hostileShapes)
	for _, text := range hostileTexts {
		key, pattern, _ := strings.Cut(text, "=")
		makers["text="+text] = func(n int) hostilePayload {
			return hostileText(key, repeated(pattern, n))
		}
	}
	for i, start := range hostileLines[:3] {
		for _, pattern := range hostileLinePatterns {
			makers[fmt.Sprintf("line=%d %s", i, pattern)] = func(n int) hostilePayload {
				return hostileBody(start + repeated(pattern, n/5))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(makers)) {
		for _, size := range []int{100_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/bytes=%d", name, size), func(b *testing.B) {
				p := makers[name](size)
				in := newTestIntake(b, knownAgentsConfig(""))
				for b.Loop() {
					batchOf(in.fromTraces(context.Background(), p.Traces))
					batchOf(in.fromLogs(context.Background(), p.Logs))
				}
				fixture.PerItem(b, "ns/byte", p.bytes*b.N)
			})
		}
	}
}
