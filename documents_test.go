// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/metadata"
)

// shown is a configuration, whole or in part, that people are meant to copy.
type shown struct {
	where string
	text  string
}

// documents are all Markdown files. The texts of options become part of docs/options.md.
func documents(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(allFiles(t), func(path string) bool {
		return filepath.Ext(path) != ".md" || strings.HasPrefix(path, "testdata/options/")
	})
}

// allFiles are the paths of all files of the repository but those that programs make.
func allFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	require.NoError(t, filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			all = append(all, filepath.ToSlash(path))
		case slices.Contains([]string{".git", ".tools", "node_modules", "bin", "dist"}, entry.Name()):
			return filepath.SkipDir
		}
		return nil
	}))
	return all
}

var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// shownConfigurations are the YAML blocks of all documents, and the recipes.
// The demo and `make run` have tests of their own.
func shownConfigurations(t *testing.T) []shown {
	t.Helper()
	var all []shown
	for _, file := range documents(t) {
		for i, block := range yamlBlock.FindAllStringSubmatch(fixture.ReadFile(t, file), -1) {
			all = append(all, shown{fmt.Sprintf("%s, block %d", file, i+1), block[1]})
		}
	}
	recipes, err := filepath.Glob("examples/*/collector.yaml")
	require.NoError(t, err)
	for _, file := range recipes {
		if file != filepath.Join("examples", "demo", "collector.yaml") {
			all = append(all, shown{file, fixture.ReadFile(t, file)})
		}
	}
	require.Greater(t, len(all), 10)
	return all
}

var variable = regexp.MustCompile(`\$\{env:(\w+)(?::-([^}]*))?\}`)

// valueOfVariable is what a user could set a variable to.
func valueOfVariable(name string) string {
	isID := strings.HasSuffix(name, "SITE_ID")
	switch isSecond := strings.Contains(name, "BLOG"); {
	case isID && isSecond:
		return strings.TrimSuffix(fixture.SiteID, "V") + "X"
	case isID:
		return fixture.SiteID
	case isSecond:
		return fixture.Key + "-2"
	}
	return fixture.Key
}

// expanded replaces the variables of a configuration as the Collector does.
func expanded(text string) string {
	return variable.ReplaceAllStringFunc(text, func(reference string) string {
		parts := variable.FindStringSubmatch(reference)
		if strings.Contains(reference, ":-") {
			return parts[2]
		}
		return valueOfVariable(parts[1])
	})
}

func parseYAML(t *testing.T, text string) *confmap.Conf {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(expanded(text)))
	require.NoError(t, err)
	conf, err := retrieved.AsConf()
	require.NoError(t, err)
	return conf
}

// names are the keys of a map in a configuration; a missing map has none.
func names(conf *confmap.Conf, key string) []string {
	var all []string
	if entries, ok := conf.Get(key).(map[string]any); ok {
		for name := range entries {
			all = append(all, name)
		}
	}
	return all
}

var ourFile = regexp.MustCompile(`(access_token_file|api_key_file|sites_directory): (/etc/agent-visits/\S+)`)

// withFiles makes the files of secrets and the directories that a configuration names, and
// names them instead.
func withFiles(t *testing.T, text string) string {
	t.Helper()
	root := t.TempDir()
	return ourFile.ReplaceAllStringFunc(text, func(setting string) string {
		parts := ourFile.FindStringSubmatch(setting)
		path := filepath.Join(root, parts[2])
		if parts[1] == "sites_directory" {
			require.NoError(t, os.MkdirAll(path, 0o750))
		} else {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
			require.NoError(t, os.WriteFile(path, []byte(fixture.Key+filepath.Base(path)), 0o600))
		}
		return parts[1] + ": " + path
	})
}

func TestShownConfigurationsAreValid(t *testing.T) {
	exporters := 0
	for _, s := range shownConfigurations(t) {
		t.Run(s.where, func(t *testing.T) {
			conf := parseYAML(t, withFiles(t, s.text))
			if conf.IsSet("replace_in_paths") { // docs/privacy.md shows it without what is above it
				conf = confmap.NewFromStringMap(map[string]any{"exporters": map[string]any{"agent_visits": map[string]any{
					"known_agents": map[string]any{"access_token": fixture.Key}, "visits": conf.ToStringMap(),
				}}})
			}
			exporters += checkExporters(t, conf)
			if conf.IsSet("service") {
				checkReferences(t, conf)
			}
		})
	}
	assert.Greater(t, exporters, 10)
}

