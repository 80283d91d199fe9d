// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"errors"
	"go/build"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

const module = "github.com/agentvisits/agentvisitsexporter"

// packagesBelow are the packages of this module in a folder and those below it.
func packagesBelow(t *testing.T, root string) []*build.Package {
	t.Helper()
	var packages []*build.Package
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if entry.Name() == "testdata" || fixture.Exists(filepath.Join(path, "go.mod")) { // a module of its own
			return filepath.SkipDir
		}
		p, err := build.ImportDir(path, 0)
		if none := (*build.NoGoError)(nil); errors.As(err, &none) {
			return nil
		}
		packages = append(packages, p)
		return err
	}))
	return packages
}

// productPackages are the root and the packages that it is made of.
func productPackages(t *testing.T) []*build.Package {
	t.Helper()
	root, err := build.ImportDir(".", 0)
	require.NoError(t, err)
	packages := []*build.Package{root}
	for _, p := range packagesBelow(t, "internal") {
		if !strings.HasPrefix(p.Dir, filepath.Join("internal", "dev")) {
			packages = append(packages, p)
		}
	}
	require.Greater(t, len(packages), 15)
	return packages
}

// importsOf are a package's imports of packages below internal, such as "visit".
func importsOf(p *build.Package) []string {
	imports := []string{}
	for _, path := range p.Imports {
		if name, ours := strings.CutPrefix(path, module+"/internal/"); ours {
			imports = append(imports, name)
		}
	}
	slices.Sort(imports)
	return imports
}

var quotedName = regexp.MustCompile("`([a-z_/]+)`")

// TestContributingNamesEachPackageAndWhatItMayImport compares the table of
// packages in CONTRIBUTING.md with the code. Its columns are the package, what it
// holds, and which packages below internal it imports, such as `visit`.
func TestContributingNamesEachPackageAndWhatItMayImport(t *testing.T) {
	documented := map[string][]string{}
	for _, row := range fixture.TableRows(fixture.ReadFile(t, "CONTRIBUTING.md")) {
		name, ours := strings.CutPrefix(strings.Trim(row[0], "`"), "internal/")
		if !ours {
			continue
		}
		require.Len(t, row, 3, "internal/%s: package, what it holds, may import", name)
		assert.NotContains(t, documented, name, "has two rows")
		assert.NotEmpty(t, row[1], "say in CONTRIBUTING.md what internal/%s holds", name)
		imports := []string{}
		for _, quoted := range quotedName.FindAllStringSubmatch(row[2], -1) {
			imports = append(imports, strings.TrimPrefix(quoted[1], "internal/"))
		}
		if len(imports) == 0 {
			assert.Equal(t, "nothing", row[2], "internal/%s", name)
		}
		slices.Sort(imports)
		documented[name] = imports
	}
	for _, p := range packagesBelow(t, "internal") {
		name := strings.TrimPrefix(filepath.ToSlash(p.Dir), "internal/")
		t.Run(name, func(t *testing.T) {
			if assert.Contains(t, documented, name, "give the package a row in CONTRIBUTING.md") {
				assert.Equal(t, documented[name], importsOf(p), "what it may import, by CONTRIBUTING.md, and what it imports")
			}
		})
		delete(documented, name)
	}
	assert.Empty(t, documented, "has a row in CONTRIBUTING.md and is gone")
}

// TestNoPackageBelowImportsTheRoot looks at the packages that the root does not
// import too: to the others the compiler forbids it.
func TestNoPackageBelowImportsTheRoot(t *testing.T) {
	for _, p := range packagesBelow(t, "internal") {
		assert.NotContains(t, p.Imports, module, p.Dir)
	}
}

var listedFile = regexp.MustCompile("(?m)^\\d+\\. `(\\w+\\.go)` ")

// TestContributingNamesEachFileOfTheRoot: the list of CONTRIBUTING.md and the text of
// doc.go name the files of the root, and no others.
func TestContributingNamesEachFileOfTheRoot(t *testing.T) {
	root, err := build.ImportDir(".", 0)
	require.NoError(t, err)
	files := slices.DeleteFunc(root.GoFiles, func(name string) bool { return name == "doc.go" })
	var listed []string
	text := fixture.ReadFile(t, "CONTRIBUTING.md")
	for _, match := range listedFile.FindAllStringSubmatch(text, -1) {
		listed = append(listed, match[1])
	}
	assert.ElementsMatch(t, files, listed)
	assert.Contains(t, text, "The root is the exporter in "+[]string{3: "three", 4: "four", 5: "five", 6: "six"}[len(files)]+" files")
	named := regexp.MustCompile(`\w+\.go\b`).FindAllString(root.Doc+fixture.ReadFile(t, "doc.go"), -1)
	for _, name := range named {
		assert.True(t, name == "doc.go" || slices.Contains(files, name), "doc.go names %s", name)
	}
	assert.Subset(t, named, files)
}
