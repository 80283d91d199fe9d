// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"
)

// processes scenarios end the Collector in the midst of its work.
var processes = []Scenario{
	{Name: "SIGKILL at random moments under load, queue on disk", run: func(t *trial) {
		t.want.duplicates = true
		endings(t, t.times(4, 20), t.kill)
	}},
	{Name: "SIGTERM at random moments under load, queue on disk", run: func(t *trial) {
		endings(t, t.times(2, 10), t.terminate)
	}},
	{Name: "SIGTERM under load, queue in memory", run: func(t *trial) {
		t.slowAPI()
		t.start()
		stop := t.sendMeanwhile()
		require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached(t.times(3_000, 30_000)) }))
		t.terminate()
		t.start() // takes what is on its way
		stop()
		t.delivered()
	}},
	{Name: "SIGTERM while the API hangs, queue on disk", run: func(t *trial) {
		t.configure("storage.yaml")
		t.hang()
		t.start()
		t.send(t.times(2_000, 20_000))
		t.stop()
		t.front.do(nil)
		t.start()
		t.delivered()
	}},
	{Name: "SIGTERM while the API hangs, queue in memory: lost and said so", run: func(t *trial) {
		t.hang()
		t.start()
		n := t.times(2_000, 20_000)
		t.send(n)
		t.terminate()
		lost := 0
		for _, found := range regexp.MustCompile(`"reason": "given_up", "visits": (\d+)`).FindAllStringSubmatch(t.log.String(), -1) {
			visits, err := strconv.Atoi(found[1])
			require.NoError(t, err)
			lost += visits
		}
		t.want.overflow = "given_up"
		t.counted.dropped["given_up"] = lost
	}},
}

// endings ends and starts the Collector at random moments while visits come in.
// The API takes its time to answer, so that most endings meet requests on
// their way.
func endings(t *trial, times int, end func()) {
	t.configure("storage.yaml")
	t.slowAPI()
	t.start()
	stop := t.sendMeanwhile()
	for range times {
		moment := t.ledger.sum().acknowledged + 1 + t.random.IntN(1_500)
		require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached(moment) }))
		t.pass(time.Duration(t.random.IntN(50)) * time.Millisecond)
		end()
		t.start()
	}
	stop()
	t.delivered()
}

// reached is nil when so many visits were acknowledged.
func (s sum) reached(n int) error {
	if s.acknowledged < n {
		return errNotYet
	}
	return nil
}

// slowAPI makes the API answer 20 ms after it has stored the visits.
func (t *trial) slowAPI() {
	t.front.do(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		kept := httptest.NewRecorder()
		api.ServeHTTP(kept, r)
		timer := time.NewTimer(20 * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
			w.WriteHeader(kept.Code)
		case <-r.Context().Done():
		}
	})
}

// hang makes the API take requests and never answer.
func (t *trial) hang() {
	t.front.do(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() })
}
