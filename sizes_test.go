// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// recommended are usual values of the headers that docs/headers.md recommends to capture. The
// signature is that of an agent, whose visits are the largest.
var recommended = map[string]string{
	"request.header.referer":              "https://chatgpt.com/",
	"request.header.host":                 "www.example.com",
	"request.header.x-forwarded-for":      "198.51.100.23, 203.0.113.77",
	"request.header.x-forwarded-host":     "www.example.com",
	"request.header.x-forwarded-proto":    "https",
	"request.header.forwarded":            `for=198.51.100.23;proto=https;host=www.example.com`,
	"request.header.x-real-ip":            "198.51.100.23",
	"request.header.cf-connecting-ip":     "198.51.100.23",
	"request.header.from":                 "crawler@agent.example",
	"request.header.accept":               "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
	"request.header.accept-language":      "en-US,en;q=0.9",
	"request.header.signature":            "sig1=:" + strings.Repeat("QUJD", 22) + ":",
	"request.header.signature-input":      `sig1=("@authority" "@method" "@path" "signature-agent");created=1777886102;expires=1777889702;keyid="` + strings.Repeat("k", 43) + `";alg="ed25519";nonce="` + strings.Repeat("n", 86) + `";tag="web-bot-auth"`,
	"request.header.signature-agent":      `"https://agent.example"`,
	"request.header.mcp-protocol-version": "2025-11-25",
	"request.header.dnt":                  "0",
	"response.header.content-type":        "text/html; charset=utf-8",
}

// visitsIn is how many visits take so many bytes in the queue: with nothing captured, and
// with all that is recommended.
func visitsIn(t *testing.T, cfg *Config, bytes int) (plain, full int) {
	t.Helper()
	counts := make([]int, 0, 2)
	for _, headers := range []map[string]string{nil, recommended} {
		td := fixture.NewTraces("/guides/how-to-care-for-llamas")
		attributes := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
		attributes.PutStr("user_agent.original", fixture.Truth.UserAgent)
		for name, text := range headers {
			attributes.PutStr("http."+name, text)
		}
		b := batchOf(newTestIntake(t, cfg).fromTraces(t.Context(), td))
		require.NotNil(t, b)
		counts = append(counts, bytes/b.BytesSize())
	}
	return counts[0], counts[1]
}

// numbersIn are the numbers between two texts of a document.
func numbersIn(t *testing.T, document, before, after string) (found []float64) {
	t.Helper()
	_, rest, ok := strings.Cut(fixture.ReadFile(t, document), before)
	require.True(t, ok, "%s: no %q", document, before)
	part, _, ok := strings.Cut(rest, after)
	require.True(t, ok, "%s: no %q", document, after)
	for word := range strings.FieldsSeq(part) {
		if n, err := strconv.ParseFloat(strings.ReplaceAll(word, ",", ""), 64); err == nil {
			found = append(found, n)
		}
	}
	require.NotEmpty(t, found, "%s: no number after %q", document, before)
	return found
}

// TestDocumentsGiveTrueNumbersOfVisits computes from encoded visits what the documents say
// of the queue's size, and allows a tenth.
func TestDocumentsGiveTrueNumbersOfVisits(t *testing.T) {
	for name, c := range map[string]struct {
		cfg                     *Config
		bytes                   int
		document, before, after string
		unit                    float64 // how many visits a number there stands for
	}{
		"Known Agents":            {knownAgentsConfig(""), defaultQueueBytes, "docs/options.md", "64 MiB: ", " visits for Known Agents", 1},
		"Scrunch":                 {scrunchConfig(""), defaultQueueBytes, "docs/options.md", " visits for Known Agents, ", " for Scrunch", 1},
		"1 GiB, for Known Agents": {knownAgentsConfig(""), 1 << 30, "examples/file-storage/collector.yaml", "# 1 GiB: ", " million visits", 1e6},
	} {
		t.Run(name, func(t *testing.T) {
			plain, full := visitsIn(t, c.cfg, c.bytes)
			said := numbersIn(t, c.document, c.before, c.after)
			assert.InEpsilon(t, full, said[0]*c.unit, 0.1, "with all headers")
			assert.InEpsilon(t, plain, said[len(said)-1]*c.unit, 0.1, "with none")
		})
	}
}

// TestTheProductionPageGivesTrueBytesOfAVisit: its tables count with three captured headers,
// and it says what fewer and more of them take.
func TestTheProductionPageGivesTrueBytesOfAVisit(t *testing.T) {
	plain, full := visitsIn(t, knownAgentsConfig(""), 1<<30)
	const page = "docs/production.md"
	assert.InDelta(t, visitBytes, numbersIn(t, page, "A visit has ", " bytes, in the queue")[0], 0)
	assert.InEpsilon(t, (1<<30)/plain, numbersIn(t, page, "\nwhat this page counts with. It has ", " with none")[0], 0.05)
	assert.InEpsilon(t, (1<<30)/full, numbersIn(t, page, " with none, and some ", " with usual")[0], 0.05)
	plain, full = visitsIn(t, scrunchConfig(""), 1<<30)
	said := numbersIn(t, page, "For Scrunch it has some ", ". To tell inner hops")[0]
	assert.InEpsilon(t, (1<<30)/plain, said, 0.05)
	assert.InEpsilon(t, (1<<30)/full, said, 0.05)
}

// TestThePrivacyPageSaysHowMuchOfVisitsIsInMemory: each setting that bounds it stands there
// with its default.
func TestThePrivacyPageSaysHowMuchOfVisitsIsInMemory(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	_, row, found := strings.Cut(fixture.ReadFile(t, "docs/privacy.md"), "\n| In memory | ")
	require.True(t, found)
	row, _, _ = strings.Cut(row, "\n")
	for key, bytes := range map[string]int{
		"sending_queue::queue_size":    int(cfg.QueueConfig.Get().QueueSize),
		"visits::internal_hops_memory": cfg.Visits.Hops.Memory,
	} {
		_, rest, found := strings.Cut(row, "`"+key+"`")
		require.True(t, found, key)
		_, rest, _ = strings.Cut(rest, ", ")
		assert.Regexp(t, "^"+strconv.Itoa(bytes>>20)+" MiB by default", rest, key)
	}
}
