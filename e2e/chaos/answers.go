// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// The answers scenarios make the API answer badly.
var answers = []Scenario{
	{Name: "500 for a while", run: func(t *trial) {
		t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 500, Times: t.size(20, 100)})
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitDelivered()
	}},
	{Name: "200 and 500 alternating", run: func(t *trial) {
		var turn atomic.Int64
		t.httpProxy.disturb(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
			if turn.Add(1)%2 == 0 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			api.ServeHTTP(w, r)
		})
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitDelivered()
	}},
	{Name: "429 with Retry-After", run: func(t *trial) { throttle(t, "1", t.size(5, 30)) }},
	{Name: "429 without Retry-After", run: func(t *trial) { throttle(t, "", t.size(5, 30)) }},
	{Name: "401, then the API accepts the key", fullOnly: true, run: func(t *trial) {
		t.api.Script(fakeapi.KnownAgents, fakeapi.Step{Status: 401, Times: fakeapi.Forever})
		t.start()
		t.send(20_000)
		t.awaitUnhealthy()
		t.api.ClearScript(fakeapi.KnownAgents)
		t.awaitDelivered()
		t.assertLogged(unhealthyMessage, 1)
		t.assertLogged(recoveredMessage, 1)
	}},
	{Name: "401, then the key is corrected", run: func(t *trial) {
		t.configure("storage.yaml")
		t.env["CHAOS_TOKEN"] = wrongToken
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitUnhealthy()
		t.awaitLogged("the API refuses the key; check `known_agents::access_token`", 1)
		t.stop()
		t.assertLogged(unhealthyMessage, 1)
		t.env["CHAOS_TOKEN"] = accessToken
		t.start()
		t.awaitDelivered()
	}},
	{Name: "answer of 100 MB", run: func(t *trial) { longAnswers(t, 100<<20) }},
	{Name: "endless answer", run: func(t *trial) { longAnswers(t, 1<<40) }},
	{Name: "answer that stops after its headers", run: func(t *trial) {
		var turn atomic.Int64
		t.configure("exporters::agent_visits::timeout: 3s")
		t.httpProxy.disturb(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
			recorded := httptest.NewRecorder()
			api.ServeHTTP(recorded, r)
			w.WriteHeader(recorded.Code)
			if turn.Add(1) <= 5 {
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			}
		})
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitDelivered()
	}},
}

