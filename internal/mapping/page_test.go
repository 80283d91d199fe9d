// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

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

// TestThePageOfSourcesNamesEveryFieldOfAttributes compares the fields of
// visits::attributes with those that docs/sources.md lists.
func TestThePageOfSourcesNamesEveryFieldOfAttributes(t *testing.T) {
	section := fixture.Section(t, fixture.ReadFile(t, "docs/sources.md"), "## Attributes of your own")
	_, list, found := strings.Cut(section, "The fields are ")
	require.True(t, found)
	var named []string
	for _, match := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(list, -1) {
		named = append(named, match[1])
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(Configurable)), named)
}
