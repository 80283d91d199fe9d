// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// The processes scenarios end or reload the Collector while it works.
var processes = []Scenario{
	{Name: "SIGKILL at random moments under load, queue on disk", run: func(t *trial) {
		t.want.duplicates = true
		restarts(t, t.size(4, 20), t.kill)
	}},
	{Name: "SIGKILL at random moments of start-up, queue on disk", run: func(t *trial) {
		t.want.duplicates = true
		t.configure("storage.yaml")
		t.hangAPI()
		t.start()
		t.send(t.size(2_000, 20_000))
		t.kill()
		for range t.size(5, 30) {
			t.launch()
			t.sleep(time.Duration(t.random.IntN(200)) * time.Millisecond)
			t.kill()
		}
		t.httpProxy.disturb(nil)
		t.start()
		t.awaitDelivered()
	}},
	{Name: "SIGTERM at random moments under load, queue on disk", run: func(t *trial) {
		restarts(t, t.size(2, 10), t.terminate)
	}},
	{Name: "reload of the configuration (SIGHUP) under load, queue on disk", run: func(t *trial) {
		t.configure("storage.yaml")
		reloads(t)
	}},
	{Name: "reload of the configuration (SIGHUP) under load, queue in memory", run: reloads},
	{Name: "SIGTERM under load, queue in memory", run: func(t *trial) {
		t.slowAPI(20 * time.Millisecond)
		t.start()
		stop := t.sendMeanwhile()
		require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached(t.size(3_000, 30_000)) }))
		t.terminate()
		t.start() // takes the payloads that are still being sent
		stop()
		t.awaitDelivered()
	}},
	{Name: "no goroutine leak after faults", run: func(t *trial) {
		t.want.duplicates = true
		t.configure("exporters::agent_visits::timeout: 500ms")
		t.start()
		t.send(200)
		t.awaitDelivered()
		before := t.goroutines()
		t.tcpProxy.disturb(fault{resetAfter: 20_000, times: 10})
		t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 10}, fakeapi.Step{Reset: true, Times: 10},
			fakeapi.Step{Hang: make(chan struct{}), Times: 10}, fakeapi.Step{Status: 429, RetryAfter: "1"})
		t.start()
		n := t.size(5_000, 20_000)
		t.send(n)
		t.awaitCounts(func(c counts) error {
			if c.sent < n {
				return errNotYet
			}
			return nil
		})
		assert.LessOrEqual(t, t.goroutines(), before+5, "goroutines; a few come and go")
	}},
	{Name: "SIGTERM while the API hangs, queue on disk", run: func(t *trial) {
		t.configure("storage.yaml")
		t.hangAPI()
		t.start()
		t.send(t.size(2_000, 20_000))
		t.stop()
		t.httpProxy.disturb(nil)
		t.start()
		t.awaitDelivered()
	}},
	{Name: "SIGTERM while the API hangs, queue in memory: visits lost and counted", run: func(t *trial) {
		t.hangAPI()
		t.start()
		n := t.size(2_000, 20_000)
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

// In the combined scenarios, many faults happen together.
var combined = []Scenario{
	{Name: "all faults at random, queue on disk", run: func(t *trial) {
		t.want.duplicates = true
		t.configure("storage.yaml", "exporters::agent_visits::timeout: 1s",
			"exporters::agent_visits::sending_queue::queue_size: 500000000")
		t.rejectPoison()
		t.httpProxy.disturb(t.unreliableAPI())
		t.start()
		poisonous := t.size(3, 20)
		stop := t.sendMeanwhile()
		for i := range poisonous {
			require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached((i + 1) * 1_000) }))
			t.sendKind(poison(), 1)
			t.tcpProxy.disturb(fault{
				resetAfter:  int64(t.random.IntN(2) * (1 + t.random.IntN(50_000))),
				loseAnswers: t.random.IntN(2) == 0, times: t.random.IntN(5),
			})
			t.sleep(time.Duration(t.random.IntN(100)) * time.Millisecond)
			if i%3 == 1 {
				t.kill()
				t.start()
			}
		}
		stop()
		t.awaitDelivered()
		t.want.dropped["rejected"] = poisonous
	}},
}