// throttle makes the API answer 429 for some seconds. While delivery is paused, the
// exporter must send only one request at a time, whatever the number of consumers.
func throttle(t *trial, retryAfter string, seconds int) {
	throttled := time.Duration(seconds) * time.Second
	var refused atomic.Int64
	begun := time.Now()
	t.httpProxy.disturb(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		if time.Since(begun) > throttled {
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
	t.send(t.size(2_000, 20_000))
	t.awaitDelivered()
	t.assertLogged(pausedMessage, 1)
	const consumers = 10
	assert.LessOrEqual(t, refused.Load(), int64(consumers+seconds), "requests while throttled: those in flight, then one at a time")
}

// longAnswers makes the API give endless or very long answers, with status 200 and at
// first also 500.
func longAnswers(t *trial, size int64) {
	var turn, written atomic.Int64
	t.httpProxy.disturb(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
		n := turn.Add(1)
		recorded := httptest.NewRecorder()
		if n%2 == 0 && n <= 20 {
			recorded.Code = http.StatusInternalServerError
		} else {
			api.ServeHTTP(recorded, r)
		}
		w.WriteHeader(recorded.Code)
		sent, _ := io.CopyN(w, zeros{}, size)
		written.Add(sent)
	})
	t.start()
	t.send(t.size(2_000, 20_000))
	t.awaitDelivered()
	assert.Less(t, written.Load()/turn.Load(), int64(20<<20), "bytes sent per answer, including those in the system's buffers")
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// The content scenarios send visits that the API rejects, or that are unusual.
var content = []Scenario{
	{Name: "one poison visit", run: func(t *trial) { poisoned(t, t.size(2_000, 20_000), 1) }},
	{Name: "10 poison visits in 10,000", run: func(t *trial) { poisoned(t, 10_000, 10) }},
	{Name: "a poison visit before all others", run: func(t *trial) {
		t.rejectPoison()
		t.start()
		t.sendKind(poison(), 1)
		require.NoError(t, t.api.WaitRequests(t.ctx, fakeapi.KnownAgents, 1))
		t.send(t.size(2_000, 20_000))
		t.awaitDelivered()
		t.awaitRejected(1)
		t.assertLogged(rejectedMessage, 1)
	}},
	{Name: "30 poison visits together before all others", run: func(t *trial) {
		t.rejectPoison()
		t.start()
		t.sendKind(poison(), 30)
		require.NoError(t, t.api.WaitRequests(t.ctx, fakeapi.KnownAgents, 1))
		t.send(t.size(2_000, 20_000))
		t.awaitDelivered()
		stop := t.sendSlowly()
		t.awaitRejected(30)
		stop()
		t.awaitDelivered()
	}},
	{Name: "all visits rejected, then accepted", run: func(t *trial) {
		t.api.RejectVisits(fakeapi.KnownAgents, func(fakeapi.Visit) bool { return true })
		t.start()
		t.send(t.size(2_000, 20_000))
		t.awaitUnhealthy()
		t.api.RejectVisits(fakeapi.KnownAgents, nil)
		t.awaitDelivered()
		t.assertLogged(unhealthyMessage, 1)
		t.assertLogged(recoveredMessage, 1)
	}},
	{Name: "413 above 300 kB", run: func(t *trial) {
		t.configure("default_batches.yaml")
		var refused atomic.Int64
		t.httpProxy.disturb(func(w http.ResponseWriter, r *http.Request, api http.Handler) {
			if r.ContentLength > 300_000 {
				refused.Add(1)
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			api.ServeHTTP(w, r)
		})
		t.start()
		t.send(t.size(5_000, 50_000))
		t.awaitDelivered()
		assert.Positive(t, refused.Load())
		assert.LessOrEqual(t, refused.Load(), int64(30), "the exporter learns the limit")
		t.awaitLogged(tooLargeMessage, 1)
	}},
	{Name: "impossible times", run: func(t *trial) {
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
			k.path, k.agent = page().path, page().agent
			t.sendKind(k, t.size(200, 2_000))
		}
		t.awaitDelivered()
	}},
}

// rejectPoison makes the API reject the poison visits.
func (t *trial) rejectPoison() {
	t.api.RejectVisits(fakeapi.KnownAgents, isPoison)
}

// poisoned sends n visits. Some of them are poison, evenly spread.
func poisoned(t *trial, n, poisonous int) {
	t.rejectPoison()
	t.start()
	for range poisonous {
		t.send(n / poisonous / 2)
		t.sendKind(poison(), 1)
		t.send(n/poisonous - n/poisonous/2 - 1)
	}
	t.awaitDelivered()
	t.awaitRejected(poisonous)
	t.awaitLogged(rejectedMessage, 1) // described, if not each by itself
}

// rejectLimit bounds how long visits may be tried before they are dropped.
const rejectLimit = 9 * time.Minute

// awaitRejected waits until the metrics count n visits as dropped because the API rejects
// them. Meanwhile it sends others: from these the exporter knows that the API is well.
func (t *trial) awaitRejected(n int) {
	t.want.dropped["rejected"] = n
	t.eventually(rejectLimit, func() error {
		c, err := t.scrape()
		require.NoError(t, err)
		if c.dropped["rejected"] != n {
			t.send(1)
			return fmt.Errorf("%d visits are dropped as rejected, expected %d", c.dropped["rejected"], n)
		}
		return nil
	})
}
