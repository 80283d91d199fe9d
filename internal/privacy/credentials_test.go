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

func TestTheHeaderThatAnAttributeHoldsIsKnownByItsKey(t *testing.T) {
	for key, want := range map[string]string{
		"http.request.header.X-Api-Key": "x-api-key", "http_x_api_key": "x-api-key", "request_x_api_key": "x-api-key",
		"sent_http_set_cookie": "set-cookie", "downstream_Set-Cookie": "set-cookie", "cookie": "cookie", "": "",
	} {
		assert.Equal(t, want, HeaderOfKey(key), key)
	}
}
