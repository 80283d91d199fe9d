// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// withKeys is a folder with a file for each key.
func withKeys(t *testing.T, keys map[string]string) settings {
	t.Helper()
	s := settings{configs: "/etc/agent-visits", keys: t.TempDir(), written: "/etc/agent-visits"}
	for name, text := range keys {
		require.NoError(t, os.WriteFile(filepath.Join(s.keys, name), []byte(text), 0o600))
	}
	return s
}

func TestEachDestinationWhoseKeyIsThereIsServed(t *testing.T) {
	site := func(name string) string {
		return map[string]string{"SCRUNCH_SITE_ID": fixture.SiteID}[name]
	}
	none := func(string) string { return "" }
	for name, c := range map[string]struct {
		keys   map[string]string
		getenv func(string) string
		want   []string
	}{
		"Known Agents alone needs no site":  {map[string]string{"known_agents_access_token": "t1\n"}, none, []string{"known_agents.yaml"}},
		"Scrunch alone":                     {map[string]string{"scrunch_api_key": "k1"}, site, []string{"scrunch.yaml"}},
		"both":                              {map[string]string{"known_agents_access_token": "t1", "scrunch_api_key": "k1"}, site, []string{"known_agents.yaml", "scrunch.yaml"}},
		"an empty file holds no key":        {map[string]string{"known_agents_access_token": "", "scrunch_api_key": "k1"}, site, []string{"scrunch.yaml"}},
		"a blank file holds no key":         {map[string]string{"known_agents_access_token": "t1", "scrunch_api_key": " \n"}, none, []string{"known_agents.yaml"}},
		"a site without a key asks nothing": {map[string]string{"known_agents_access_token": "t1"}, site, []string{"known_agents.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := choose(withKeys(t, c.keys), c.getenv)
			require.NoError(t, err)
			want := []string{"--feature-gates=stanza.synchronousLogEmitter", "--config", "/etc/agent-visits/collector.yaml"}
			for _, file := range c.want {
				want = append(want, "--config", "/etc/agent-visits/"+file)
			}
			assert.Equal(t, want, got.args)
			assert.False(t, got.isIdle)
		})
	}
}

// TestTheServiceReadsALogAsThePageSays compares it with the command of the page, which says
// what a line costs without.
func TestTheServiceReadsALogAsThePageSays(t *testing.T) {
	page := fixture.ReadFile(t, "docs/access-logs.md")
	require.Contains(t, page, "The [package](production.md#install) reads the log in the same way")
	assert.Contains(t, page, "otelcol --config collector.yaml "+noLineIsLost+"\n")
}

func TestWithoutAKeyNothingIsReadAndTheRemedyIsSaid(t *testing.T) {
	got, err := choose(withKeys(t, nil), func(string) string { return "" })
	require.NoError(t, err)
	assert.True(t, got.isIdle)
	assert.Equal(t, idle, got.args[len(got.args)-1])
	require.Len(t, got.notes, 1)
	for _, word := range []string{"nothing delivered", "/etc/agent-visits/known_agents_access_token", "/etc/agent-visits/scrunch_api_key", "SCRUNCH_SITE_ID", "restart"} {
		assert.Contains(t, got.notes[0], word)
	}
}

func TestAKeyWithoutItsSiteIsRefused(t *testing.T) {
	_, err := choose(withKeys(t, map[string]string{"scrunch_api_key": "k1"}), func(string) string { return "" })
	assert.ErrorContains(t, err, "SCRUNCH_SITE_ID is not set: set it in /etc/agent-visits/agent-visits.env")
}

func TestAKeyThatCannotBeReadIsAnError(t *testing.T) {
	s := withKeys(t, nil)
	require.NoError(t, os.Mkdir(filepath.Join(s.keys, "scrunch_api_key"), 0o700)) // root may read any file
	_, err := choose(s, func(string) string { return "" })
	assert.ErrorContains(t, err, "cannot read a key")
}

func TestKeysComeFromSystemdOrFromAContainer(t *testing.T) {
	for name, c := range map[string]struct{ flag, systemd, keys, written string }{
		"systemd fills a folder from the configurations'": {"", "/run/credentials/x", "/run/credentials/x", "/etc/agent-visits"},
		"a container has its secrets":                     {"", "", "/run/secrets", "/run/secrets"},
		"a folder that is named comes first":              {"/keys", "/run/credentials/x", "/keys", "/keys"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settings{configs: "/etc/agent-visits", keys: c.flag}
			s.locateKeys(c.systemd)
			assert.Equal(t, c.keys, s.keys)
			assert.Equal(t, c.written, s.written)
		})
	}
}

