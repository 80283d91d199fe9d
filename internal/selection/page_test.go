// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

var code = regexp.MustCompile("`([^`]+)`")

// TestThePageNamesWhatIsSkipped compares the lists in docs/skipped.md with those here.
func TestThePageNamesWhatIsSkipped(t *testing.T) {
	page := fixture.ReadFile(t, "docs/skipped.md")
	for name, list := range map[string][]string{
		"static assets":      strings.Fields(staticWords),
		"text":               strings.Fields(textWords),
		"folders":            frameworkFolders,
		"content":            contentFolders,
		"paths":              frameworkPaths,
		"probe paths":        slices.Collect(maps.Keys(probePaths)),
		"probe agents":       probeAgents,
		"shared probe paths": slices.Collect(maps.Keys(sharedProbePaths)),
	} {
		t.Run(name, func(t *testing.T) {
			_, rest, found := strings.Cut(page, "<!-- "+name+" -->")
			require.True(t, found)
			part, _, found := strings.Cut(rest, "<!-- end -->")
			require.True(t, found)
			var named []string
			for _, word := range code.FindAllStringSubmatch(part, -1) {
				named = append(named, word[1])
			}
			assert.ElementsMatch(t, list, named)
		})
	}
}
