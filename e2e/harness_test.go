// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/collector"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// The credentials of the tests. The stand-in accepts no others.
const (
	accessToken = "token-that-must-stay-secret"
	apiKey      = "key-that-must-stay-secret"
	siteID      = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
)

// testLimit bounds each test. On two idle cores the longest test takes seconds.
const testLimit = 4 * time.Minute

// settleLimit bounds how long a metric or log line may take to show what has happened.
const settleLimit = time.Minute

// collectorPath is the path of the Collector under test.
var collectorPath string

func TestMain(m *testing.M) {
	var err error
	if collectorPath, err = findCollector(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// findCollector returns the path in COLLECTOR, or else that of the binary that
// `make collector` builds.
func findCollector() (string, error) {
	path, named := os.LookupEnv("COLLECTOR")
	if !named {
		path = filepath.Join("..", "bin", "agent-visits-collector")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return "", fmt.Errorf("no Collector at %s\nBuild it with `make collector` in the repository's root, or run `make e2e`, which builds it first."+
			"\nTo test another build, set COLLECTOR to its path", path)
	}
	return path, nil
}

// rig is the set-up of a test: the stand-in for both APIs, a directory, and a Collector
// that can be started several times.
type rig struct {
	t   *testing.T
	ctx context.Context // bounds everything the test waits for
	api *fakeapi.Server
	dir string // holds the files to read and the queue's storage

	// configs are the Collector's configurations. A later one overrides an earlier one.
	configs []string
	// gates are the Collector's feature gates.
	gates []string
	// env holds the environment variables of the configurations.
	env     map[string]string
	process *collector.Process // nil before the first start
	log     *logTail
}

// newRig prepares a Collector with testdata/base.yaml and then the named files in
// testdata. It starts only the stand-in.
func newRig(t *testing.T, settings fakeapi.Settings, configs ...string) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testLimit)
	t.Cleanup(cancel)

	settings.AccessToken, settings.APIKey, settings.SiteID = accessToken, apiKey, siteID
	api, err := fakeapi.Listen("127.0.0.1:0", settings)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, api.Close()) })

	ports, err := collector.FreePorts(4)
	require.NoError(t, err)
	r := &rig{t: t, ctx: ctx, api: api, dir: t.TempDir(), log: &logTail{}}
	r.env = map[string]string{
		"E2E_GRPC_PORT":             strconv.Itoa(ports[0]),
		"E2E_HTTP_PORT":             strconv.Itoa(ports[1]),
		"E2E_HEALTH_PORT":           strconv.Itoa(ports[2]),
		"E2E_METRICS_PORT":          strconv.Itoa(ports[3]),
		"E2E_KNOWN_AGENTS_ENDPOINT": api.URL(),
		"E2E_SCRUNCH_ENDPOINT":      api.URL(),
		"E2E_ACCESS_TOKEN":          accessToken,
		"E2E_API_KEY":               apiKey,
		"E2E_SITE_ID":               siteID,
		"E2E_DIR":                   r.dir,
	}
	for _, name := range append([]string{"base.yaml"}, configs...) {
		r.configs = append(r.configs, filepath.Join("testdata", name))
	}
	t.Cleanup(r.cleanUp)
	return r
}

// start runs the Collector until stop, kill or the end of the test.
func (r *rig) start() {
	r.t.Helper()
	env := make([]string, 0, len(r.env))
	for name, value := range r.env {
		env = append(env, name+"="+value)
	}
	process, err := collector.Start(r.ctx, collector.Settings{
		Binary:    collectorPath,
		Configs:   r.configs,
		Gates:     r.gates,
		Env:       env,
		Log:       r.log,
		HealthURL: "http://127.0.0.1:" + r.env["E2E_HEALTH_PORT"],
	})
	require.NoError(r.t, err)
	r.process = process
}

// stop ends the Collector with SIGTERM, as an orchestrator does.
func (r *rig) stop() {
	r.t.Helper()
	require.NoError(r.t, r.process.Stop(r.ctx))
}

// kill ends the Collector with SIGKILL, like a crash.
func (r *rig) kill() {
	r.t.Helper()
	require.NoError(r.t, r.process.Kill())
}

// cleanUp ends the Collector, checks that its log holds no credential, and prints the
// log if the test has failed.
func (r *rig) cleanUp() {
	if r.process != nil {
		if err := r.process.Kill(); err != nil {
			r.t.Errorf("kill the Collector: %v", err)
		}
	}
	text := r.log.String()
	for _, secret := range []string{accessToken, apiKey} {
		if bytes.Contains([]byte(text), []byte(secret)) {
			r.t.Errorf("the Collector's log holds a credential")
		}
	}
	if r.t.Failed() {
		r.t.Logf("The Collector's log:\n%s", text)
	}
}

// waitVisits returns when both destinations have at least n visits.
func (r *rig) waitVisits(n int) {
	r.t.Helper()
	for _, destination := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		require.NoError(r.t, r.api.WaitVisits(r.ctx, destination, n))
	}
}

// eventually calls check until it returns nil. After settleLimit it fails the test with
// the last error.
func (r *rig) eventually(check func() error) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, settleLimit)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.NoError(r.t, err)
		}
	}
}

// logTail is a writer that keeps the last 256 KiB.
type logTail struct {
	mu   sync.Mutex
	kept []byte
}

func (l *logTail) Write(p []byte) (int, error) {
	const limit = 256 << 10
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, p...)
	if surplus := len(l.kept) - limit; surplus > 0 {
		l.kept = append(l.kept[:0], l.kept[surplus:]...)
	}
	return len(p), nil
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.kept)
}
