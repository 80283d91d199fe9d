// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"fmt"
	"net/http"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// In the outages scenarios, every body gets the same answer for a while. It says nothing
// about the visits, whatever its status.
var outages = func() []Scenario {
	all := []Scenario{
		{Name: "413 for everything for 5 s", quiet: true, run: allTooLarge},
		{Name: "200 with HTML for everything, as a portal answers", quiet: true, fullOnly: true, run: portal},
		{Name: "200 with JSON that names an error", run: func(t *trial) {
			t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 200, Body: `{"error":"quota exceeded"}`, Times: fakeapi.Forever})
			t.start()
			t.send(2_000)
			t.awaitDelivered()
			t.assertLogged(acceptedWithErrorMessage, 1)
		}},
	}
	for _, status := range []int{407, 409, 410, 418, 421, 431, 451, 499} {
		all = append(all, Scenario{
			Name: fmt.Sprintf("%d for everything for 5 s", status), quiet: true, fullOnly: status != 409 && status != 418,
			run: func(t *trial) {
				t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: status, Times: fakeapi.Forever})
				t.start()
				t.send(4_000)
				t.sleep(5 * time.Second)
				t.api.ClearScript(fakeapi.KnownAgents)
				t.awaitDeliveredWithin(2 * time.Minute)
			},
		})
	}
	return all
}()

// allTooLarge also checks that the exporter forgets the limit that it has learned.
func allTooLarge(t *trial) {
	t.configure("default_batches.yaml")
	t.start()
	t.send(4_000)
	t.awaitDelivered()
	full := t.ledger.takeLargest()
	t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 413, Times: fakeapi.Forever})
	t.send(4_000)
	t.sleep(5 * time.Second)
	t.api.ClearScript(fakeapi.KnownAgents)
	well := time.Now()
	t.eventually(time.Minute, func() error {
		t.send(2_000)
		t.sleep(2 * time.Second)
		if largest := t.ledger.takeLargest(); largest < full*9/10 {
			return fmt.Errorf("the largest body had %d bytes, before the outage %d", largest, full)
		}
		return nil
	})
	t.note("full bodies after %.0f s", time.Since(well).Seconds())
	t.awaitDelivered()
}

// portal answers in the place of the API, as a captive network or a wrong endpoint does.
func portal(t *trial) {
	t.httpProxy.disturb(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><title>Welcome</title><p>Please log in."))
	})
	t.start()
	t.send(2_000)
	t.awaitUnhealthy()
	t.sleep(5 * time.Second)
	t.httpProxy.disturb(nil)
	t.awaitDeliveredWithin(2 * time.Minute)
	t.assertLogged(unhealthyMessage, 1)
	t.assertLogged(recoveredMessage, 1)
	for _, line := range t.log.lines(unhealthyMessage) {
		assert.Contains(t, line, "`endpoint`", "the remedy")
	}
}
