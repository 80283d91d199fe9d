// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The network scenarios break the network between the Collector and the API.
var network = []Scenario{
	{Name: "no fault", run: func(t *trial) {
		t.start()
		t.send(t.size(5_000, 50_000))
		t.awaitDelivered()
	}},
	{Name: "connection refused", run: func(t *trial) {
		t.tcpProxy.close()
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitFailed(5)
		require.NoError(t, t.tcpProxy.open())
		t.awaitDelivered()
		t.awaitLogged(pausedMessage, 1)
	}},
	{Name: "connection refused for two minutes, default retry intervals", fullOnly: true, run: func(t *trial) {
		t.configure("exporters::agent_visits::retry_on_failure: {initial_interval: 5s, max_interval: 30s}")
		t.tcpProxy.close()
		t.start()
		t.send(20_000)
		t.sleep(2 * time.Minute)
		require.NoError(t, t.tcpProxy.open())
		t.awaitDelivered()
	}},
	{Name: "reset in the middle of a body", run: func(t *trial) {
		t.tcpProxy.disturb(fault{resetAfter: 20_000, times: t.size(10, 100)})
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitFailed(t.size(3, 30)) // smaller bodies pass
		t.awaitDelivered()
	}},
	{Name: "answer lost after acceptance", run: func(t *trial) {
		t.want.duplicates = true
		t.tcpProxy.disturb(fault{loseAnswers: true, times: t.size(3, 20)})
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitDelivered()
		t.awaitFailed(t.size(3, 20))
		t.awaitSent()
		assert.Zero(t, t.tcpProxy.remaining(), "answers that were not lost yet")
		assert.Positive(t, t.ledger.sum().duplicates, "visits that were accepted without an answer arrive again")
	}},
	{Name: "answers later than the timeout", run: func(t *trial) {
		t.want.duplicates = true
		release := make(chan struct{})
		t.configure("exporters::agent_visits::timeout: 500ms")
		t.tcpProxy.disturb(fault{holdAnswers: release})
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitFailed(t.size(10, 50))
		close(release)
		t.awaitSent()
		assert.Positive(t, t.ledger.sum().duplicates, "visits that were accepted without an answer arrive again")
	}},
	{Name: "name cannot be resolved, then corrected", run: func(t *trial) {
		t.configure("storage.yaml")
		right := t.env["CHAOS_ENDPOINT"]
		t.env["CHAOS_ENDPOINT"] = "https://visits.invalid"
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitFailed(3)
		t.awaitLogged("lookup visits.invalid", 1)
		t.stop()
		t.env["CHAOS_ENDPOINT"] = right
		t.start()
		t.awaitDelivered()
	}},
	{Name: "certificate of an unknown authority, then trusted", run: func(t *trial) {
		api := httptest.NewUnstartedServer(t.api)
		api.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshakes must fail
		api.StartTLS()
		t.cleanUps = append(t.cleanUps, api.Close)
		t.configure("storage.yaml")
		t.env["CHAOS_ENDPOINT"] = api.URL
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitFailed(3)
		t.awaitLogged("certificate signed by unknown authority", 1)
		t.stop()
		t.trust(api)
		t.start()
		t.awaitDelivered()
	}},
	{Name: "redirect to another host", run: redirect},
	{Name: "connection of HTTP/2 that goes silent", quiet: true, run: silentConnection},
}

// redirect uses Scrunch, because Go would send its key, which is in a custom header, to
// the other host.
func redirect(t *trial) {
	var leaked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	t.cleanUps = append(t.cleanUps, other.Close)
	t.configure("scrunch.yaml", "storage.yaml")
	var turn atomic.Int64
	t.httpProxy.disturb(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		status := []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}
		w.Header().Set("Location", other.URL+"/visits")
		w.WriteHeader(status[int(turn.Add(1))%len(status)])
	})
	t.start()
	t.send(t.size(2_000, 20_000))
	t.awaitUnhealthy()
	t.awaitLogged("redirects are not followed; set `endpoint`", 1)
	t.stop()
	t.assertLogged(unhealthyMessage, 1)
	t.httpProxy.disturb(nil)
	t.start()
	t.awaitDelivered()
	assert.Zero(t, leaked.Load(), "requests to the other host")
}

// trust configures the Collector to trust the server's certificate.
func (t *trial) trust(server *httptest.Server) {
	path := filepath.Join(t.dir, "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(path, certificate, 0o600))
	t.configure("exporters::agent_visits::tls::ca_file: " + path)
}
