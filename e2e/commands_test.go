// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// shell runs a snippet of a document with sh in a folder of the repository.
func shell(t *testing.T, folder, snippet string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "sh", "-euc", snippet)
	command.Dir = filepath.Join("..", folder)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s\n%s", snippet, output)
	return string(output)
}

// TestTheCommandsOfTheDocumentsRun runs those that need no account and change nothing.
func TestTheCommandsOfTheDocumentsRun(t *testing.T) {
	t.Run("the report on a log", func(t *testing.T) {
		log := filepath.Join(t.TempDir(), "access.log")
		require.NoError(t, os.WriteFile(log, []byte(`203.0.113.9 - - [04/May/2026:09:15:02 +0000] "GET /a HTTP/1.1" 200 12 "-" "GPTBot/1.2"`+"\n"), 0o600))
		snippet := blocks(t, "README.md", "sh")[0]
		require.Contains(t, snippet, "/var/log/nginx/access.log*")
		assert.Contains(t, shell(t, "", strings.ReplaceAll(snippet, "/var/log/nginx/access.log*", log+"*")), "GPTBot")
	})
	t.Run("one span with curl", func(t *testing.T) {
		if _, err := exec.LookPath("curl"); err != nil {
			t.Skip("curl is not installed")
		}
		r := newRig(t, fakeapi.Settings{})
		r.start()
		for _, snippet := range blocks(t, "README.md", "sh") {
			if strings.Contains(snippet, "curl") {
				shell(t, "", strings.ReplaceAll(snippet, "localhost:4318", "127.0.0.1:"+r.env["E2E_HTTP_PORT"]))
			}
		}
		r.waitVisits(1)
		assert.Equal(t, "/a-first-visit", r.api.KnownAgentsVisits()[0].RequestPath)
		r.stop()
	})
	t.Run("the variables of captured headers", func(t *testing.T) {
		for _, snippet := range blocks(t, "README.md", "sh") {
			if strings.HasPrefix(snippet, "REQUEST=") {
				captured := strings.Fields(shell(t, "", snippet+`printf '%s %s' "$REQUEST" "$RESPONSE"`))
				assert.Contains(t, strings.Split(captured[0], ","), "signature-input")
				assert.Equal(t, "content-type,location", captured[1])
			}
		}
	})
	t.Run("the names of metrics with endings", func(t *testing.T) {
		folder := t.TempDir()
		for _, name := range []string{"dashboard.json", "alerts.yaml"} {
			text, err := os.ReadFile(filepath.Join("..", "examples", "monitoring", name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
		}
		for _, snippet := range blocks(t, "examples/monitoring/README.md", "sh") {
			if strings.Contains(snippet, "sed ") {
				shell(t, "", fmt.Sprintf("cd %s\n%s", folder, snippet))
			}
		}
		text, err := os.ReadFile(filepath.Join(folder, "dashboard.json"))
		require.NoError(t, err)
		counters := regexp.MustCompile(`agent_visits_(by_agent|dropped|requests|sent|sent_bytes|skipped|truncated)\b`)
		for _, name := range counters.FindAllString(string(text), -1) {
			assert.Fail(t, "the ending is missing", name)
		}
		assert.Contains(t, string(text), "agent_visits_sent_total")
		assert.Contains(t, string(text), "agent_visits_request_duration_seconds_bucket")
	})
}