// TestExportersOfAllExamplesAreValid, also where other parts need components of contrib.
// What the demo sets before it is run is not known here.
func TestExportersOfAllExamplesAreValid(t *testing.T) {
	files, err := filepath.Glob("examples/*/*.yaml")
	require.NoError(t, err)
	exporters := 0
	for _, file := range files {
		if file != filepath.Join("examples", "demo", "collector.yaml") {
			t.Run(file, func(t *testing.T) {
				exporters += checkExporters(t, parseYAML(t, withFiles(t, fixture.ReadFile(t, file))))
			})
		}
	}
	assert.Greater(t, exporters, 8)
}

// checkExporters fails if the part of an exporter of ours is not valid, and returns how
// many there are.
func checkExporters(t *testing.T, conf *confmap.Conf) (exporters int) {
	t.Helper()
	for _, name := range names(conf, "exporters") {
		var id component.ID
		require.NoError(t, id.UnmarshalText([]byte(name)))
		if id.Type() != metadata.Type {
			continue
		}
		exporters++
		part, err := conf.Sub("exporters::" + name)
		require.NoError(t, err)
		cfg := NewFactory().CreateDefaultConfig()
		require.NoError(t, part.Unmarshal(cfg), name)
		require.NoError(t, confmap.Validate(cfg), name)
	}
	return exporters
}

// checkReferences fails if a whole configuration does not define what its service
// uses, or uses what the Collector of builder-config.yaml does not have.
func checkReferences(t *testing.T, conf *confmap.Conf) {
	t.Helper()
	used := map[string][]string{"extensions": list(conf.Get("service::extensions"))}
	for _, pipeline := range names(conf, "service::pipelines") {
		for _, kind := range []string{"receivers", "processors", "exporters"} {
			used[kind] = append(used[kind], list(conf.Get("service::pipelines::"+pipeline+"::"+kind))...)
		}
	}
	builder := fixture.ReadFile(t, "builder-config.yaml")
	for kind, components := range used {
		defined := names(conf, kind)
		for _, name := range components {
			assert.Contains(t, defined, name, "is used by the service and must stand below %s", kind)
		}
		for _, name := range defined {
			assert.Contains(t, components, name, "stands below %s and must be used by the service", kind)
			id, _, _ := strings.Cut(name, "/")
			module := "/" + strings.ReplaceAll(id, "_", "")
			assert.True(t, strings.Contains(builder, module+strings.TrimSuffix(kind, "s")+" v") || strings.Contains(builder, module+" v"),
				"builder-config.yaml has no %s", id)
		}
	}
}

func list(value any) []string {
	var all []string
	if elements, ok := value.([]any); ok {
		for _, element := range elements {
			all = append(all, fmt.Sprint(element))
		}
	}
	return all
}

var moduleVersion = regexp.MustCompile(`(?m)(?:gomod: |go run )(\S+)[ @](v\S+)`)

// TestShownVersionsAreThoseOfTheBuilder keeps the lines that people copy into
// their own builder configurations on the version line that is tested.
func TestShownVersionsAreThoseOfTheBuilder(t *testing.T) {
	versions := map[string]string{"go.opentelemetry.io/collector/cmd/builder": "v0.158.0"}
	for _, line := range moduleVersion.FindAllStringSubmatch(fixture.ReadFile(t, "builder-config.yaml"), -1) {
		versions[line[1]] = line[2]
	}
	for _, file := range documents(t) {
		for _, line := range moduleVersion.FindAllStringSubmatch(fixture.ReadFile(t, file), -1) {
			assert.Equal(t, versions[line[1]], line[2], "%s: %s", file, line[1])
		}
	}
}

var markdownLink = regexp.MustCompile(`(?:\]\(|(?:src|href)=")([^)\s"]+)[)"]`)

func TestLinksLeadSomewhere(t *testing.T) {
	followed := 0
	for _, file := range documents(t) {
		for _, link := range markdownLink.FindAllStringSubmatch(fixture.ReadFile(t, file), -1) {
			target, anchor, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			followed++
			path := file
			if target != "" {
				path = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(path); !assert.NoError(t, err, "%s links to %s", file, link[1]) || anchor == "" {
				continue
			}
			assert.Contains(t, anchors(fixture.ReadFile(t, path)), anchor, "%s links to %s", file, link[1])
		}
	}
	assert.Greater(t, followed, 200)
}

var notInAnchor = regexp.MustCompile("[^a-z0-9 _-]")

// anchors are the names that GitHub gives to a text's headings.
func anchors(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			heading := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
			all = append(all, strings.ReplaceAll(notInAnchor.ReplaceAllString(heading, ""), " ", "-"))
		}
	}
	return all
}
