// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// TestEachPromiseIsHeldByATestThatExists reads docs/claims.md.
func TestEachPromiseIsHeldByATestThatExists(t *testing.T) {
	promises := map[string]bool{}
	for _, row := range fixture.TableRows(fixture.ReadFile(t, "docs/claims.md")) {
		folder, name, found := strings.Cut(row[1], " ")
		if !found || !strings.HasPrefix(folder, "`") {
			continue
		}
		assert.False(t, promises[row[0]], "%q stands there twice", row[0])
		promises[row[0]] = true
		files, err := filepath.Glob(filepath.Join(strings.Trim(folder, "`"), "*_test.go"))
		require.NoError(t, err)
		exists := false
		for _, file := range files {
			exists = exists || strings.Contains(fixture.ReadFile(t, file), "\nfunc "+name+"(")
		}
		assert.True(t, exists, "%s has no %s, which holds %q", folder, name, row[0])
	}
	assert.Greater(t, len(promises), 40)
}
