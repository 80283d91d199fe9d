// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// commands returns the block of commands in a document that begins with a text. A test in
// the repository's root finds by these calls which commands are run; testdata/commands.md
// names the others.
func commands(t *testing.T, document, beginning string) string {
	t.Helper()
	for _, block := range blocks(t, document, "sh") {
		if strings.HasPrefix(block, beginning) {
			return block
		}
	}
	require.Fail(t, document+" has no commands that begin with "+beginning)
	return ""
}

// shell runs commands of a document with sh in a folder, and returns what they print.
func shell(t *testing.T, folder, commands string, env ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "sh", "-euc", commands)
	command.Dir, command.Env = folder, append(os.Environ(), env...)
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s\n%s", commands, output)
	return string(output)
}

// root is the repository's.
func root(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("..")
	require.NoError(t, err)
	return path
}

// build compiles programs of the repository into a folder.
func build(t *testing.T, folder string, packages map[string]string) {
	t.Helper()
	for name, path := range packages {
		shell(t, root(t), fmt.Sprintf("go build -o %q %s", filepath.Join(folder, name), path))
	}
}

// writeLog writes a log with one request of an agent, as nginx does.
func writeLog(t *testing.T, folder string) string {
	t.Helper()
	log := filepath.Join(folder, "access.log")
	line := fmt.Sprintf(`203.0.113.9 - - [%s] "GET /a HTTP/1.1" 200 12 "-" "GPTBot/1.2"`, time.Now().UTC().Format("02/Jan/2006:15:04:05 -0700"))
	require.NoError(t, os.WriteFile(log, []byte(line+"\n"), 0o600))
	return log
}

func TestTheReportOfTheReadmeNamesTheAgentsOfALog(t *testing.T) {
	log := writeLog(t, t.TempDir())
	run := commands(t, "README.md", "go run ./cmd/replay report /var/log/nginx/access.log*")
	assert.Contains(t, shell(t, root(t), strings.ReplaceAll(run, "/var/log/nginx/access.log*", log+"*")), "GPTBot")
}

// TestTheWayOfApplicationsInTheReadmeEndsAtThePreview follows the README: the preview, a
// Collector that delivers to it, and an application with the exported variables, for which
// curl stands in. Only addresses are replaced, because those of the README may be taken.
func TestTheWayOfApplicationsInTheReadmeEndsAtThePreview(t *testing.T) {
	program(t, "curl")
	r := newRig(t, fakeapi.Settings{})
	start := strings.TrimSpace(commands(t, "README.md", "go run ./cmd/preview"))
	preview := filepath.Join(r.dir, "preview")
	build(t, r.dir, map[string]string{"preview": strings.TrimPrefix(start, "go run ")})
	address := filepath.Join(r.dir, "address")
	shown := &logTail{}
	command := exec.CommandContext(r.ctx, preview, "-listen", "127.0.0.1:0", "-addr-file", address, "-json")
	command.Stdout = shown
	require.NoError(t, command.Start())
	t.Cleanup(func() { _, _ = command.Process.Kill(), command.Wait() })
	var url string
	r.eventually(func() error {
		text, err := os.ReadFile(address)
		url = strings.TrimSpace(string(text))
		return err
	})

	run := commands(t, "README.md", "export KNOWN_AGENTS_ACCESS_TOKEN=preview-token KNOWN_AGENTS_ENDPOINT=")
	require.Contains(t, run, "\nmake run\n")
	run = strings.ReplaceAll(run, "make run", "sh examples/run/configs.sh; env")
	set := strings.Split(shell(t, root(t), run), "\n")
	r.configs = nil
	for _, name := range regexp.MustCompile(`--config (\S+)`).FindAllStringSubmatch(set[0], -1) {
		r.configs = append(r.configs, filepath.Join("..", name[1]))
	}
	r.configs = append(r.configs, "yaml:"+runAddresses)
	for _, line := range set {
		if name, value, _ := strings.Cut(line, "="); strings.HasPrefix(name, "KNOWN_AGENTS_") {
			r.env[name] = strings.ReplaceAll(value, "http://127.0.0.1:4390", url)
		}
	}
	require.Equal(t, url, r.env["KNOWN_AGENTS_ENDPOINT"])
	r.start()

	application := commands(t, "README.md", "export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318")
	require.Equal(t, application, commands(t, "docs/spans.md", "export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"))
	send := strings.ReplaceAll(commands(t, "docs/spans.md", "now=$(date +%s)\ncurl"), "http://localhost:4318/", "$OTEL_EXPORTER_OTLP_ENDPOINT/")
	shell(t, root(t), strings.ReplaceAll(application, "localhost:4318", "127.0.0.1:"+r.env["E2E_HTTP_PORT"])+send)
	r.eventually(func() error {
		if !strings.Contains(shown.String(), "/a-first-visit") {
			return errors.New("the preview has not shown the visit: " + shown.String())
		}
		return nil
	})
	r.stop()
}

const runAddresses = `{receivers: {otlp: {protocols: {
  grpc: {endpoint: "127.0.0.1:${env:E2E_GRPC_PORT}"}, http: {endpoint: "127.0.0.1:${env:E2E_HTTP_PORT}"}}}},
exporters: {agent_visits/known_agents: {sending_queue: {batch: {flush_timeout: 100ms}}}},
extensions: {health_check: {endpoint: "127.0.0.1:${env:E2E_HEALTH_PORT}"}},
service: {telemetry: {metrics: {level: none}}}}`

func TestTheVariablesOfCapturedHeadersAreLists(t *testing.T) {
	set := commands(t, "docs/headers.md", "REQUEST=")
	captured := strings.Fields(shell(t, root(t), set+`printf '%s %s' "$REQUEST" "$RESPONSE"`))
	assert.Contains(t, strings.Split(captured[0], ","), "signature-input")
	assert.Equal(t, "content-type,location", captured[1])
}

// TestTheMetricsOfTheDashboardGetEndings changes the names as the page says, and looks for
// each at a Collector whose endpoint gives its metrics endings.
func TestTheMetricsOfTheDashboardGetEndings(t *testing.T) {
	r := newRig(t, fakeapi.Settings{})
	config, err := os.ReadFile(filepath.Join("testdata", "base.yaml"))
	require.NoError(t, err)
	// Some metrics are those of several sites alone.
	sites := "sites: [{hosts: [www.example.com], access_token: '${env:E2E_ACCESS_TOKEN}'}]"
	changed := strings.NewReplacer("access_token: ${env:E2E_ACCESS_TOKEN}", sites,
		"port: ${env:E2E_METRICS_PORT}", "port: ${env:E2E_METRICS_PORT}\n                without_type_suffix: false\n                without_units: false").Replace(string(config))
	r.configs = []string{"yaml:" + changed}
	r.start()
	r.postDocumentedSpan()
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.KnownAgents, 1))

	folder := t.TempDir()
	files := []string{"dashboard.json", "alerts.yaml"}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join("..", "examples", "monitoring", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
	}
	shell(t, folder, commands(t, "examples/monitoring/README.md", "sed -E -i 's/(agent_visits_"))
	r.eventually(func() error {
		families := r.scrape()
		for _, file := range files {
			text, err := os.ReadFile(filepath.Join(folder, file))
			require.NoError(t, err)
			for _, name := range regexp.MustCompile(`otelcol_exporter_\w+`).FindAllString(string(text), -1) {
				if families[strings.TrimSuffix(name, "_bucket")] == nil {
					return fmt.Errorf("%s names %s, which the endpoint does not have", file, name)
				}
			}
		}
		return nil
	})
}
