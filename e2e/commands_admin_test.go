// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// placeholders are the values that the documents leave to the reader, as `NAME=...`.
var placeholders = strings.NewReplacer(
	"BLOG_SITE_ID=...", "BLOG_SITE_ID=01ARZ3NDEKTSV4RRFFQ69G5FAX", "BLOG_API_KEY=...", "BLOG_API_KEY=another-"+apiKey,
	"SITE_ID=...", "SITE_ID="+siteID, "API_KEY=...", "API_KEY="+apiKey, "ACCESS_TOKEN=...", "ACCESS_TOKEN="+accessToken)

func TestTheCollectorTakesTheCommandsOfTheRecipes(t *testing.T) {
	for name, run := range map[string]string{
		"file-storage":                 commands(t, "examples/file-storage/README.md", "export KNOWN_AGENTS_ACCESS_TOKEN=...\nSTORAGE="),
		"gateway":                      commands(t, "examples/gateway/README.md", "export KNOWN_AGENTS_ACCESS_TOKEN=... SCRUNCH_SITE_ID=..."),
		"nginx-access-log":             commands(t, "examples/nginx-access-log/README.md", "export SCRUNCH_SITE_ID=..."),
		"spans-beside-tracing-backend": commands(t, "examples/spans-beside-tracing-backend/README.md", "export KNOWN_AGENTS_ACCESS_TOKEN=..."),
		"two-sites":                    commands(t, "examples/two-sites/README.md", "export SCRUNCH_WWW_SITE_ID=..."),
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, run, "./bin/agent-visits-collector --config")
			run = strings.ReplaceAll(placeholders.Replace(run), "./bin/agent-visits-collector --config", collectorPath+" validate --config")
			run = strings.ReplaceAll(run, "STORAGE=./visits", "STORAGE="+t.TempDir())
			shell(t, root(t), run, "STORAGE="+t.TempDir())
		})
	}
}

func TestTheCollectorTakesTheCommandForAnAccessLog(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.Symlink(collectorPath, filepath.Join(folder, "otelcol")))
	config := strings.ReplaceAll(wholeConfigs(t, "docs/access-logs.md")[0], "/var/lib/otelcol/visits", folder)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "collector.yaml"), []byte(config), 0o600))
	run := commands(t, "docs/access-logs.md", "otelcol --config collector.yaml --feature-gates=")
	shell(t, folder, strings.ReplaceAll(run, "otelcol --config", "otelcol validate --config"),
		"PATH="+folder+":"+os.Getenv("PATH"), "SCRUNCH_SITE_ID="+siteID, "SCRUNCH_API_KEY="+apiKey)
}

func TestTheServiceChecksAConfigurationWithoutSecrets(t *testing.T) {
	folder := t.TempDir()
	build(t, folder, map[string]string{"agent-visits": "./cmd/service"})
	require.NoError(t, os.CopyFS(filepath.Join(folder, "etc-agent-visits"), os.DirFS(filepath.Join("..", "packaging", "linux", "etc"))))
	run := commands(t, "docs/production.md", "mkdir keys && echo made-up-key")
	run = strings.ReplaceAll(run, "agent-visits check", "agent-visits check -collector "+collectorPath)
	shell(t, folder, run, "PATH="+folder+":"+os.Getenv("PATH"), "STATE_DIRECTORY="+folder)
}

func TestTheStateOfAServiceIsPackedWhole(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "agent-visits"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "agent-visits", "queue"), []byte("waits"), 0o600))
	run, isFirst := strings.CutPrefix(commands(t, "docs/production.md", "systemctl stop agent-visits\ntar "), "systemctl stop agent-visits\n")
	require.True(t, isFirst, "a running service tears the copy")
	require.Contains(t, run, "-C /var/lib ")
	shell(t, folder, strings.ReplaceAll(run, "/var/lib", folder))
	packed, err := os.Open(filepath.Join(folder, "agent-visits-state.tar.gz"))
	require.NoError(t, err)
	defer func() { _ = packed.Close() }()
	unzipped, err := gzip.NewReader(packed)
	require.NoError(t, err)
	archive := tar.NewReader(unzipped)
	names := map[string]bool{}
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		names[header.Name] = true
	}
	assert.True(t, names["agent-visits/queue"], names)
}

func TestTheRightToReadALogIsGiven(t *testing.T) {
	if _, err := exec.LookPath("setfacl"); err != nil {
		t.Skip("setfacl is not installed")
	}
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "access.log"), nil, 0o600))
	me, err := user.Current()
	require.NoError(t, err)
	give := commands(t, "docs/production.md", "setfacl -m u:agent-visits:rx /var/log/nginx")
	shell(t, folder, strings.NewReplacer("u:agent-visits:", "u:"+me.Uid+":", "/var/log/nginx", folder).Replace(give))
	given := shell(t, folder, "getfacl -n "+folder+" access.log")
	assert.Contains(t, given, fmt.Sprintf("user:%s:r-x", me.Uid))
	assert.Contains(t, given, fmt.Sprintf("user:%s:r--", me.Uid))
}

// TestTheCommandsForThePastRun runs replay as docs/replay.md does, on a log of one line.
func TestTheCommandsForThePastRun(t *testing.T) {
	folder := t.TempDir()
	log := writeLog(t, folder)
	first := commands(t, "docs/replay.md", "go run ./cmd/replay report /var/log/nginx/access.log*\nmake replay")
	require.Contains(t, shell(t, root(t), strings.ReplaceAll(first, "/var/log/nginx/access.log*", log)), "GPTBot")
	require.NoError(t, os.Symlink(filepath.Join(root(t), "bin"), filepath.Join(folder, "bin")))

	ssh := filepath.Join(folder, "ssh") // web1 is this machine
	require.NoError(t, os.WriteFile(ssh, []byte("#!/bin/sh\nshift\nexec \"$@\"\n"), 0o700))
	report := strings.ReplaceAll(commands(t, "docs/replay.md", "bin/replay report access.log*"), "/var/log/nginx", folder)
	assert.Contains(t, shell(t, folder, report, "PATH="+folder+":"+os.Getenv("PATH")), "GPTBot")
	for _, name := range []string{"report.html", "report.json"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		assert.Contains(t, string(text), "GPTBot")
	}

	r := newRig(t, fakeapi.Settings{})
	config := fmt.Sprintf(`exporters: {agent_visits: {endpoint: "%s", known_agents: {access_token: %s}}}`, r.api.URL(), accessToken)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "collector.yaml"), []byte(config), 0o600))
	shell(t, folder, commands(t, "docs/replay.md", "bin/replay deliver -config collector.yaml -dry-run access.log*"))
	require.Len(t, r.api.KnownAgentsVisits(), 1, "the dry run sends nothing")
}
