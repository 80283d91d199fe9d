// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package shipped

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// configurations of a file are either whole ones of a Collector, or exporters by name.
func configurations(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var whole map[string]any
	require.NoError(t, yaml.Unmarshal(text, &whole))
	if _, isWhole := whole["service"]; isWhole || whole["exporters"] != nil {
		return map[string]any{"whole": whole}
	}
	all := map[string]any{}
	for name, exporter := range whole {
		all[name] = map[string]any{"exporters": map[string]any{name: exporter}}
	}
	return all
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open(inRoot("docs", "agent_visits.schema.json"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	document, err := jsonschema.UnmarshalJSON(file)
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("schema.json", document))
	compiled, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	return compiled
}

func TestTheSchemaAcceptsEveryConfigurationThatIsShown(t *testing.T) {
	compiled := compiledSchema(t)
	checked := 0
	for _, pattern := range []string{
		"testdata/config/full.yaml", "testdata/config/minimal.yaml", "examples/*/*.yaml", "packaging/linux/etc/*.yaml",
	} {
		for _, path := range files(t, pattern) {
			if strings.HasSuffix(path, "alerts.yaml") || strings.HasSuffix(path, "alerts_test.yaml") {
				continue
			}
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			for name, configuration := range configurations(t, text) {
				checked++
				assert.NoError(t, compiled.Validate(configuration), "%s: %s", path, name)
			}
		}
	}
	assert.Greater(t, checked, 12)
}

// ofForm are the messages of faults that a schema can see: keys that are none, and words
// that are no choice.
var ofForm = regexp.MustCompile("unknown keys|write one of (?:redact|full|everybody|agents|keep|drop)|invalid keys")

func TestTheSchemaRefusesFaultsOfForm(t *testing.T) {
	compiled := compiledSchema(t)
	refused := 0
	for _, path := range files(t, "testdata/config/invalid_*.yaml") {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		messages, err := os.ReadFile(strings.TrimSuffix(path, ".yaml") + ".txt")
		require.NoError(t, err)
		for name, configuration := range configurations(t, text) {
			if ofForm.MatchString(messageOf(string(messages), name)) {
				refused++
				assert.Error(t, compiled.Validate(configuration), "%s: %s", path, name)
			}
		}
	}
	assert.Positive(t, refused)
	for _, wrong := range []string{
		"{known_agent: {access_token: x}}", "{visits: {static_assets: often}}", "{timeout: 30}", "{visits: {methods: GET}}",
		"{sending_queue: {queue_size: large}}", "{visits: {replace_in_paths: [{patern: x}]}}",
	} {
		for _, configuration := range configurations(t, []byte("agent_visits: "+wrong)) {
			assert.Error(t, compiled.Validate(configuration), wrong)
		}
	}
}

// messageOf is what a file of messages says about a configuration.
func messageOf(messages, name string) string {
	_, below, _ := strings.Cut("\n"+messages, "\n== "+name+"\n")
	section, _, _ := strings.Cut(below, "\n== ")
	return section
}

func inRoot(path ...string) string { return filepath.Join(append([]string{"..", ".."}, path...)...) }

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(inRoot(pattern))
	require.NoError(t, err)
	require.NotEmpty(t, found, pattern)
	return found
}
