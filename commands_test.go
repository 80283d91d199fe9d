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

// trial is a line of testdata/commands.md.
type trial struct {
	page, beginning, by string
	used                bool
}

// test is the folder and the name of the test that tries the block; false if none does.
func (c trial) test() (folder, name string, ok bool) {
	folder, name, ok = strings.Cut(strings.TrimPrefix(c.by, "`"), "` ")
	return folder, name, ok && strings.HasPrefix(c.by, "`")
}

func trials(t *testing.T) []trial {
	t.Helper()
	var all []trial
	for _, row := range fixture.TableRows(fixture.ReadFile(t, "testdata/commands.md")) {
		if beginning, isBlock := strings.CutPrefix(row[1], "`"); isBlock {
			all = append(all, trial{page: row[0], beginning: strings.TrimSuffix(beginning, "`"), by: row[2]})
		}
	}
	require.Greater(t, len(all), 40)
	return all
}

// isTriedByItsKind says that the block is one of a kind that is tried wherever it stands:
// a configuration of the Collector, or of its builder.
func isTriedByItsKind(t *testing.T, language, text string) bool {
	t.Helper()
	if language != "yaml" {
		return false
	}
	_, isConfiguration := completed(t, text)
	return isConfiguration || strings.Contains(text, "- gomod: ")
}

// anyBlock is a block of a document, also one within a list.
var anyBlock = regexp.MustCompile("(?ms)^ *```(\\w*)\n(.*?)^ *```$")

// TestEachBlockOfTheDocumentsIsTriedOrSaysWhyNot: whoever adds a command or a configuration
// to a document adds a test that runs it, or says in testdata/commands.md why none can.
func TestEachBlockOfTheDocumentsIsTriedOrSaysWhyNot(t *testing.T) {
	known := trials(t)
	for _, page := range documents(t) {
		for i, block := range anyBlock.FindAllStringSubmatch(fixture.ReadFile(t, page), -1) {
			if isTriedByItsKind(t, block[1], block[2]) {
				continue
			}
			text, found := strings.TrimSpace(block[2]), false
			for j := range known {
				if known[j].page == filepath.ToSlash(page) && strings.HasPrefix(text, known[j].beginning) {
					known[j].used, found = true, true
				}
			}
			assert.True(t, found, "%s, block %d has no line in testdata/commands.md:\n%s", page, i+1, text)
		}
	}
	for _, c := range known {
		assert.True(t, c.used, "%s has no block that begins with %q", c.page, c.beginning)
	}
}

// TestWhatTriesABlockExists: the named test names the page and, if it runs commands, how
// they begin.
func TestWhatTriesABlockExists(t *testing.T) {
	for _, c := range trials(t) {
		t.Run(fmt.Sprintf("%s, %s", c.page, c.beginning), func(t *testing.T) {
			folder, name, hasTest := c.test()
			if !hasTest {
				assert.True(t, c.by == "a picture" || strings.HasPrefix(c.by, "not run: "), c.by)
				return
			}
			files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
			require.NoError(t, err)
			tries := slices.ContainsFunc(files, func(file string) bool {
				source := fixture.ReadFile(t, file)
				return strings.Contains(source, "\nfunc "+name+"(") &&
					(strings.Contains(source, fmt.Sprintf("commands(t, %q, \"%s", c.page, c.beginning)) || !isCommand(t, c))
			})
			assert.True(t, tries, "no test %s in %s that runs it", name, folder)
		})
	}
}

// isCommand reports whether the block holds commands of a shell.
func isCommand(t *testing.T, c trial) bool {
	t.Helper()
	return slices.ContainsFunc(codeBlocks(t, c.page, ""), func(text string) bool {
		return strings.HasPrefix(text, c.beginning) &&
			strings.Contains(fixture.ReadFile(t, c.page), "```sh\n"+text)
	})
}
