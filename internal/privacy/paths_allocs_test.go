// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

//go:build !race

package privacy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The race detector makes pools forget, those of regular expressions as well.
func TestPathsWithoutAMatchCostNoMemory(t *testing.T) {
	rules := rulesOf(`\d+x`, "0", `[^/]+@[^/]+`, "mail")
	for _, path := range []string{"/guides/llamas", "/caf%C3%A9/12345/a%20b"} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { rules.replaceInPath(path) }), path)
		header := "https://shop.example" + path + "?page=2"
		assert.Zero(t, testing.AllocsPerRun(100, func() { rules.replaceInHeader(header) }), header)
	}
}
