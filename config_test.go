// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"
)

const secretForTests = "s3cret-of-the-test"

// TestSecretsAreNeverPrinted shows the configuration in each way in which a
// log line or a debugging page could.
func TestSecretsAreNeverPrinted(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	cfg.Headers = configopaque.MapList{{Name: "X-Gateway-Key", Value: secretForTests}}
	cfg.KnownAgents = &KnownAgentsConfig{AccessToken: secretForTests}
	cfg.Scrunch = &ScrunchConfig{SiteID: testSiteID, APIKey: secretForTests}

	for _, value := range []any{cfg, *cfg, cfg.KnownAgents, *cfg.KnownAgents, cfg.Scrunch, *cfg.Scrunch} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			assert.NotContains(t, fmt.Sprintf(verb, value), secretForTests, "%s of %T", verb, value)
		}
		text, err := json.Marshal(value)
		require.NoError(t, err)
		assert.NotContains(t, string(text), secretForTests)
	}

	conf := confmap.New()
	require.NoError(t, conf.Marshal(cfg))
	assert.NotContains(t, fmt.Sprint(conf.ToStringMap()), secretForTests)
	assert.Equal(t, map[string]any{"access_token": "[REDACTED]"}, conf.Get("known_agents"))
}
