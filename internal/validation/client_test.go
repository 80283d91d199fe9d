// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package validation

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The messages themselves are in testdata/config.

func TestEndpointsThatAnAPICanHaveAreTaken(t *testing.T) {
	for _, endpoint := range []string{"", "https://api.example.com", "https://api.example.com:8443/gateway/", "http://localhost:8080", "http://127.0.0.1", "http://[::1]:80"} {
		t.Run(endpoint, func(t *testing.T) {
			f := NewFaults()
			Endpoint(f, endpoint, "/visits", false)
			assert.NoError(t, f.Err())
		})
	}
}

func TestMessagesShowNoSecretOfAURL(t *testing.T) {
	for _, endpoint := range []string{"ftp://h/?token=canary", "https://canary:x@h", "https://x@canary@h:/%", "https://h/#canary", "http://h?canary", "canary@"} {
		t.Run(endpoint, func(t *testing.T) {
			f := NewFaults()
			Endpoint(f, endpoint, "/visits", false)
			Proxy(f, "://"+endpoint)
			assert.Error(t, f.Err())
			assert.NotContains(t, f.Err().Error(), "canary")
		})
	}
}
