// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// blockForm matches a fenced block of a Markdown text: its language and its content.
var blockForm = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```")

// blocks returns the fenced blocks of a language in a document.
func blocks(t *testing.T, document, language string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", document))
	require.NoError(t, err)
	var blocks []string
	for _, found := range blockForm.FindAllStringSubmatch(string(text), -1) {
		if found[1] == language {
			blocks = append(blocks, found[2])
		}
	}
	return blocks
}

// wholeConfigs returns the complete configurations in a document.
func wholeConfigs(t *testing.T, document string) []string {
	t.Helper()
	var configs []string
	for _, text := range blocks(t, document, "yaml") {
		if strings.Contains(text, "\nservice:") {
			configs = append(configs, text)
		}
	}
	require.NotEmpty(t, configs, document)
	return configs
}

// The test uses the two configurations of the README and the span that docs/spans.md
// sends with curl. It changes only the addresses.
func TestTheConfigurationsInTheReadmeDeliverTheSpanOfTheDocuments(t *testing.T) {
	for i, destination := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		t.Run(string(destination), func(t *testing.T) {
			r := newRig(t, fakeapi.Settings{})
			copied := filepath.Join(r.dir, "copied.yaml")
			require.NoError(t, os.WriteFile(copied, []byte(wholeConfigs(t, "README.md")[i]), 0o600))
			r.configs = []string{copied, "yaml:" + fmt.Sprintf(readmeAddresses, destination)}
			r.env["KNOWN_AGENTS_ACCESS_TOKEN"] = accessToken
			r.env["SCRUNCH_SITE_ID"], r.env["SCRUNCH_API_KEY"] = siteID, apiKey
			r.start()
			before := time.Now().Truncate(time.Second)
			r.postDocumentedSpan()
			require.NoError(t, r.api.WaitVisits(r.ctx, destination, 1))
			r.stop()
			if destination == fakeapi.Scrunch {
				got := r.api.ScrunchVisits()[0]
				assert.Equal(t, "https://www.example.com/a-first-visit", got.URL)
				assert.WithinRange(t, got.Time(), before, time.Now())
				return
			}
			got := r.api.KnownAgentsVisits()[0]
			assert.Equal(t, "/a-first-visit", got.RequestPath)
			assert.Equal(t, "ExampleBot/1.0", got.RequestHeaders["user-agent"])
		})
	}
}

const readmeAddresses = `{receivers: {otlp: {protocols: {
  grpc: {endpoint: "127.0.0.1:${env:E2E_GRPC_PORT}"}, http: {endpoint: "127.0.0.1:${env:E2E_HTTP_PORT}"}}}},
exporters: {agent_visits/%s: {endpoint: "${env:E2E_KNOWN_AGENTS_ENDPOINT}", sending_queue: {batch: {flush_timeout: 100ms}}}},
extensions: {health_check: {endpoint: "127.0.0.1:${env:E2E_HEALTH_PORT}"}},
service: {extensions: [health_check], telemetry: {metrics: {level: none}}}}`

// postDocumentedSpan sends the span of the curl command in docs/spans.md.
func (r *rig) postDocumentedSpan() {
	r.t.Helper()
	for _, text := range blocks(r.t, "docs/spans.md", "sh") {
		_, body, found := strings.Cut(text, "/v1/traces -H 'Content-Type: application/json' -d '")
		if !found {
			continue
		}
		body = strings.TrimSuffix(strings.TrimSpace(body), "'")
		body = strings.ReplaceAll(body, "'$now'", strconv.FormatInt(time.Now().Unix(), 10))
		r.post("/v1/traces", "application/json", []byte(body))
		return
	}
	require.Fail(r.t, "docs/spans.md must send a span with curl")
}
