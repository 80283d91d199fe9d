// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// collectorMetrics are metrics of the Collector itself that documents name.
var collectorMetrics = regexp.MustCompile(`^otelcol_(exporter_(sent|send_failed|enqueue_failed)_(spans|log_records)|exporter_queue_(size|capacity)|receiver_\w+|kafka_receiver_(offset_lag|unmarshal_failed_spans|unmarshal_failed_log_records)|process_\w+)$`)

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
			key := "telemetry::metrics::" + strings.TrimPrefix(name, "otelcol_")
			assert.True(t, collectorMetrics.MatchString(name) || ours.IsSet(key), "%s names %s", file, name)
		}
	}
	assert.Greater(t, named, 20)
}

// allFiles are the base names of all files of the repository.
func allFiles(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	require.NoError(t, filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() && slices.Contains([]string{".git", ".tools", "node_modules", "bin", "dist"}, entry.Name()) {
			return filepath.SkipDir
		}
		all[filepath.Base(path)] = true
		return err
	}))
	return all
}

var namedFile = regexp.MustCompile("`([\\w./-]+\\.(?:go|sh|html|js|json|mod|txt))`")

// usersFiles are files that users or their websites have, or that a release has.
var usersFiles = []string{"composer.json", "dashboard.json", "llms.txt", "report.html", "robots.txt", "sbom.cdx.json", "src/paths.ts"}

func TestFilesThatDocumentsNameExist(t *testing.T) {
	all := allFiles(t)
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
	require.NoError(t, filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil || path == ".":
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") || slices.Contains([]string{"bin", "dist", "node_modules"}, entry.Name())):
			return filepath.SkipDir
		case !slices.Contains([]string{".go", ".yaml", ".json", ".sh", ".js", ".html", ".env", ".txt"}, filepath.Ext(path)):
			return nil
		}
		for _, page := range namedPage.FindAllString(fixture.ReadFile(t, path), -1) {
			named++
			assert.True(t, fixture.Exists(page), "%s names %s", path, page)
		}
		return nil
	}))
	assert.Greater(t, named, 40)
}
