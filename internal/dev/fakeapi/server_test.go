// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package fakeapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheServerListensOnLoopbackAddressesOnly(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "localhost:0", "127.1.2.3:0"} {
		t.Run(address, func(t *testing.T) {
			s, err := Listen(address, Settings{})
			require.NoError(t, err)
			assert.Contains(t, s.URL(), "http://127.")
			require.NoError(t, s.Close())
		})
	}
	require.NoError(t, checkLoopback("[::1]:0"))
	for _, address := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.com:80", "localhost.example.com:80"} {
		t.Run(address, func(t *testing.T) {
			_, err := Listen(address, Settings{})
			require.EqualError(t, err, `listen address "`+address+`" is not a loopback address: use 127.0.0.1, [::1] or localhost`)
		})
	}
	for _, address := range []string{"", "127.0.0.1", "8080"} {
		t.Run(address, func(t *testing.T) {
			_, err := Listen(address, Settings{})
			require.ErrorContains(t, err, "use 127.0.0.1:0 for a free port")
		})
	}
}

func TestCloseEndsHangingRequestsAndKeepsTheRecords(t *testing.T) {
	s, err := Listen("127.0.0.1:0", Settings{})
	require.NoError(t, err)
	s.Script(KnownAgents, Step{Hang: make(chan struct{})})
	failed := make(chan error)
	r := valid(t, KnownAgents, s.URL(), knownAgentsBody)
	go func() {
		_, err := do(r)
		failed <- err
	}()
	require.NoError(t, s.WaitRequests(t.Context(), KnownAgents, 1))
	require.NoError(t, s.Close())
	require.Error(t, <-failed)
	assert.Equal(t, "the client left before the answer", s.Requests(KnownAgents)[0].Reason,
		"Close returns after the handler")
}
