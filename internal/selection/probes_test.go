// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestProbesAreKnownWhoeverSentThem(t *testing.T) {
	for path := range probePaths {
		for _, spelled := range []string{path, strings.ToUpper(path), path + "/"} {
			assert.True(t, isProbe(spelled, "", ""), spelled)
		}
		assert.False(t, isProbe(path+"x", "", ""), path)
	}
	for path := range sharedProbePaths {
		assert.False(t, isProbe(path, "Mozilla/5.0", ""), "%s may be a page", path)
		assert.True(t, isProbe(path, "kube-probe/1.31", ""), path)
	}
	for _, agent := range probeAgents {
		for _, spelled := range []string{agent, strings.ToUpper(agent), strings.ToLower(agent)} {
			assert.True(t, isProbe("/", spelled+"1.0", ""), spelled)
			assert.False(t, isProbe("/", spelled[:len(spelled)-1], ""), spelled)
		}
		assert.False(t, isProbe("/", "x"+agent, ""), agent)
	}
	assert.False(t, isProbe("/", "", ""))
	assert.False(t, isProbe("", "", ""))
	assert.True(t, isProbe("/", "", "FrontDoorHealthProbeLog"), "the category of the log")
	assert.False(t, isProbe("/", "", "FrontDoorAccessLog"))
}