// TestACheckByHandUsesTheKeysThatThePackagesPutBesideTheConfigurations, as neither systemd
// nor a container names a folder then.
func TestACheckByHandUsesTheKeysThatThePackagesPutBesideTheConfigurations(t *testing.T) {
	s := settings{configs: withKeys(t, map[string]string{"scrunch_api_key": ""}).keys}
	s.locateKeys("")
	assert.Equal(t, s.configs, s.keys)
	assert.Equal(t, s.configs, s.written)
}

func TestAPortThatIsTakenIsNamedWithItsVariable(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	t.Setenv("HEALTH_ENDPOINT", taken.Addr().String())
	t.Setenv("METRICS_PORT", "0")
	got := obstacles(choice{isIdle: true})
	require.Len(t, got, 1)
	assert.Contains(t, got[0], taken.Addr().String())
	assert.Contains(t, got[0], "set HEALTH_ENDPOINT")
}

// TestAPortOfTheMetricsThatIsTakenIsNamedToo: without it the Collector does not start either.
func TestAPortOfTheMetricsThatIsTakenIsNamedToo(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	host, port, err := net.SplitHostPort(taken.Addr().String())
	require.NoError(t, err)
	t.Setenv("HEALTH_ENDPOINT", "localhost:0")
	t.Setenv("METRICS_HOST", host)
	t.Setenv("METRICS_PORT", port)
	got := obstacles(choice{isIdle: true})
	require.Len(t, got, 1)
	assert.Contains(t, got[0], taken.Addr().String())
	assert.Contains(t, got[0], "set METRICS_PORT")
}

func TestALogThatIsNotThereYetIsNoObstacle(t *testing.T) {
	t.Setenv("ACCESS_LOG", filepath.Join(t.TempDir(), "*.log"))
	assert.Empty(t, unreadable("ACCESS_LOG"))
}

// TestTheFolderOfAPatternIsLookedAt: one that may not be listed looks empty.
func TestTheFolderOfAPatternIsLookedAt(t *testing.T) {
	folder := t.TempDir()
	parent := filepath.Dir(folder)
	for name, c := range map[string]struct{ pattern, want string }{
		"a pattern":                  {folder + "/*.log", folder},
		"a pattern in any folder":    {parent + "/*/*.log", folder},
		"a file":                     {folder + "/access.log", folder + "/access.log"},
		"a file in any folder":       {parent + "/*/access.log", parent + "/*/access.log"},
		"a pattern without a folder": {folder + "/none/*.log", folder + "/none/*.log"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, []string{c.want}, withoutFiles(c.pattern)) })
	}
}

func TestHealthIsAskedOnThisMachine(t *testing.T) {
	status := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)

	require.NoError(t, health(t.Context(), "0.0.0.0:"+port))
	status = http.StatusServiceUnavailable
	assert.ErrorContains(t, health(t.Context(), "localhost:"+port), "not ready")
	server.Close()
	assert.ErrorContains(t, health(t.Context(), "localhost:"+port), "does not answer")
	assert.ErrorContains(t, health(t.Context(), "13133"), "write host:port")
}

func TestACommandThatIsNoneIsAnsweredWithTheUsage(t *testing.T) {
	var stderr bytes.Buffer
	require.ErrorIs(t, command([]string{"start"}, &bytes.Buffer{}, &stderr), errUsage)
	assert.Equal(t, usage, stderr.String())
}

// TestDefaultsAreThoseOfThePackagedConfiguration keeps what this program checks and what
// the Collector uses together.
func TestDefaultsAreThoseOfThePackagedConfiguration(t *testing.T) {
	text := fixture.ReadFile(t, "packaging/linux/etc/collector.yaml")
	for variable, value := range variables {
		assert.Contains(t, text, "${env:"+variable+":-"+value+"}")
	}
	for _, d := range destinations {
		config := fixture.ReadFile(t, "packaging/linux/etc/"+d.config)
		assert.Contains(t, config, "${env:"+keysVariable+"}/"+d.key)
		if d.id != "" {
			assert.Contains(t, config, "${env:"+d.id+"}")
			assert.Contains(t, fixture.ReadFile(t, "packaging/linux/etc/agent-visits.env"), d.id)
		}
	}
}

func TestTheCollectorsOwnArgumentsAreTheCollectors(t *testing.T) {
	for _, first := range []string{"--config=/conf/collector.yaml", "--config", "--feature-gates=x", "validate", "components"} {
		assert.True(t, isForCollector(first), first)
	}
	for _, first := range []string{"run", "check", "health", "-h", "--help", "help", ""} {
		assert.False(t, isForCollector(first), first)
	}
}
