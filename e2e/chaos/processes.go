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

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

// processes scenarios end the Collector in the midst of its work.
var processes = []Scenario{
	{Name: "SIGKILL at random moments under load, queue on disk", run: func(t *trial) {
		t.want.duplicates = true
		endings(t, t.times(4, 20), t.kill)
	}},
	{Name: "SIGKILL at random moments of a start, queue on disk", run: func(t *trial) {
		t.want.duplicates = true
		t.configure("storage.yaml")
		t.hang()
		t.start()
		t.send(t.times(2_000, 20_000))
		t.kill()
		for range t.times(5, 30) {
			t.launch()
			t.pass(time.Duration(t.random.IntN(200)) * time.Millisecond)
			t.kill()
		}
		t.front.do(nil)
		t.start()
		t.delivered()
	}},
	{Name: "SIGTERM at random moments under load, queue on disk", run: func(t *trial) {
		endings(t, t.times(2, 10), t.terminate)
	}},
	{Name: "SIGHUP, which reloads the configuration, under load, queue on disk", run: func(t *trial) {
		t.configure("storage.yaml")
		reloads(t)
	}},
	{Name: "SIGHUP, which reloads the configuration, under load, queue in memory", run: reloads},
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
	{Name: "goroutines before and after faults", run: func(t *trial) {
		t.want.duplicates = true
		t.configure("exporters::agent_visits::timeout: 500ms")
		t.start()
		t.send(200)
		t.delivered()
		before := t.goroutines()
		t.proxy.do(fault{resetAfter: 20_000, times: 10})
		t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: 10}, fakeapi.Step{Reset: true, Times: 10},
			fakeapi.Step{Hang: make(chan struct{}), Times: 10}, fakeapi.Step{Status: 429, RetryAfter: "1"})
		t.start()
		n := t.times(5_000, 20_000)
		t.send(n)
		t.awaitCounts(func(c counts) error {
			if c.sent < n {
				return errNotYet
			}
			return nil
		})
		assert.LessOrEqual(t, t.goroutines(), before+5, "goroutines, of which some come and go")
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

// everything are scenarios in which much fails together.
var everything = []Scenario{
	{Name: "all of it at random, queue on disk", run: func(t *trial) {
		t.want.duplicates = true
		t.configure("storage.yaml", "exporters::agent_visits::timeout: 1s",
			"exporters::agent_visits::sending_queue::queue_size: 500000000")
		t.rejectPoison()
		t.front.do(t.moody())
		t.start()
		bad := t.times(3, 20)
		stop := t.sendMeanwhile()
		for i := range bad {
			require.NoError(t, t.ledger.until(t.ctx, func(s sum) error { return s.reached((i + 1) * 1_000) }))
			t.sendKind(poison(), 1)
			t.proxy.do(fault{
				resetAfter:  int64(t.random.IntN(2) * (1 + t.random.IntN(50_000))),
				loseAnswers: t.random.IntN(2) == 0, times: t.random.IntN(5),
			})
			t.pass(time.Duration(t.random.IntN(100)) * time.Millisecond)
			if i%3 == 1 {
				t.kill()
				t.start()
			}
		}
		stop()
		t.delivered()
		t.want.dropped["rejected"] = bad
	}},
}

// moody is an API that does as its seed says.
func (t *trial) moody() disturbance {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(t.settings.Seed, 1)) //nolint:gosec // random moods must be repeatable
	mood := func() int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(50)
	}
	return func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		switch mood() {
		case 0, 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		case 3:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case 4: // accepted, and not said so
			api.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case 5:
			panic(http.ErrAbortHandler)
		default:
			api.ServeHTTP(w, r)
		}
	}
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

// reloads makes the Collector end and start everything within one process.
func reloads(t *trial) {
	t.inexact = true // counters begin anew
	t.slowAPI()
	t.start()
	stop := t.sendMeanwhile()
	for i := range t.times(2, 10) {
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
	t.delivered()
}

func (t *trial) signal(s os.Signal) {
	process, err := os.FindProcess(t.process.PID())
	require.NoError(t, err)
	require.NoError(t, process.Signal(s))
}

// goroutines counts those of the Collector, less those of idle connections. It
// ends the Collector, which prints them.
func (t *trial) goroutines() int {
	t.inexact = true
	t.memory.look(t.process.PID())
	dump := t.log.size()
	t.signal(syscall.SIGQUIT)
	ctx, cancel := context.WithTimeout(t.ctx, stopLimit)
	defer cancel()
	require.ErrorContains(t, t.process.Wait(ctx), "exit status 2")
	count := 0
	for goroutine := range strings.SplitSeq(t.log.String()[dump:], "\n\n") {
		if strings.HasPrefix(goroutine, "goroutine ") && !strings.Contains(goroutine, "net/http.(*persistConn)") {
			count++
		}
	}
	assert.Greater(t, count, 10, "goroutines that the Collector prints")
	return count
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
