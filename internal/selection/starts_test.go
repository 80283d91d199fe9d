// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEachProbeAgentIsKnownInAnyCaseByItsFirstBytes(t *testing.T) {
	for _, agent := range probeAgents {
		for _, written := range []string{agent, strings.ToLower(agent), strings.ToUpper(agent)} {
			assert.True(t, isProbe("/", written+"/1.0", ""), written)
		}
	}
	assert.False(t, isProbe("/", "GPTBot/1.2", ""), "it begins like GoogleHC")
	assert.False(t, isProbe("/", "e", ""))
}
