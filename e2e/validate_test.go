// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
)

// validate runs the Collector's command of that name and returns its output and exit
// code.
func validate(t *testing.T, env []string, configs ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testLimit)
	defer cancel()
	arguments := []string{"validate"}
	for _, config := range configs {
		arguments = append(arguments, "--config", config)
	}
	var printed bytes.Buffer
	process, err := collector.Launch(collector.Command{Path: collectorPath, Args: arguments, Env: env, Log: &printed})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, process.Kill()) })
	_ = process.Wait(ctx) // the exit code says how it ended
	return printed.String(), process.ExitCode()
}

// frame is a configuration to which the lines of the exporter are appended.
const frame = `
receivers:
  otlp:
    protocols:
      grpc:
service:
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [agent_visits]
exporters:
  agent_visits:
`

// The lines of valid exporters.
const (
	goodKnownAgents = "known_agents: { access_token: " + accessToken + " }"
	goodScrunch     = "scrunch: { site_id: " + siteID + ", api_key: " + apiKey + " }"
)

func TestValidateNamesTheKeyAndTheRemedy(t *testing.T) {
	for name, row := range map[string]struct {
		exporter []string // its lines
		want     []string // texts in the message
	}{
		"no destination":            {[]string{"endpoint: https://api.example.com"}, []string{"known_agents", "scrunch"}},
		"both destinations":         {[]string{goodKnownAgents, goodScrunch}, []string{"known_agents", "scrunch", "both"}},
		"no token":                  {[]string{"known_agents: {}"}, []string{"known_agents::access_token", "${env:"}},
		"token variable not set":    {[]string{"known_agents: { access_token: '${env:E2E_NOT_SET}' }"}, []string{"known_agents::access_token", "${env:"}},
		"blank token":               {[]string{"known_agents: { access_token: '  ' }"}, []string{"access_token"}},
		"token with a line break":   {[]string{`known_agents: { access_token: "` + accessToken + `\n" }`}, []string{"access_token", "line break"}},
		"token not expanded":        {[]string{"known_agents: { access_token: '$${KEY}' }"}, []string{"access_token", "${env:"}},
		"no key":                    {[]string{"scrunch: { site_id: " + siteID + " }"}, []string{"scrunch::api_key", "${env:"}},
		"no site id":                {[]string{"scrunch: { api_key: " + apiKey + " }"}, []string{"site_id"}},
		"site id is not a ULID":     {[]string{"scrunch: { api_key: " + apiKey + ", site_id: www.example.com }"}, []string{"site_id", "15 characters", "ULID"}},
		"domain is a URL":           {[]string{"scrunch: { api_key: " + apiKey + ", site_id: " + siteID + ", domain: 'https://example.com/' }"}, []string{"`scrunch::domain`", "without scheme"}},
		"plain http":                {[]string{goodKnownAgents, "endpoint: http://api.example.com"}, []string{"endpoint", "http://api.example.com", "https"}},
		"user info in the endpoint": {[]string{goodKnownAgents, "endpoint: https://user:" + secret + "@api.example.com"}, []string{"endpoint", "user name or password"}},
		"query in the endpoint":     {[]string{goodKnownAgents, "endpoint: https://api.example.com/?key=" + secret}, []string{"endpoint", "query"}},
		"endpoint is not a URL":     {[]string{goodKnownAgents, "endpoint: api.example.com"}, []string{"endpoint", "URL"}},
		"batch above the limit":     {[]string{goodKnownAgents, "sending_queue: { batch: { max_size: 2000000 } }"}, []string{"sending_queue::batch::max_size", "2000000", "1000000"}},
		"batch above the queue":     {[]string{goodKnownAgents, "sending_queue: { queue_size: 500000 }"}, []string{"sending_queue::queue_size", "500000"}},
		"storage without retry":     {[]string{goodKnownAgents, "sending_queue: { storage: file_storage }", "retry_on_failure: { enabled: false }"}, []string{"sending_queue::storage", "retry_on_failure"}},
		"unknown key":               {[]string{goodKnownAgents, "batch_size: 3"}, []string{"batch_size"}},
		"unknown key of a block":    {[]string{"known_agents: { token: " + accessToken + " }"}, []string{"token"}},
		"misspelled block":          {[]string{"known_agnets: { access_token: " + accessToken + " }"}, []string{"`known_agnets`", "did you mean `known_agents`?"}},
		"misplaced key":             {[]string{goodKnownAgents, "queue_size: 5000000"}, []string{"move it to `sending_queue::queue_size`"}},
		"duration without a unit":   {[]string{goodKnownAgents, "timeout: 30"}, []string{"`timeout` is 30 without a unit", "write 30s"}},
		"queue switched off":        {[]string{goodKnownAgents, "sending_queue: false"}, []string{"`sending_queue` is false", "`enabled: false`"}},
		"size with a unit":          {[]string{goodKnownAgents, "sending_queue: { queue_size: 64MiB }"}, []string{"write 67108864"}},
		"several faults": {
			[]string{"scrunch: { site_id: nonsense }", "endpoint: http://api.example.com", "sending_queue: { batch: { max_size: 2000000 } }"},
			[]string{"site_id", "api_key", "endpoint", "max_size"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := filepath.Join(t.TempDir(), "config.yaml")
			text := frame + "    " + strings.Join(row.exporter, "\n    ") + "\n"
			require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
			output, code := validate(t, nil, config)
			assert.NotZero(t, code, "exit code")
			for _, want := range row.want {
				assert.Contains(t, output, want)
			}
			for _, word := range []string{accessToken, apiKey, secret} {
				assert.NotContains(t, output, word)
			}
		})
	}
}

// If the frame were faulty, every row of the table above would pass.
func TestValidateAcceptsTheFrameOfTheTable(t *testing.T) {
	for _, destination := range []string{goodKnownAgents, goodScrunch} {
		config := filepath.Join(t.TempDir(), "config.yaml")
		require.NoError(t, os.WriteFile(config, []byte(frame+"    "+destination+"\n"), 0o600))
		output, code := validate(t, nil, config)
		assert.Zero(t, code, output)
	}
}
