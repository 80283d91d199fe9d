// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// The shutdowns scenarios end the Collector while it has a fault to deal with.
var shutdowns = []Scenario{
	{Name: "SIGTERM in an outage, queue on disk", run: func(t *trial) {
		t.configure("storage.yaml")
		t.tcpProxy.close()
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitFailed(3)
		t.stop()
		for _, line := range t.log.lines("Dropping") {
			assert.Fail(t, "the log tells of a loss that did not happen", line)
		}
		assert.NoError(t, t.tcpProxy.open())
		t.start()
		t.awaitDelivered()
	}},
	{Name: "SIGTERM while a bad visit is isolated, queue on disk", run: func(t *trial) {
		t.configure("storage.yaml")
		stopWhileIsolating(t)
	}},
	{Name: "SIGTERM while a bad visit is isolated, queue in memory", run: stopWhileIsolating},
}

// stopWhileIsolating ends the Collector after a body was refused because of one visit, and
// before enough answers have come to know which.
func stopWhileIsolating(t *trial) {
	const answerTime = 200 * time.Millisecond
	t.want.dropped["rejected"] = 1
	t.objectToPoison(fakeapi.Step{Status: 403})
	t.slowAPI(answerTime)
	t.start()
	t.send(1_000)
	t.sendKind(poison(), 1)
	t.send(1_000)
	t.eventually(startLimit, func() error {
		if t.api.Counts(fakeapi.KnownAgents).Refused == 0 {
			return errNotYet
		}
		return nil
	})
	t.sleep(3 * answerTime / 2)
	t.terminate()
	t.start()
	t.send(1_000)
	t.awaitDelivered()
}
