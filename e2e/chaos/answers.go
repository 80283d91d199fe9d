// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

// answers scenarios make the API answer badly.
var answers = []Scenario{
	{Name: "500 for a while", run: func(t *trial) {
		t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: t.times(20, 100)})
		t.start()
		t.send(t.times(2_000, 20_000))
		t.delivered()
	}},
	{Name: "200 and 500 by turns", run: func(t *trial) {
		var turn atomic.Int64
		t.front.do(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
			if turn.Add(1)%2 == 0 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			api.ServeHTTP(w, r)
		})
		t.start()
		t.send(t.times(2_000, 20_000))
		t.delivered()
	}},
	{Name: "429 with Retry-After", run: func(t *trial) { throttle(t, "1", t.times(5, 30)) }},
	{Name: "429 without Retry-After", run: func(t *trial) { throttle(t, "", t.times(5, 30)) }},
	{Name: "401, then the API knows the key", fullOnly: true, run: func(t *trial) {
		t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401, Times: fakeapi.Forever})
		t.start()
		t.send(20_000)
		t.awaitIll()
		t.api.ClearScript(fakeapi.KnownAgents)
		t.delivered()
		t.logged(illMessage, 1)
		t.logged(fineMessage, 1)
	}},
	{Name: "401, then the key is corrected", run: func(t *trial) {
		t.configure("storage.yaml")
		t.env["CHAOS_TOKEN"] = wrongToken
		t.start()
		t.send(t.times(2_000, 20_000))
		t.awaitIll()
		assert.Positive(t, t.log.count("the API refuses the key; check `known_agents::access_token`"))
		t.stop()
		t.logged(illMessage, 1)
		t.env["CHAOS_TOKEN"] = accessToken
		t.start()
		t.delivered()
	}},
	{Name: "answer of 100 MB", run: func(t *trial) { longAnswers(t, 100<<20) }},
	{Name: "answer without end", run: func(t *trial) { longAnswers(t, 1<<40) }},
	{Name: "answer that stops after its head", run: func(t *trial) {
		var turn atomic.Int64
		t.configure("exporters::agent_visits::timeout: 3s")
		t.front.do(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
			kept := httptest.NewRecorder()
			api.ServeHTTP(kept, r)
			w.WriteHeader(kept.Code)
			if turn.Add(1) <= 5 {
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			}
		})
		t.start()
		t.send(t.times(2_000, 20_000))
		t.delivered()
	}},
}

// throttle answers 429 for some seconds. While delivery is paused, one request
// goes out at a time, whatever the number of consumers.
func throttle(t *trial, retryAfter string, seconds int) {
	storm := time.Duration(seconds) * time.Second
	var refused atomic.Int64
	begun := time.Now()
	t.front.do(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		if time.Since(begun) > storm {
			api.ServeHTTP(w, r)
			return
		}
		refused.Add(1)
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(http.StatusTooManyRequests)
	})
	t.start()
	begun = time.Now()
	t.send(t.times(2_000, 20_000))
	t.delivered()
	t.logged(pausedMessage, 1)
	const consumers = 10
	assert.LessOrEqual(t, refused.Load(), int64(consumers+seconds), "requests during the storm: those under way, then one at a time")
}

// longAnswers accepts visits, and refuses some for a while, with answers that
// are longer than anybody can read.
func longAnswers(t *trial, size int64) {
	var turn, written atomic.Int64
	t.front.do(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		n := turn.Add(1)
		kept := httptest.NewRecorder()
		if n%2 == 0 && n <= 20 {
			kept.Code = http.StatusInternalServerError
		} else {
			api.ServeHTTP(kept, r)
		}
		w.WriteHeader(kept.Code)
		sent, _ := io.CopyN(w, zeros{}, size)
		written.Add(sent)
	})
	t.start()
	t.send(t.times(2_000, 20_000))
	t.delivered()
	assert.Less(t, written.Load()/turn.Load(), int64(20<<20), "bytes of each answer that went out, buffers of the system included")
}

