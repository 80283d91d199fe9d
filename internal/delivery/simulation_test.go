// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
	"github.com/agentvisits/agentvisitsexporter/internal/queue"
	"github.com/agentvisits/agentvisitsexporter/internal/telemetry"
)

// simulation is a delivery with as many consumers as the helper's queue has, to an API
// that only keeps a ledger. All runs by the clock of a synctest bubble.
type simulation struct {
	*testDelivery
	ledger    *ledger
	random    *random
	begun     time.Time
	consumers chan struct{}
	pushes    sync.WaitGroup
}

// newSimulation has a client and a pace with the given timeout.
func newSimulation(t *testing.T, timeout time.Duration) *simulation {
	t.Helper()
	skipUnlessSample(t)
	s := &simulation{
		testDelivery: newTestDelivery(t),
		ledger:       &ledger{arrived: map[string]time.Time{}},
		random:       newRandom(1),
		begun:        time.Now(),
	}
	with := s.QueueConfig()
	s.consumers = make(chan struct{}, with.Get().NumConsumers)
	s.client.http.Timeout, s.dispatcher.pace.timeout = timeout, timeout
	return s
}

// skipUnlessSample skips most simulations if the race detector watches.
func skipUnlessSample(t *testing.T) {
	t.Helper()
	if fixture.RaceDetector && !isSample(t.Name()) {
		t.Skip("the race detector makes a simulation ten times as long: it watches one in eight, and all run without it")
	}
}

// isSample chooses one in eight names.
func isSample(name string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(name))
	return h.Sum32()%8 == 0
}

// push delivers a batch as soon as a consumer is free.
func (s *simulation) push(t *testing.T, b *queue.Batch) {
	t.Helper()
	s.consumers <- struct{}{}
	s.pushes.Go(func() {
		assert.NoError(t, s.Push(t.Context(), b))
		<-s.consumers
	})
}

// elapsed is how long the simulation has run.
func (s *simulation) elapsed() time.Duration { return time.Since(s.begun) }

// stop ends the simulation with what waits or is under way.
func (s *simulation) stop(t *testing.T) {
	t.Helper()
	s.Delivery.stop(errStopped)
	s.pushes.Wait()
	require.NoError(t, s.Shutdown(t.Context()))
}

// finish waits until all is delivered or dropped, and requires that each good visit
// arrived once and that each bad one was dropped for the reason.
func (s *simulation) finish(t *testing.T, good, bad int, reason telemetry.DropReason) {
	t.Helper()
	s.pushes.Wait()
	arrived, doubled, _ := s.ledger.counts()
	assert.Equal(t, good, arrived, "delivered")
	assert.Zero(t, doubled, "doubled")
	assert.EqualValues(t, bad, s.dropped(t, reason))
	assert.Zero(t, s.dropped(t, telemetry.DropGivenUp))
}

// ledger is what an API has taken.
type ledger struct {
	mu       sync.Mutex
	arrived  map[string]time.Time // when, by path
	own      string               // how each path begins
	foreign  []string             // the paths that do not
	doubled  int                  // visits that came again
	requests int
	sizes    []int // of the bodies of all requests
}

// take stores the visits of a body.
func (l *ledger) take(body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, rest := range bytes.Split(body, []byte(`"request_path":"`))[1:] {
		path, _, _ := strings.Cut(string(rest[:min(len(rest), 200)]), `"`)
		if _, is := l.arrived[path]; is {
			l.doubled++
			continue
		}
		if !strings.HasPrefix(path, l.own) {
			l.foreign = append(l.foreign, path)
		}
		l.arrived[path] = time.Now()
	}
}

func (l *ledger) counts() (arrived, doubled, requests int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.arrived), l.doubled, l.requests
}

// receive reads the body of a request.
func (l *ledger) receive(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	l.sizes = append(l.sizes, len(body))
	return body, err
}

// behind is an API that takes everything after some time. Something before it objects
// to bodies that hold poison.
func (l *ledger) behind(o objection, takes time.Duration) transport {
	return func(r *http.Request) (*http.Response, error) {
		body, err := l.receive(r)
		if err != nil {
			return nil, err
		}
		time.Sleep(takes)
		if bytes.Contains(body, []byte("/poison")) {
			return o(r)
		}
		l.take(body)
		return withStatus(http.StatusOK)(r)
	}
}

// unless answers as o does while it is so, and else as the transport does.
func (l *ledger) unless(isSo func() bool, o objection, then transport) transport {
	return func(r *http.Request) (*http.Response, error) {
		if !isSo() {
			return then(r)
		}
		if _, err := l.receive(r); err != nil {
			return nil, err
		}
		time.Sleep(20 * time.Millisecond)
		return o(r)
	}
}

// numbered is a batch of the visits first, first+1, ... of a simulation. Those for
// which isBad is true are poison.
func numbered(first, n int, isBad func(int) bool) *queue.Batch {
	padding := strings.Repeat("x", 100)
	return batchOf(n, func(i int) string {
		if isBad(first + i) {
			return fmt.Sprintf("/poison/%d/%s", first+i, padding)
		}
		return fmt.Sprintf("/%d/%s", first+i, padding)
	})
}

// number is which visit of numbered has the path.
func number(path string) (n int) {
	_, _ = fmt.Sscanf(path, "/%d/", &n)
	return n
}

func nothingBad(int) bool { return false }

// places are k different numbers below n.
func (r *random) places(k, n int) map[int]bool {
	places := map[int]bool{}
	for len(places) < k {
		places[int(r.upTo(time.Duration(n)))] = true
	}
	return places
}
