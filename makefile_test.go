// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestTheCollectorIsBuiltAgainAfterAnyEdit compares the files on which the Collector
// depends in the Makefile with those that Go compiles into it.
func TestTheCollectorIsBuiltAgainAfterAnyEdit(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	const format = `{{if not .Standard}}{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{range .EmbedFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}{{end}}`
	root, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", ".").Output()
	require.NoError(t, err)
	listed, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", format, ".").Output()
	require.NoError(t, err)
	var compiled []string
	for file := range strings.FieldsSeq(string(listed)) {
		if path, ours := strings.CutPrefix(file, strings.TrimSpace(string(root))+"/"); ours {
			compiled = append(compiled, "./"+path)
		}
	}

	// With -n make runs nothing, with -p it prints its variables; it fails if the target is out of date.
	printed, _ := exec.CommandContext(t.Context(), "make", "-pnq", "help").Output()
	found := regexp.MustCompile(`(?m)^SOURCES := (.*)$`).FindSubmatch(printed)
	require.NotNil(t, found, "make prints no SOURCES")
	assert.Subset(t, strings.Fields(string(found[1])), compiled)
	assert.Greater(t, len(compiled), 50)
}

// TestNoTestOfTheCollectorIsRemembered: Go's cache of test results knows neither the
// Collector's program nor the files outside of a test's module, such as the documents.
func TestNoTestOfTheCollectorIsRemembered(t *testing.T) {
	found := 0
	for line := range strings.Lines(fixture.ReadFile(t, "Makefile") + fixture.ReadFile(t, "packaging/packaging.mk")) {
		if strings.Contains(line, "go test ") && (strings.Contains(line, "COLLECTOR=") || strings.Contains(line, "cd ")) {
			found++
			assert.Contains(t, line, "go test -count=1 ")
		}
	}
	assert.GreaterOrEqual(t, found, 7)
}

// TestTheLicencesAreThoseOfEverySystem: some modules come with one system alone.
func TestTheLicencesAreThoseOfEverySystem(t *testing.T) {
	listed, err := exec.CommandContext(t.Context(), "sh", "internal/dev/tools/licences.sh").Output()
	require.NoError(t, err)
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", ".")
		list.Env = append(list.Environ(), "GOOS="+system)
		modules, err := list.Output()
		require.NoError(t, err)
		for module := range strings.FieldsSeq(string(modules)) {
			require.Contains(t, string(listed), " "+module+" ", system)
		}
	}
}
