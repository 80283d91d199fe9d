// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"testing"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// BenchmarkHideInHeaders is what the search costs for a visit that has none.
func BenchmarkHideInHeaders(b *testing.B) {
	var texts [visit.FieldCount]string
	var present visit.FieldSet
	for name, text := range map[string]string{
		"user-agent": "Mozilla/5.0 (compatible; ExampleBot/1.0; +https://example.com/bot) AppleWebKit/537.36 (KHTML, like Gecko)", "accept-language": "de-AT,de;q=0.9,en;q=0.8",
		"referer": "https://www.example.org/search?q=shoes&page=2", "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "x-forwarded-for": "203.0.113.7, 198.51.100.3",
		"sec-fetch-site": "none", "accept-encoding": "gzip, deflate, br",
	} {
		texts[visit.RequestHeader(name)] = text
		present.Add(visit.RequestHeader(name))
	}
	v := &visit.Visit{}
	v.Borrow(&texts, &present)
	r := New(&Config{}, "")
	b.ReportAllocs()
	for b.Loop() {
		r.hideInHeaders(v)
	}
}