// zeros is a reader without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// content scenarios send visits that the API does not take.
var content = []Scenario{
	{Name: "one poison visit", run: func(t *trial) { poisoned(t, t.times(2_000, 20_000), 1) }},
	{Name: "10 poison visits in 10,000", run: func(t *trial) { poisoned(t, 10_000, 10) }},
	{Name: "a poison visit before all others", run: func(t *trial) {
		t.rejectPoison()
		t.start()
		t.sendKind(poison(), 1)
		require.NoError(t, t.api.WaitRequests(t.ctx, fakeapi.KnownAgents, 1))
		t.send(t.times(2_000, 20_000))
		t.delivered()
		t.awaitDropped("rejected", 1)
		t.logged(notTakenMessage, 1)
	}},
	{Name: "30 poison visits together before others", run: func(t *trial) {
		t.rejectPoison()
		t.start()
		t.sendKind(poison(), 30)
		require.NoError(t, t.api.WaitRequests(t.ctx, fakeapi.KnownAgents, 1))
		t.send(t.times(2_000, 20_000))
		t.delivered()
		stop := t.sendSlowly()
		t.awaitDropped("rejected", 30)
		stop()
		t.delivered()
	}},
	{Name: "all poison, then the API takes them", run: func(t *trial) {
		t.api.RejectVisits(fakeapi.KnownAgents, func(fakeapi.Visit) bool { return true })
		t.start()
		t.send(t.times(2_000, 20_000))
		t.awaitIll()
		t.api.RejectVisits(fakeapi.KnownAgents, nil)
		t.delivered()
		t.logged(illMessage, 1)
		t.logged(fineMessage, 1)
	}},
	{Name: "413 above 300 kB", run: func(t *trial) {
		t.configure("default_batches.yaml")
		var refused atomic.Int64
		t.front.do(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
			if r.ContentLength > 300_000 {
				refused.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			api.ServeHTTP(w, r)
		})
		t.start()
		t.send(t.times(5_000, 50_000))
		t.delivered()
		assert.Positive(t, refused.Load())
		assert.LessOrEqual(t, refused.Load(), int64(30), "the size is learned")
		assert.Positive(t, t.log.count(tooLargeMessage))
	}},
	{Name: "clocks that jump", run: func(t *trial) {
		t.start()
		now := time.Now()
		for _, k := range []kind{
			{start: time.Unix(0, 0), end: time.Unix(0, 0)},
			{start: time.Unix(1, 0), end: now},
			{start: now, end: now.Add(-time.Hour)},
			{start: now.Add(-400 * 24 * time.Hour), end: now},
			{start: now.Add(48 * time.Hour), end: now.Add(49 * time.Hour)},
			{start: now, end: now.Add(90 * 365 * 24 * time.Hour)},
			{start: time.Unix(1<<33, 0), end: time.Unix(1<<33, 0)},
		} {
			k.path = page().path
			t.sendKind(k, t.times(200, 2_000))
		}
		t.delivered()
	}},
}

func (t *trial) rejectPoison() {
	t.api.RejectVisits(fakeapi.KnownAgents, func(v fakeapi.Visit) bool {
		return strings.HasPrefix(v.KnownAgents.RequestPath, poisonPath)
	})
}

// poisoned sends n visits with so many bad ones spread among them.
func poisoned(t *trial, n, bad int) {
	t.rejectPoison()
	t.start()
	for range bad {
		t.send(n / bad / 2)
		t.sendKind(poison(), 1)
		t.send(n/bad - n/bad/2 - 1)
	}
	t.delivered()
	t.awaitDropped("rejected", bad)
	t.logged(notTakenMessage, bad)
}

// awaitDropped waits until so many visits are counted as dropped.
func (t *trial) awaitDropped(reason string, n int) {
	t.want.dropped[reason] = n
	t.awaitCounts(func(c counts) error {
		if c.dropped[reason] != n {
			return fmt.Errorf("%d visits are dropped as %s, %d were waited for", c.dropped[reason], reason, n)
		}
		return nil
	})
}
