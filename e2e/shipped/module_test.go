// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package shipped

import (
	stdzip "archive/zip"
	"context"
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
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const modulePath = "github.com/agentvisits/agentvisitsexporter"

// command runs a program and returns what it prints.
func command(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s %v: %s", name, args, out)
	return strings.TrimSpace(string(out))
}

// writeProxy lays the committed state out as the Go module proxy would serve a tag of it.
func writeProxy(t *testing.T, version string) string {
	t.Helper()
	root, err := filepath.Abs(inRoot())
	require.NoError(t, err)
	clone := filepath.Join(t.TempDir(), "clone") // a work tree of git is none to x/mod
	command(t, root, nil, "git", "clone", "--quiet", root, clone)
	proxy := t.TempDir()
	dir := filepath.Join(proxy, modulePath, "@v")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	file, err := os.Create(filepath.Join(dir, version+".zip"))
	require.NoError(t, err)
	require.NoError(t, zip.CreateFromVCS(file, module.Version{Path: modulePath, Version: version}, clone, "HEAD", ""))
	require.NoError(t, file.Close())
	for name, text := range map[string]string{
		version + ".mod":  command(t, root, nil, "git", "show", "HEAD:go.mod") + "\n",
		version + ".info": fmt.Sprintf(`{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version),
		"list":            version + "\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return proxy
}

var (
	ownLine  = regexp.MustCompile(`(?m)^(  - gomod: ` + regexp.QuoteMeta(modulePath) + `) v\S+\n    path: \.$`)
	needless = regexp.MustCompile(`(?m)^  - gomod: \S*(otlpjsonfile|transform|filter|otlphttp)\S* .*\n`)
)

// TestTheModuleCanBeTagged packs the committed state as the proxy packs a tag. It fails for
// names and sizes that the proxy refuses.
func TestTheModuleCanBeTagged(t *testing.T) {
	const version = "v0.0.0-test"
	proxy := writeProxy(t, version)
	packed, err := stdzip.OpenReader(filepath.Join(proxy, modulePath, "@v", version+".zip"))
	require.NoError(t, err)
	defer func() { _ = packed.Close() }()
	names := map[string]bool{}
	for _, file := range packed.File {
		names[strings.TrimPrefix(file.Name, modulePath+"@"+version+"/")] = true
	}
	for _, name := range []string{"go.mod", "LICENSE", "factory.go", "internal/visit/visit.go"} {
		assert.True(t, names[name], name)
	}
	for name := range names {
		assert.False(t, strings.HasPrefix(name, "e2e/") || strings.HasPrefix(name, "bench/"), "%s is in a module of its own", name)
	}
}

// TestTheTaggedModuleCanBeBuiltIntoACollector follows docs/build.md: a builder configuration
// without a path, in a folder without a clone. It compiles a Collector, so it runs only if
// MODULE is set.
func TestTheTaggedModuleCanBeBuiltIntoACollector(t *testing.T) {
	if os.Getenv("MODULE") == "" {
		t.Skip("make module-test runs it")
	}
	root, err := filepath.Abs(inRoot())
	require.NoError(t, err)
	version := "v0.0.0-test." + command(t, root, nil, "git", "rev-parse", "--short=12", "HEAD")
	env := []string{
		"GOPROXY=file://" + writeProxy(t, version) + "," + command(t, root, nil, "go", "env", "GOPROXY"),
		"GONOSUMDB=" + modulePath, "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0",
	}
	text, err := os.ReadFile(inRoot("builder-config.yaml"))
	require.NoError(t, err)
	require.Regexp(t, ownLine, string(text))
	dir := t.TempDir()
	configuration := needless.ReplaceAllString(ownLine.ReplaceAllString(string(text), "$1 "+version), "")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "builder-config.yaml"), []byte(configuration), 0o600))

	builder := filepath.Join(dir, "builder")
	command(t, root, nil, "go", "build", "-modfile=internal/dev/tools/go.mod", "-o", builder, "go.opentelemetry.io/collector/cmd/builder")
	command(t, dir, env, builder, "--config", "builder-config.yaml", "--skip-strict-versioning=false", "--skip-compilation")
	command(t, filepath.Join(dir, "bin"), env, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", "collector", ".")
	components := command(t, dir, nil, filepath.Join(dir, "bin", "collector"), "components")
	assert.Contains(t, components, "agent_visits")
	assert.Contains(t, components, version)
}
