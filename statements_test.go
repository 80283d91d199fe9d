// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// collectorMetrics are the metrics of the Collector itself that are named, by the
// metadata.yaml of exporterhelper, service and kafkareceiver.
var collectorMetrics = []string{
	"exporter_sent_spans", "exporter_sent_log_records", "exporter_send_failed_spans", "exporter_send_failed_log_records",
	"exporter_enqueue_failed_spans", "exporter_enqueue_failed_log_records",
	"exporter_queue_size", "exporter_queue_capacity", "exporter_queue_batch_send_size", "process_uptime",
	"kafka_receiver_offset_lag", "kafka_receiver_unmarshal_failed_spans", "kafka_receiver_unmarshal_failed_log_records",
}

// TestDocumentsNameNoOtherMetrics: a metric in a document is one of metadata.yaml, or one
// of the Collector's own.
func TestDocumentsNameNoOtherMetrics(t *testing.T) {
	ours := parseYAML(t, fixture.ReadFile(t, "metadata.yaml"))
	named := 0
	for _, file := range documents(t) {
		for _, name := range metricName.FindAllString(fixture.ReadFile(t, file), -1) {
			if strings.HasSuffix(name, "_") { // of several, as in otelcol_exporter_agent_visits_*
				continue
			}
			named++
			name = strings.TrimPrefix(name, "otelcol_")
			assert.True(t, slices.Contains(collectorMetrics, name) || ours.IsSet("telemetry::metrics::"+name), "%s names %s", file, name)
		}
	}
	assert.Greater(t, named, 20)
}

var namedFile = regexp.MustCompile("`([\\w./-]+\\.(?:go|sh|html|js|json|mod|txt|ya?ml|md))`")

// usersFiles are files that users, their websites or their Kafka have, or that a release has.
var usersFiles = []string{"composer.json", "dashboard.json", "kafka-consumer-groups.sh", "kafka-topics.sh", "llms.txt", "report.html", "robots.txt", "sbom.cdx.json", "src/paths.ts"}

func TestFilesThatDocumentsNameExist(t *testing.T) {
	all := map[string]bool{}
	for _, path := range allFiles(t) {
		all[filepath.Base(path)] = true
	}
	named := 0
	for _, file := range documents(t) {
		for _, match := range namedFile.FindAllStringSubmatch(fixture.ReadFile(t, file), -1) {
			name := match[1]
			if slices.Contains(usersFiles, name) || strings.HasPrefix(name, "go.opentelemetry.io/") || strings.HasPrefix(name, "github.com/") {
				continue
			}
			named++
			inFolder, inRoot := filepath.Join(filepath.Dir(file), name), name
			exists := fixture.Exists(inFolder) || fixture.Exists(inRoot) || !strings.Contains(name, "/") && all[name]
			assert.True(t, exists, "%s names %s", file, name)
		}
	}
	assert.Greater(t, named, 20)
}

var (
	makeCommand = regexp.MustCompile(`(?m)(?:^|[\s` + "`" + `=])make ([a-z][a-z-]+)`)
	makeTarget  = regexp.MustCompile(`(?m)^([a-z][a-z-]+):`)
	goCommand   = regexp.MustCompile(`go (run|test|build|vet) (?:-\S+ (?:\S+ )?)*(\./\S+)`)
	testOption  = regexp.MustCompile(`go test (\./\S+) -run '?(\w+)`)
)

// TestCommandsOfTheDocumentsExist: a target of make, a program, a package and a test that
// a document tells to run.
func TestCommandsOfTheDocumentsExist(t *testing.T) {
	targets := map[string]bool{}
	for _, match := range makeTarget.FindAllStringSubmatch(fixture.ReadFile(t, "Makefile")+fixture.ReadFile(t, "packaging/packaging.mk"), -1) {
		targets[match[1]] = true
	}
	commands := 0
	for _, file := range documents(t) {
		var code strings.Builder // in prose, make is a verb
		text := fixture.ReadFile(t, file)
		for _, block := range codeBlock.FindAllStringSubmatch(text, -1) {
			code.WriteString(block[2] + "\n")
		}
		for _, inline := range regexp.MustCompile("`[^`\n]+`").FindAllString(codeBlock.ReplaceAllString(text, ""), -1) {
			code.WriteString(inline + "\n")
		}
		for _, match := range makeCommand.FindAllStringSubmatch(code.String(), -1) {
			commands++
			assert.True(t, targets[match[1]], "%s: the Makefile has no %q", file, match[1])
		}
		for _, match := range goCommand.FindAllStringSubmatch(code.String(), -1) {
			commands++
			folder := strings.TrimSuffix(strings.Trim(match[2], "`"), "/...")
			assert.True(t, fixture.Exists(folder) || fixture.Exists(filepath.Join("e2e", folder)), "%s: no package %s", file, folder)
		}
		for _, match := range testOption.FindAllStringSubmatch(code.String(), -1) {
			assert.True(t, hasTest(t, match[1], match[2]), "%s: no test in %s begins with %s", file, match[1], match[2])
		}
	}
	assert.Greater(t, commands, 40)
}

// hasTest reports whether a package has a test whose name contains the text.
func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	require.NoError(t, err)
	return slices.ContainsFunc(files, func(file string) bool {
		return regexp.MustCompile(`(?m)^func Test\w*` + strings.TrimPrefix(name, "Test")).MatchString(fixture.ReadFile(t, file))
	})
}

var namedPage = regexp.MustCompile(`docs/[\w-]+\.md`)

// TestPagesThatTheSourceNamesExist: messages, comments and the files that are shipped name
// pages of the documents.
func TestPagesThatTheSourceNamesExist(t *testing.T) {
	named := 0
	for _, path := range allFiles(t) {
		if !slices.Contains([]string{".go", ".yaml", ".yml", ".json", ".sh", ".js", ".html", ".env", ".txt"}, filepath.Ext(path)) {
			continue
		}
		for _, page := range namedPage.FindAllString(fixture.ReadFile(t, path), -1) {
			named++
			assert.True(t, fixture.Exists(page), "%s names %s", path, page)
		}
	}
	assert.Greater(t, named, 40)
}

// TestThePageOfKafkaNamesSettingsOfItsRecipe: each row of its table is in the recipe, with
// the value that the page gives, and where the page says: the last two at the exporter.
func TestThePageOfKafkaNamesSettingsOfItsRecipe(t *testing.T) {
	page := fixture.Section(t, fixture.ReadFile(t, "examples/kafka/README.md"), "## What is lost, and what comes twice")
	require.Contains(t, page, "The last two are the exporter's, all others the receiver's:")
	recipe := parseYAML(t, fixture.ReadFile(t, "examples/kafka/delivering.yaml"))
	rows := slices.DeleteFunc(fixture.TableRows(page), func(row []string) bool { return !strings.HasPrefix(row[0], "`") })
	require.Greater(t, len(rows), 2)
	for i, row := range rows {
		_, setting, _ := strings.Cut(row[0], "`")
		setting, _, _ = strings.Cut(setting, "`")
		key, value, hasValue := strings.Cut(setting, ": ")
		of := "receivers::kafka::"
		if i >= len(rows)-2 {
			of = "exporters::agent_visits::"
		}
		assert.True(t, recipe.IsSet(of+key), "%s%s", of, key)
		if hasValue {
			assert.Equal(t, value, fmt.Sprint(recipe.Get(of+key)), key)
		}
	}
}
