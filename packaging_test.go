// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// unitSettings are the settings of the systemd unit, each with its values.
func unitSettings(t *testing.T) map[string][]string {
	t.Helper()
	settings := map[string][]string{}
	for line := range strings.Lines(fixture.ReadFile(t, "packaging/linux/agent-visits.service")) {
		if name, value, isSetting := strings.Cut(strings.TrimSpace(line), "="); isSetting && !strings.HasPrefix(line, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	return settings
}

func TestTheUnitGivesTheServiceWhatItNeedsAndNoMore(t *testing.T) {
	unit := unitSettings(t)
	for name, want := range map[string]string{
		"User": "agent-visits", "SupplementaryGroups": "adm", "StateDirectory": "agent-visits", "ProtectSystem": "strict",
		"CapabilityBoundingSet": "", "NoNewPrivileges": "yes", "MemoryMax": "1G",
	} {
		assert.Equal(t, []string{want}, unit[name], name)
	}
	stop, err := time.ParseDuration(unit["TimeoutStopSec"][0] + "s")
	require.NoError(t, err)
	assert.Greater(t, stop, 10*time.Second, "delivery may take ten seconds at the end, and the rest of the Collector needs time")
	assert.Contains(t, unit["ExecReload"][0], "agent-visits check", "a faulty file is refused before the Collector reads it")
}

// TestKeysOfTheUnitArePackagedForRootAlone follows each key from the package to the
// service and on to the configuration that uses it.
func TestKeysOfTheUnitArePackagedForRootAlone(t *testing.T) {
	contents := fixture.ReadFile(t, "packaging/linux/nfpm.yaml")
	credentials := unitSettings(t)["LoadCredential"]
	require.Len(t, credentials, 2)
	for _, credential := range credentials {
		name, path, _ := strings.Cut(credential, ":")
		assert.Contains(t, contents, "dst: "+path+", type: config|noreplace, file_info: {mode: 0600}")
		assert.Empty(t, fixture.ReadFile(t, filepath.Join("packaging/linux/etc", name)), "a package has no key")
	}
}

// TestThePackagesNeedTheSystemdOfTheUnit holds that no package is installed where its service
// cannot start.
func TestThePackagesNeedTheSystemdOfTheUnit(t *testing.T) {
	assert.Contains(t, unitSettings(t), "LoadCredential", "it came with systemd 247")
	contents := parseYAML(t, fixture.ReadFile(t, "packaging/linux/nfpm.yaml"))
	assert.Contains(t, list(contents.Get("overrides::deb::depends")), "systemd (>= 247)")
	assert.Contains(t, list(contents.Get("overrides::rpm::depends")), "systemd >= 247")
}

func TestWhatPeopleEditStaysOnAnUpgrade(t *testing.T) {
	for line := range strings.Lines(fixture.ReadFile(t, "packaging/linux/nfpm.yaml")) {
		if strings.Contains(line, "dst: /etc/agent-visits/") {
			assert.Contains(t, line, "type: config|noreplace")
		}
	}
}

var mention = regexp.MustCompile(`(?:agentvisits/agentvisitsexporter v|agent-visits[_:-]|^  version: v?)(\d+\.\d+\.\d+)`)

// TestEveryMentionIsOfTheVersionInBuilderConfig keeps the version in one place.
func TestEveryMentionIsOfTheVersionInBuilderConfig(t *testing.T) {
	version := regexp.MustCompile(`(?m)^  version: (\S+)$`).FindStringSubmatch(fixture.ReadFile(t, "builder-config.yaml"))
	require.NotNil(t, version)
	files := append(documents(t), "builder-config.yaml", "bench/builder-config.yaml", "packaging/registry/exporter-agent-visits.yml",
		"deploy/compose/compose.yaml", "deploy/operator/gateway.yaml")
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "CHANGELOG.md") {
			continue
		}
		for line := range strings.Lines(fixture.ReadFile(t, file)) {
			for _, named := range mention.FindAllStringSubmatch(line, -1) {
				found++
				assert.Equal(t, version[1], named[1], "%s: %s", file, line)
			}
		}
	}
	assert.Greater(t, found, 6)
}

func TestTheIndexNamesEveryDocument(t *testing.T) {
	index := fixture.ReadFile(t, "docs/README.md")
	pages, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" {
			fixture.AssertMentions(t, index, "("+name+")", "name the page in docs/README.md")
		}
	}
}

// TestThePackagesReadTheLogThatWasJustRotated holds what docs/access-logs.md promises of
// them: a server writes into the old file for a moment, and a service that stands still
// finds in it what came before.
func TestThePackagesReadTheLogThatWasJustRotated(t *testing.T) {
	const log = "/var/log/nginx/access.log"
	files := list(parseYAML(t, fixture.ReadFile(t, "packaging/linux/etc/collector.yaml")).Get("receivers::file_log::include"))
	assert.Equal(t, []string{log, log + ".1"}, files)
}
