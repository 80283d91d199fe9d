// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package destination

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

func TestPlaceholdersAreNoSecrets(t *testing.T) {
	for _, text := range []string{
		"...", "…", "***", "********", "-", "xxx", "XXXX-XXXX-XXXX", "<token>", "[REDACTED]", "REDACTED", "%TOKEN%", "${TOKEN}", "$TOKEN", "{{ token }}",
		"changeme", "CHANGE_ME", "change-me-please", "replace_me", "REPLACE-WITH-TOKEN", "your-access-token", "YOUR_API_KEY", "your token here", "insert-token-here",
		"TODO", "null", "None", "undefined", "placeholder", "my-token", "token_here",
	} {
		assert.True(t, isPlaceholder(text), text)
	}
	for _, text := range []string{
		"", fixture.Token, fixture.Key, "token-1", "key-1", "xx", "x", "0x3f", "nonesuch-41", "your1", "abcdef0123456789", "todo-7f3a9c", "aaaa", "Zx9-",
		"eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "d2hhdGV2ZXI=",
	} {
		assert.False(t, isPlaceholder(text), text)
	}
}

func TestTheNameOfAKeyOrVariableIsNoSecret(t *testing.T) {
	for _, token := range []string{"access_token", "accessToken", "KNOWN_AGENTS_ACCESS_TOKEN", "env:KNOWN_AGENTS_ACCESS_TOKEN"} {
		c := Choice{KnownAgents: &KnownAgentsConfig{AccessToken: configopaque.String(token)}}
		assert.Contains(t, faultsOf(c, false), "holds a placeholder", token)
	}
	assert.Contains(t, faultsOf(Choice{Scrunch: &ScrunchConfig{SiteID: fixture.SiteID, APIKey: "api-key"}}, false), "holds a placeholder")
}
