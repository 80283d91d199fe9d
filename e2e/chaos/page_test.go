// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestThePageNamesScenariosAndColumnsThatExist reads what is in italics in docs/reliability.md.
func TestThePageNamesScenariosAndColumnsThatExist(t *testing.T) {
	page, err := os.ReadFile("../../docs/reliability.md")
	require.NoError(t, err)
	names := append([]string{"ok"}, head...)
	for _, s := range Scenarios() {
		names = append(names, s.Name)
	}
	found := regexp.MustCompile(`(?:^|[\s(])\*([^*\s][^*]*)\*(?:[\s,.:;)]|$)`).FindAllStringSubmatch(string(page), -1)
	assert.Greater(t, len(found), 8)
	for _, match := range found {
		name := strings.Join(strings.Fields(match[1]), " ")
		assert.True(t, slices.ContainsFunc(names, func(of string) bool { return strings.HasPrefix(of, name) }), "docs/reliability.md names *%s*", name)
	}
}
