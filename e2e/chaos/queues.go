// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

var errNotYet = errors.New("not yet")

// The queues scenarios send more visits than the queue can hold.
var queues = []Scenario{
	{Name: "queue full, backpressure off, next to another exporter", run: func(t *trial) {
		neighbour := newNeighbour(t)
		t.configure("small_queue.yaml", "beside.yaml")
		t.tcpProxy.close()
		t.start()
		n := t.size(5_000, 20_000)
		t.send(n)
		assert.EqualValues(t, n, neighbour.Load(), "spans that the other exporter has delivered")
		require.NoError(t, t.tcpProxy.open())
		t.awaitDeliveredExcept("queue_full")
		t.assertLogged(overflowMessage, 1)
		to := t.connect()
		t.eventually(startLimit, func() error { // a drop episode ends after ten seconds without a drop
			require.NoError(t, t.sendAll(to, page(), 1, func(err error) error { return err }))
			if !t.log.has(overflowEndMessage) {
				return errNotYet
			}
			return nil
		})
		t.awaitDeliveredExcept("queue_full")
	}},
	{Name: "queue full repeatedly because the API is slow", run: func(t *trial) {
		t.configure("small_queue.yaml")
		t.slowAPI(20 * time.Millisecond)
		t.start()
		stop := t.sendMeanwhile()
		t.awaitCounts(func(c counts) error {
			if c.dropped["queue_full"] < t.size(5_000, 50_000) {
				return errNotYet
			}
			return nil
		})
		stop()
		t.awaitDeliveredExcept("queue_full")
		t.assertLogged(overflowMessage, 1)
	}},
	{Name: "queue full, backpressure on", run: func(t *trial) {
		t.configure("small_queue.yaml", "exporters::agent_visits::backpressure: true")
		t.tcpProxy.close()
		t.start()
		var refused atomic.Int64
		ended := make(chan error, 1)
		to := t.connect().withRetry(&refused)
		go func() { ended <- t.sendAll(to, page(), t.size(5_000, 20_000), func(err error) error { return err }) }()
		t.eventually(startLimit, func() error {
			if refused.Load() < 5 {
				return errNotYet
			}
			return nil
		})
		require.NoError(t, t.tcpProxy.open())
		require.NoError(t, <-ended)
		t.awaitDelivered()
	}},
	{Name: "full queue of the default size", fullOnly: true, run: func(t *trial) {
		t.tcpProxy.close()
		t.start()
		t.send(220_000)
		require.NoError(t, t.tcpProxy.open())
		t.awaitDeliveredExcept("queue_full")
	}},
	{Name: "restart with a full queue on disk", run: func(t *trial) {
		t.configure("storage.yaml", "small_queue.yaml")
		if t.settings.Full {
			t.configure("exporters::agent_visits::sending_queue::queue_size: 10000000")
		}
		t.tcpProxy.close()
		t.start()
		t.send(t.size(5_000, 50_000))
		t.stop()
		require.NoError(t, t.tcpProxy.open())
		t.start()
		t.awaitDeliveredExcept("queue_full")
	}},
}

// awaitDeliveredExcept waits until all visits are delivered, except those that the
// exporter counts as dropped for the reason.
func (t *trial) awaitDeliveredExcept(reason string) {
	t.want.overflow = reason
	t.eventually(startLimit, func() error {
		c, err := t.scrape()
		require.NoError(t, err)
		c.add(t.counted)
		if s := t.ledger.sum(); s.lost > c.dropped[reason] {
			return fmt.Errorf("%d visits have not arrived, but %d were dropped", s.lost, c.dropped[reason])
		}
		return nil
	})
}

// newNeighbour starts the backend of another exporter, which takes OTLP over HTTP. It
// returns the number of spans that the backend has received.
func newNeighbour(t *trial) *atomic.Int64 {
	spans := &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload := ptraceotlp.NewExportRequest()
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = payload.UnmarshalProto(body)
		}
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		spans.Add(int64(payload.Traces().SpanCount()))
	}))
	t.cleanUps = append(t.cleanUps, server.Close)
	t.env["CHAOS_NEIGHBOUR"] = server.URL
	return spans
}
