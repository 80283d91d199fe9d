// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"testing"
)

// BenchmarkView makes the page's content of as many requests as are kept.
func BenchmarkView(b *testing.B) {
	h := newHistory()
	for i := range maxRequests {
		r := known(fmt.Sprintf("/guides/%d", i%5000), "", map[string]string{"user-agent": []string{gptBot, person, "curl/8.5.0"}[i%3]})
		r.Time += int64(i) * 1e9
		h.add(r)
	}
	now, _ := h.now()
	for name, f := range map[string]filter{"all": {}, "agent": {agent: "GPTBot"}, "search": {search: "guides/12"}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				newView(now, f, summary{}, noon)
			}
		})
	}
}
