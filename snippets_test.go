// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

var codeBlock = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// codeBlocks are the blocks of a document with the given language, or all of them.
func codeBlocks(t *testing.T, document, language string) []string {
	t.Helper()
	var all []string
	for _, block := range codeBlock.FindAllStringSubmatch(fixture.ReadFile(t, document), -1) {
		if language == "" || block[1] == language {
			all = append(all, block[2])
		}
	}
	require.NotEmpty(t, all, "%s has no block of %s", document, language)
	return all
}

// TestEverySnippetThatCapturesHeadersTakesSignaturesAndObjections: whoever captures the
// referer by a snippet captures all headers of a signature, of which one alone proves
// nothing, and those by which visitors object.
func TestEverySnippetThatCapturesHeadersTakesSignaturesAndObjections(t *testing.T) {
	captures := 0
	for _, document := range []string{"docs/headers.md", "docs/access-logs.md"} {
		for i, block := range codeBlocks(t, document, "") {
			plain := strings.ToLower(strings.ReplaceAll(block, "_", "-"))
			if !strings.Contains(plain, "referer") {
				continue
			}
			captures++
			t.Run(fmt.Sprintf("%s, block %d", document, i+1), func(t *testing.T) {
				for _, header := range []string{"signature", "signature-input", "signature-agent", "dnt", "sec-gpc"} {
					assert.Regexp(t, `(^|[^a-z])`+header+`($|[^a-z-])`, plain, header)
				}
			})
		}
	}
	assert.GreaterOrEqual(t, captures, 11)
}

// TestCopiesOfSnippetsAreTrue: tests with real servers use these snippets.
func TestCopiesOfSnippetsAreTrue(t *testing.T) {
	_, handler, found := strings.Cut(codeBlocks(t, "docs/headers.md", "go")[0], "\n\n")
	require.True(t, found)
	assert.Contains(t, fixture.ReadFile(t, "e2e/live_go_test.go"), handler)
	_, instrumentation, found := strings.Cut(codeBlocks(t, "docs/headers.md", "js")[0], "  instrumentations:")
	require.True(t, found)
	assert.Contains(t, fixture.ReadFile(t, "e2e/live/express/capture.js"), strings.TrimSuffix(instrumentation, "}).start();\n"))
}
