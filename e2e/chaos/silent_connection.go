// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// silenceLimit bounds how long nothing arrives after a connection of HTTP/2 went silent:
// 10 s until the exporter asks for a sign of life, 5 s for that, and the retry.
const silenceLimit = 17 * time.Second

// silentConnection makes the only connection of HTTP/2 lose everything without an end, as
// a NAT or a dead balancer does.
func silentConnection(t *trial) {
	t.want.duplicates = true // an answer can be among what is lost
	var older atomic.Int64
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor < 2 {
			older.Add(1)
		}
		t.api.ServeHTTP(w, r)
	}))
	api.EnableHTTP2 = true
	api.StartTLS()
	t.cleanUps = append(t.cleanUps, api.CloseClientConnections)
	proxy, err := newTCPProxy(api.Listener.Addr().String())
	require.NoError(t, err)
	t.cleanUps = append(t.cleanUps, proxy.close)
	t.env["CHAOS_ENDPOINT"] = "https://" + proxy.address
	t.trust(api)
	t.start()
	stop := t.sendSlowly()
	require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.arrived(10) }))
	proxy.silence()
	begun := time.Now()
	t.sleep(time.Second) // for what the API had received before
	before := t.ledger.sum().delivered
	require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.arrived(before + 1) }))
	took := time.Since(begun)
	t.note("delivered again after %.1f s", took.Seconds())
	t.onQuietMachine(func() {
		assert.LessOrEqual(t, took, silenceLimit, "time without deliveries")
	})
	assert.Zero(t, older.Load(), "requests of HTTP/1")
	stop()
	t.awaitDelivered()
}

// arrived returns nil if at least n visits were delivered.
func (s sum) arrived(n int) error {
	if s.delivered < n {
		return errNotYet
	}
	return nil
}
