// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// shippedRig runs the configuration in a folder that the packages or the manifests ship,
// with the environment that the service or the pods have.
func shippedRig(t *testing.T, folder string) *rig {
	t.Helper()
	r := newRig(t, fakeapi.Settings{})
	for name, secret := range map[string]string{"known_agents_access_token": accessToken, "scrunch_api_key": apiKey} {
		require.NoError(t, os.WriteFile(filepath.Join(r.dir, name), []byte(secret), 0o600))
	}
	maps.Copy(r.env, map[string]string{
		"STATE_DIRECTORY":    r.dir,
		"AGENT_VISITS_KEYS":  r.dir,
		"HEALTH_ENDPOINT":    "127.0.0.1:" + r.env["E2E_HEALTH_PORT"],
		"OTLP_GRPC_ENDPOINT": "127.0.0.1:" + r.env["E2E_GRPC_PORT"],
		"OTLP_HTTP_ENDPOINT": "127.0.0.1:" + r.env["E2E_HTTP_PORT"],
		"METRICS_HOST":       "127.0.0.1",
		"METRICS_PORT":       r.env["E2E_METRICS_PORT"],
		"SCRUNCH_SITE_ID":    siteID,
		"SCRUNCH_DOMAIN":     "www.example.com",
		"POD_LOGS":           filepath.Join(r.dir, "pods", "*", "*", "*.log"),
	})
	r.configs = nil
	for _, name := range []string{"collector.yaml", "known_agents.yaml", "scrunch.yaml"} {
		r.configs = append(r.configs, filepath.Join("..", filepath.FromSlash(folder), name))
	}
	for _, name := range []string{"known_agents", "scrunch"} {
		r.configs = append(r.configs, fmt.Sprintf("yaml:exporters::agent_visits/%s::endpoint: %s", name, r.api.URL()))
	}
	return r
}

func TestTheCollectorTakesEveryConfigurationThatIsShipped(t *testing.T) {
	for _, folder := range []string{"packaging/linux/etc", "deploy/kubernetes/gateway/config", "deploy/kubernetes/node-logs/config"} {
		t.Run(folder, func(t *testing.T) {
			r := shippedRig(t, folder)
			args := []string{"validate"}
			for _, config := range r.configs {
				args = append(args, "--config", config)
			}
			command := exec.CommandContext(r.ctx, collectorPath, args...)
			command.Env = os.Environ()
			for name, value := range r.env {
				command.Env = append(command.Env, name+"="+value)
			}
			out, err := command.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}

// TestLinesOfPodsBecomeVisits writes a log as containerd does: each line has a date, the
// name of the stream and a mark, which is P if more of the line follows.
func TestLinesOfPodsBecomeVisits(t *testing.T) {
	r := shippedRig(t, "deploy/kubernetes/node-logs/config")
	folder := filepath.Join(r.dir, "pods", "web_ingress-5d8f_0f6f2c1e-7a1b-4a55-9c33-1f2e3d4c5b6a", "controller")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	path := filepath.Join(folder, "0.log")
	line := func(page string) string {
		return `198.51.100.7 - - [26/Nov/2026:10:00:00 +0000] "GET /` + page + ` HTTP/1.1" 200 512 "-" "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"`
	}
	first := line("whole")
	second := line("in-two-parts")
	half := len(second) / 2
	const date = "2026-11-26T10:00:00.123456789Z stdout "
	text := date + "F starting\n" + date + "F " + first + "\n" + date + "P " + second[:half] + "\n" + date + "F " + second[half:] + "\n"

	older := filepath.Join(folder, "older.log")
	require.NoError(t, os.WriteFile(older, []byte(date+"F "+line("before-the-start")+"\n"), 0o600))
	r.start()
	// From its first look on, the receiver reads new files from their beginning.
	r.eventually(func() error {
		if !strings.Contains(r.log.String(), "Started watching file") {
			return errors.New("no file is watched yet")
		}
		return nil
	})
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	r.waitVisits(2)
	var paths []string
	for _, visit := range r.api.KnownAgentsVisits() {
		paths = append(paths, visit.RequestPath)
	}
	assert.ElementsMatch(t, []string{"/whole", "/in-two-parts"}, paths)
	r.stop()
}
