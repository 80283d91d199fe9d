// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package privacy

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

func TestCredentialsCannotBeAdded(t *testing.T) {
	for _, name := range fixture.CanaryHeaders[:28] {
		assert.True(t, IsCredentialHeader(name), name)
	}
	for _, name := range append(visit.RequestHeaders[:], visit.ResponseHeaders[:]...) {
		assert.False(t, IsCredentialHeader(name), name)
	}
	assert.False(t, IsCredentialHeader("x-request-id"))
}
