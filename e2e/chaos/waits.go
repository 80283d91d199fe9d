// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"time"

	"github.com/stretchr/testify/require"
)

// shortWait is how long visits wait in these scenarios for the spans above theirs.
const shortWait = "exporters::agent_visits::visits::internal_hops_wait: 1s"

// The waits scenarios end the Collector while visits wait to be known as such, or give
// them little memory.
var waits = []Scenario{
	{Name: "SIGKILL while visits wait for the spans above theirs, queue on disk", run: func(t *trial) {
		t.want.duplicates = true
		t.configure(shortWait)
		restartsUnder(t, traced, t.size(4, 20), t.kill)
	}},
	{Name: "SIGTERM while visits wait for the spans above theirs, queue on disk", run: func(t *trial) {
		t.configure(shortWait)
		restartsUnder(t, traced, t.size(2, 10), t.terminate)
	}},
	{Name: "SIGTERM while visits wait for the spans above theirs, queue in memory", run: func(t *trial) {
		t.configure("exporters::agent_visits::visits::internal_hops_wait: 10m")
		t.start()
		t.sendKind(traced(), t.size(5_000, 50_000))
		t.terminate()
		t.start()
		t.awaitDelivered()
	}},
	{Name: "visits that wait fill their memory", run: func(t *trial) {
		t.configure("exporters::agent_visits::visits::internal_hops_wait: 10m", "exporters::agent_visits::visits::internal_hops_memory: 1048576")
		t.start()
		t.sendKind(traced(), t.size(20_000, 200_000))
		require.Equal(t, 1, t.log.count("for lack of memory"), "warnings in the log")
		t.terminate()
		t.start()
		t.awaitDelivered()
	}},
	{Name: "visits that wait while the API is down and the disk is full, with backpressure", run: func(t *trial) {
		t.configure("storage.yaml", shortWait, "exporters::agent_visits::backpressure: true",
			"exporters::agent_visits::sending_queue::queue_size: 500000")
		t.hangAPI()
		t.start()
		stop := t.sendKindMeanwhile(traced)
		require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached(2_000) }))
		t.sleep(3 * time.Second)
		t.httpProxy.disturb(nil)
		require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached(t.size(10_000, 50_000)) }))
		stop()
		t.awaitDelivered()
	}},
}
