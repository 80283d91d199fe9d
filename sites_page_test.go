// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestTheFilesOfTheSitesPageAreSites runs what docs/sites.md shows of files: the one that
// begins with `# /etc/agent-visits/sites.d`, and the commands that begin with `umask 077`.
func TestTheFilesOfTheSitesPageAreSites(t *testing.T) {
	root := t.TempDir()
	ours := strings.NewReplacer("/etc/agent-visits", root)
	directory := filepath.Join(root, "sites.d")
	for _, folder := range []string{directory, filepath.Join(root, "tokens")} {
		require.NoError(t, os.MkdirAll(folder, 0o750))
	}
	require.NoError(t, os.WriteFile(filepath.Join(root, "tokens", "client-c"), []byte(fixture.Token), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(directory, "client-c.yaml"), []byte(ours.Replace(codeBlocks(t, "docs/sites.md", "yaml")[1])), 0o600))
	command := exec.CommandContext(t.Context(), "sh", "-euc", ours.Replace(commands(t, "docs/sites.md", "umask 077")))
	command.Env = append(os.Environ(), "host=www.shop.example", "token=token-1", "id=17")
	said, err := command.CombinedOutput()
	require.NoError(t, err, string(said))

	cfg := createDefaultConfig().(*Config)
	cfg.KnownAgents = &destination.KnownAgentsConfig{SitesDirectory: directory}
	in, logs := newSitesIntake(t, cfg)
	assert.Equal(t, 1, logs.Len(), "there is no fault: %v", logs.All())
	for host, identity := range map[string]string{"client-c.example": "www.client-c.example", "www.shop.example": "shop-17"} {
		site := in.sites.Set().Of(host)
		require.NotNil(t, site, host)
		assert.Equal(t, "known_agents/"+identity, site.Identity())
	}
}

// commands is the block of a page that begins in some way.
func commands(t *testing.T, page, beginning string) string {
	t.Helper()
	for _, block := range codeBlocks(t, page, "sh") {
		if strings.HasPrefix(block, beginning) {
			return block
		}
	}
	require.Fail(t, "no such block", beginning)
	return ""
}
