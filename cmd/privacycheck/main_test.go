// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run checks a configuration and returns what it printed after the example.
func run(t *testing.T, yaml string) (string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "collector.yaml")
	require.NoError(t, os.WriteFile(file, []byte(yaml), 0o600))
	var out bytes.Buffer
	err := check(t.Context(), &out, file)
	_, delivered, _ := strings.Cut(out.String(), "What ")
	return delivered, err
}

func TestItShowsWhatEachExporterWouldDeliverWithoutSecrets(t *testing.T) {
	shown, err := run(t, `
exporters:
  debug: {}
  agent_visits/a:
    endpoint: https://elsewhere.example
    known_agents:
      access_token: ${env:TOKEN}
    sending_queue:
      storage: file_storage
  agent_visits/b:
    scrunch:
      site_id: ${env:SITE}
      api_key: ${env:KEY}
    visits:
      services:
        include: [shop]
      client_ip:
        mode: truncate
  agent_visits/c:
    known_agents:
      access_token: ${env:TOKEN}
    visits:
      who: agents
`)
	require.NoError(t, err)
	assert.NotContains(t, shown, "SECRET")
	assert.Contains(t, shown, `"x-forwarded-for": "192.0.2.10, 10.0.0.1"`)
	assert.Contains(t, shown, `"ip": "192.0.2.0"`)
	assert.Contains(t, shown, "What agent_visits/c would deliver:\nnothing")
}

// The example stands for a request that a configuration selects.
func TestTheExampleCountsWhateverSiteIsMeant(t *testing.T) {
	for name, exporter := range map[string]string{
		"a host":       "{known_agents: {}, visits: {hosts: {include: [shop.test]}}}",
		"a path":       "{known_agents: {}, visits: {include_paths: [/docs/**]}}",
		"a domain":     "{scrunch: {domain: shop.test}}",
		"one of sites": "{known_agents: {sites: [{hosts: [shop.test], access_token: made-up}]}}",
	} {
		t.Run(name, func(t *testing.T) {
			shown, err := run(t, "exporters: {agent_visits: "+exporter+"}")
			require.NoError(t, err)
			assert.Contains(t, shown, "www.example.com")
		})
	}
}

func TestAFileWithoutTheExporterIsAnError(t *testing.T) {
	_, err := run(t, "exporters: {debug: {}}")
	require.ErrorContains(t, err, "has no agent_visits exporter")
}

func TestAnInvalidOptionIsNamed(t *testing.T) {
	_, err := run(t, "exporters: {agent_visits: {known_agents: {}, visits: {who: bots}}}")
	require.ErrorContains(t, err, "`visits::who`")
}
