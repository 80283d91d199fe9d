// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package translate_test

import (
	"fmt"
	"testing"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/translation"
)

// variedQuery is a query such as sites have. Some keys are usual, some are a site's
// own, and one query in sixteen has a secret.
func variedQuery(i int) string {
	mixed := int(uint32(i+1) * 2654435761 >> 8) // Knuth's multiplicative hash
	switch mixed % 16 {
	case 0, 1, 2, 3, 4:
		return fmt.Sprintf("utm_source=chatgpt.com&utm_medium=referral&utm_campaign=c%d", mixed%997)
	case 5, 6, 7:
		return fmt.Sprintf("q=%%C3%%BCber+llamas+%d&page=%d&lang=de", mixed%9973, mixed%7)
	case 8, 9:
		return fmt.Sprintf("category=wool&color=red&sort=price_asc&page=%d&in_stock=true", mixed%31)
	case 10, 11:
		return fmt.Sprintf("p=%d&preview_id=%d&theme_variant=b&srsltid=AfmBOo%x", mixed%9973, mixed%997, mixed)
	case 12, 13:
		return fmt.Sprintf("product_id=%d&variant=%d&selectedFacets[brand]=acme&gad_source=1", mixed%9973, mixed%97)
	case 14:
		return fmt.Sprintf("to=https%%3A%%2F%%2Fwww.example.com%%2Fguides%%2F%d&ref=nav", mixed%9973)
	default:
		return fmt.Sprintf("session_token=%x&page=%d", mixed, mixed%7)
	}
}

// BenchmarkQueries shows what a visit costs whose query must be searched for secrets.
// All queries differ.
func BenchmarkQueries(b *testing.B) {
	const visits = 512
	td := fixture.VisitTraces(visits)
	for i, span := range td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		span.Attributes().PutStr("url.query", variedQuery(i))
	}
	w := newWorkbench(translation.EncodeForKnownAgents)
	for b.Loop() {
		w.work(fixture.OfTraces(td))
	}
	fixture.PerItem(b, "ns/visit", w.visits)
}