// unreliableAPI is an API that sometimes fails, at random.
func (t *trial) unreliableAPI() disturbance {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(t.settings.Seed, 1)) //nolint:gosec // the random choices must be repeatable
	choose := func() int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(50)
	}
	return func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		switch choose() {
		case 0, 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		case 3:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case 4: // accepted without an answer
			api.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case 5:
			panic(http.ErrAbortHandler)
		default:
			api.ServeHTTP(w, r)
		}
	}
}

// restarts ends and starts the Collector at random moments under load. The API is slow,
// so that requests are in flight in most of these moments.
func restarts(t *trial, times int, end func()) { restartsUnder(t, page, times, end) }

// restartsUnder is restarts under a load of visits of a kind.
func restartsUnder(t *trial, of func() kind, times int, end func()) {
	t.configure("storage.yaml")
	t.slowAPI(20 * time.Millisecond)
	t.start()
	stop := t.sendKindMeanwhile(of)
	for range times {
		moment := t.ledger.sum().acknowledged + 1 + t.random.IntN(1_500)
		require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached(moment) }))
		t.sleep(time.Duration(t.random.IntN(50)) * time.Millisecond)
		end()
		t.start()
	}
	stop()
	t.awaitDelivered()
}

// reloads makes the Collector reload its configuration under load. It then stops and
// starts all components in the same process.
func reloads(t *trial) {
	t.inexact = true // the counters restart at 0
	t.slowAPI(20 * time.Millisecond)
	t.start()
	stop := t.sendMeanwhile()
	for i := range t.size(2, 10) {
		moment := t.ledger.sum().acknowledged + 1_000
		require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached(moment) }))
		t.signal(syscall.SIGHUP)
		t.eventually(startLimit, func() error {
			if t.log.count("Everything is ready.") < i+2 {
				return errNotYet
			}
			return nil
		})
	}
	stop()
	t.awaitDelivered()
}

func (t *trial) signal(s os.Signal) {
	process, err := os.FindProcess(t.process.PID())
	require.NoError(t, err)
	require.NoError(t, process.Signal(s))
}

// goroutines returns the number of the Collector's goroutines without those of idle
// connections. It ends the Collector with a signal that makes it print its goroutines.
func (t *trial) goroutines() int {
	t.inexact = true
	t.memory.sample(t.process.PID())
	before := t.log.size()
	t.signal(syscall.SIGQUIT)
	ctx, cancel := context.WithTimeout(t.ctx, stopLimit)
	defer cancel()
	require.ErrorContains(t, t.process.Wait(ctx), "exit status 2")
	count := 0
	for goroutine := range strings.SplitSeq(t.log.String()[before:], "\n\n") {
		if strings.HasPrefix(goroutine, "goroutine ") && !strings.Contains(goroutine, "net/http.(*persistConn)") {
			count++
		}
	}
	assert.Greater(t, count, 10, "goroutines that the Collector has printed")
	return count
}

// reached returns nil if at least n visits were acknowledged.
func (s sum) reached(n int) error {
	if s.acknowledged < n {
		return errNotYet
	}
	return nil
}

// slowAPI makes the API answer some time after it has stored the visits.
func (t *trial) slowAPI(after time.Duration) {
	t.httpProxy.disturb(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		recorded := httptest.NewRecorder()
		api.ServeHTTP(recorded, r)
		timer := time.NewTimer(after)
		defer timer.Stop()
		select {
		case <-timer.C:
			w.WriteHeader(recorded.Code)
		case <-r.Context().Done():
		}
	})
}

// hangAPI makes the API take requests and never answer.
func (t *trial) hangAPI() {
	t.httpProxy.disturb(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() })
}
