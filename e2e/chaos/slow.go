// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
)

// In the slow scenarios, the API or the line to it takes much less than there is to send.
// Then every timeout may double the visits of a body.
var slow = []Scenario{
	{Name: "API that takes one body a second, timeout 5 s", quiet: true, run: func(t *trial) {
		t.configure("default_batches.yaml", "exporters::agent_visits::timeout: 5s")
		faster := t.oneBodyASecond()
		t.start()
		t.send(40_000)
		t.assertProgress(t.time(20*time.Second, 50*time.Second), 30_000)
		faster()
		t.awaitDelivered()
		t.assertDoubled(0.02)
	}},
	{Name: "line of 150 kB/s, timeout 30 s", quiet: true, fullOnly: true, run: func(t *trial) { slowLine(t, "30s") }},
	{Name: "line of 150 kB/s, timeout 5 s", quiet: true, run: func(t *trial) { slowLine(t, "5s") }},
}

// slowLine has a line that carries 36,500 of these visits in a minute, or 17 full bodies.
func slowLine(t *trial, timeout string) {
	t.useDefaults()
	t.configure("exporters::agent_visits::timeout: " + timeout)
	t.tcpProxy.pace.perSecond.Store(150_000)
	t.start()
	t.sendKind(small(), 40_000)
	t.assertProgress(t.time(20*time.Second, time.Minute), 34_000)
	t.tcpProxy.pace.perSecond.Store(0)
	t.awaitDelivered()
	t.assertDoubled(0.03)
}

// assertProgress waits and checks that enough visits have arrived during the fault.
func (t *trial) assertProgress(after time.Duration, atLeast int) {
	t.sleep(after)
	s := t.ledger.sum()
	t.onQuietMachine(func() {
		assert.GreaterOrEqual(t, s.delivered, atLeast, "visits that were delivered in time")
	})
	t.note("%s after %.0f s", number(s.delivered), after.Seconds())
}

// assertDoubled bounds the deliveries after the first as a share of all visits. The last of
// them may come after the visits: bodies whose client has left.
func (t *trial) assertDoubled(share float64) {
	t.want.duplicates = true
	s := t.ledger.sum()
	t.onQuietMachine(func() {
		assert.LessOrEqual(t, float64(s.duplicates), share*float64(s.acknowledged), "visits that arrived twice")
	})
}

// oneBodyASecond makes the API take bodies one after another, until faster is called. It
// also takes a body whose client has left meanwhile.
func (t *trial) oneBodyASecond() (faster func()) {
	var turn sync.Mutex
	var fast atomic.Bool
	t.httpProxy.disturb(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		turn.Lock()
		defer turn.Unlock()
		if !fast.Load() {
			time.Sleep(time.Second)
		}
		r = r.WithContext(context.WithoutCancel(r.Context()))
		r.Body = io.NopCloser(bytes.NewReader(body))
		recorded := httptest.NewRecorder()
		api.ServeHTTP(recorded, r)
		w.WriteHeader(recorded.Code)
	})
	return func() { fast.Store(true) }
}
