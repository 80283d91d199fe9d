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

// network scenarios break what lies between the Collector and the API.
var network = []Scenario{
	{Name: "no fault", run: func(t *trial) {
		t.start()
		t.send(t.times(5_000, 50_000))
		t.delivered()
	}},
	{Name: "connection refused", run: func(t *trial) {
		t.proxy.close()
		t.start()
		t.send(t.times(2_000, 20_000))
		t.awaitFailed(5)
		require.NoError(t, t.proxy.open())
		t.delivered()
		assert.Positive(t, t.log.count(retryMessage))
	}},
	{Name: "connection refused for two minutes, default retry intervals", fullOnly: true, run: func(t *trial) {
		t.configure("exporters::agent_visits::retry_on_failure: {initial_interval: 5s, max_interval: 30s}")
		t.proxy.close()
		t.start()
		t.send(20_000)
		t.pass(2 * time.Minute)
		require.NoError(t, t.proxy.open())
		t.delivered()
	}},
	{Name: "reset in mid-body", run: func(t *trial) {
		t.proxy.do(fault{resetAfter: 20_000, times: t.times(10, 100)})
		t.start()
		t.send(t.times(2_000, 20_000))
		t.awaitFailed(t.times(10, 100))
		t.delivered()
	}},
	{Name: "answer lost after acceptance", run: func(t *trial) {
		t.want.duplicates = true
		t.proxy.do(fault{loseAnswers: true, times: t.times(3, 20)})
		t.start()
		t.send(t.times(2_000, 20_000))
		t.delivered()
		t.awaitFailed(t.times(3, 20))
		t.awaitSent()
		assert.Zero(t, t.proxy.left(), "answers still to be lost")
		assert.Positive(t, t.ledger.sum().duplicates, "what was accepted without an answer comes again")
	}},
	{Name: "answers later than the timeout", run: func(t *trial) {
		t.want.duplicates = true
		release := make(chan struct{})
		t.configure("exporters::agent_visits::timeout: 500ms")
		t.proxy.do(fault{holdAnswers: release})
		t.start()
		t.send(t.times(2_000, 20_000))
		t.awaitFailed(t.times(10, 50))
		close(release)
		t.awaitSent()
		assert.Positive(t, t.ledger.sum().duplicates, "what was accepted without an answer comes again")
	}},
	{Name: "name cannot be resolved, then corrected", run: func(t *trial) {
		t.configure("storage.yaml")
		right := t.env["CHAOS_ENDPOINT"]
		t.env["CHAOS_ENDPOINT"] = "https://visits.invalid"
		t.start()
		t.send(t.times(2_000, 20_000))
		t.awaitFailed(3)
		assert.Positive(t, t.log.count("lookup visits.invalid"))
		t.stop()
		t.env["CHAOS_ENDPOINT"] = right
		t.start()
		t.delivered()
	}},
	{Name: "certificate of an unknown authority, then made known", run: func(t *trial) {
		api := httptest.NewUnstartedServer(t.api)
		api.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are to fail
		api.StartTLS()
		t.undo = append(t.undo, api.Close)
		t.configure("storage.yaml")
		t.env["CHAOS_ENDPOINT"] = api.URL
		t.start()
		t.send(t.times(2_000, 20_000))
		t.awaitFailed(3)
		assert.Positive(t, t.log.count("certificate signed by unknown authority"))
		t.stop()
		t.trust(api)
		t.start()
		t.delivered()
	}},
	{Name: "redirect to another host", run: redirect},
}

// redirect uses Scrunch, whose key is in a header that Go would take along.
func redirect(t *trial) {
	var stolen atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	t.undo = append(t.undo, other.Close)
	t.configure("scrunch.yaml", "storage.yaml")
	var turn atomic.Int64
	t.front.do(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		status := []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}
		w.Header().Set("Location", other.URL+"/visits")
		w.WriteHeader(status[int(turn.Add(1))%len(status)])
	})
	t.start()
	t.send(t.times(2_000, 20_000))
	t.awaitIll()
	assert.Positive(t, t.log.count("redirects are not followed; set `endpoint`"))
	t.stop()
	t.logged(illMessage, 1)
	t.front.do(nil)
	t.start()
	t.delivered()
	assert.Zero(t, stolen.Load(), "requests to the other host")
}

// trust makes the Collector know the authority of a server's certificate.
func (t *trial) trust(server *httptest.Server) {
	path := filepath.Join(t.dir, "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(path, certificate, 0o600))
	t.configure("exporters::agent_visits::tls::ca_file: " + path)
}
