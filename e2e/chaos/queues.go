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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

var errNotYet = errors.New("not yet")

// queues scenarios send more than the queue holds.
var queues = []Scenario{
	{Name: "queue full, backpressure off, beside another exporter", run: func(t *trial) {
		neighbour := newNeighbour(t)
		t.configure("small_queue.yaml", "beside.yaml")
		t.proxy.close()
		t.start()
		n := t.times(5_000, 20_000)
		t.send(n)
		assert.EqualValues(t, n, neighbour.Load(), "spans that the other exporter has delivered")
		t.overflows("queue_full")
		t.logged(overflowMessage, 1)
		one := t.connect()
		t.eventually(startLimit, func() error { // an episode ends when nothing was dropped for ten seconds
			require.NoError(t, t.pour(one, page(), 1, func(err error) error { return err }))
			if !t.log.has(againMessage) {
				return errNotYet
			}
			return nil
		})
		t.arriveBut("queue_full")
	}},
	{Name: "queue full again and again, because the API is slow", run: func(t *trial) {
		t.configure("small_queue.yaml")
		t.slowAPI()
		t.start()
		stop := t.sendMeanwhile()
		t.awaitCounts(func(c counts) error {
			if c.dropped["queue_full"] < t.times(5_000, 50_000) {
				return errNotYet
			}
			return nil
		})
		stop()
		t.arriveBut("queue_full")
		t.logged(overflowMessage, 1)
	}},
	{Name: "queue full, backpressure on", run: func(t *trial) {
		t.configure("small_queue.yaml", "exporters::agent_visits::backpressure: true")
		t.proxy.close()
		t.start()
		var refused atomic.Int64
		ended := make(chan error, 1)
		to := t.connect().persistent(&refused)
		go func() { ended <- t.pour(to, page(), t.times(5_000, 20_000), func(err error) error { return err }) }()
		t.eventually(startLimit, func() error {
			if refused.Load() < 5 {
				return errNotYet
			}
			return nil
		})
		require.NoError(t, t.proxy.open())
		require.NoError(t, <-ended)
		t.delivered()
	}},
	{Name: "queue of the default size full", fullOnly: true, run: func(t *trial) {
		t.proxy.close()
		t.start()
		t.send(220_000)
		t.overflows("queue_full")
	}},
	{Name: "restart with a full queue on disk", run: func(t *trial) {
		t.configure("storage.yaml", "small_queue.yaml")
		if t.settings.Full {
			t.configure("exporters::agent_visits::sending_queue::queue_size: 10000000")
		}
		t.proxy.close()
		t.start()
		t.send(t.times(5_000, 50_000))
		t.stop()
		require.NoError(t, t.proxy.open())
		t.start()
		t.arriveBut("queue_full")
	}},
}

// overflows brings the API back after visits were dropped for the reason, and
// waits for all others.
func (t *trial) overflows(reason string) {
	require.NoError(t, t.proxy.open())
	t.arriveBut(reason)
}

// arriveBut waits for all visits but those dropped for the reason.
func (t *trial) arriveBut(reason string) {
	t.want.overflow = reason
	t.eventually(startLimit, func() error {
		c, err := t.scrape()
		require.NoError(t, err)
		c.add(t.counted)
		if s := t.ledger.sum(); s.lost > c.dropped[reason] {
			return fmt.Errorf("%d visits have not arrived, %d were dropped", s.lost, c.dropped[reason])
		}
		return nil
	})
}

// newNeighbour is a backend that takes OTLP over HTTP. It counts spans.
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
	t.undo = append(t.undo, server.Close)
	t.env["CHAOS_NEIGHBOUR"] = server.URL
	return spans
}
