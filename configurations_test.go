// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// completed is a configuration with a pipeline for the parts that it has, if it names none.
// It reports whether the text is a configuration of the Collector at all.
func completed(t *testing.T, text string) (string, bool) {
	t.Helper()
	conf := parseYAML(t, text)
	if conf.IsSet("service") {
		return text, true
	}
	kinds := slices.Collect(maps.Keys(conf.ToStringMap()))
	if slices.ContainsFunc(kinds, func(kind string) bool {
		return !slices.Contains([]string{"receivers", "processors", "exporters"}, kind) || len(names(conf, kind)) == 0
	}) || len(kinds) == 0 {
		return "", false
	}
	signal, lacking := "traces", map[string]string{"receivers": "otlp: {protocols: {http: }}", "exporters": "debug: "}
	if strings.Contains(text, "file_log") || strings.Contains(text, "log_record:") {
		signal = "logs"
	}
	pipeline := map[string]any{}
	for kind, part := range lacking {
		pipeline[kind] = names(conf, kind)
		if !conf.IsSet(kind) {
			name, _, _ := strings.Cut(part, ":")
			pipeline[kind], text = []string{name}, text+"\n"+kind+":\n  "+part+"\n"
		}
	}
	pipeline["processors"] = names(conf, "processors")
	service, err := json.Marshal(map[string]any{"pipelines": map[string]any{signal: pipeline}}) // JSON is YAML
	require.NoError(t, err)
	return text + "service: " + string(service) + "\n", true
}

// TestTheCollectorAcceptsWhatIsShown asks a real Collector about each configuration, and
// about parts of one beside what they lack. It needs one: `make check-run` names it in COLLECTOR.
func TestTheCollectorAcceptsWhatIsShown(t *testing.T) {
	collector := os.Getenv("COLLECTOR")
	if collector == "" {
		t.Skip("set COLLECTOR to the program that `make collector` builds")
	}
	storage, sites := t.TempDir(), filesOfSites(t)
	for _, s := range shownConfigurations(t) {
		text, isConfiguration := completed(t, s.text)
		if !isConfiguration {
			continue
		}
		t.Run(s.where, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "collector.yaml")
			text = strings.NewReplacer("/var/lib/otelcol/visits", storage, "/etc/agent-visits/", sites).Replace(text)
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
			command := exec.CommandContext(t.Context(), collector, "validate", "--config", file)
			command.Env = os.Environ()
			for _, found := range slices.Compact(slices.Sorted(slices.Values(variable.FindAllString(s.text, -1)))) {
				if parts := variable.FindStringSubmatch(found); !strings.Contains(found, ":-") {
					command.Env = append(command.Env, parts[1]+"="+valueOfVariable(parts[1]))
				}
			}
			output, err := command.CombinedOutput()
			require.NoError(t, err, string(output))
		})
	}
}

// filesOfSites is a folder with the files that docs/sites.md names.
func filesOfSites(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"tokens/client-a", "keys/client-a", "sites.d/.none"} {
		require.NoError(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("key-of-a-file"), 0o600))
	}
	return folder + "/"
}
