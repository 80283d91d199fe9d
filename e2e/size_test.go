// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// Each of the twenty payloads makes several bodies. The next payload fills up the last
// one.
func TestTwoHundredThousandVisitsArriveOnceInBodiesBelowTheLimit(t *testing.T) {
	const n, each = 200_000, 10_000
	r := newRig(t, fakeapi.Settings{CountsOnly: true}, "large_queue.yaml")
	knownAgents, scrunch := newTally(t, n, r.api), newTally(t, n, r.api)
	r.env["E2E_KNOWN_AGENTS_ENDPOINT"], r.env["E2E_SCRUNCH_ENDPOINT"] = knownAgents.URL, scrunch.URL
	r.start()
	connection := r.connect()
	for from := 0; from < n; from += each {
		r.sendTraces(connection, newServerTraces(newRequests(from, from+each)))
	}
	for _, api := range []*tally{knownAgents, scrunch} {
		select {
		case <-api.complete:
		case <-r.ctx.Done():
			t.Errorf("%d of %d visits arrived", api.visits, n)
		}
	}
	r.stop()
	knownAgents.requireOnce(t)
	scrunch.requireOnce(t)
	for _, destination := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		assert.Zero(t, r.api.Counts(destination).Refused, "%s: bodies that the strict stand-in has refused", destination)
		assert.Positive(t, r.api.Counts(destination).Visits, "%s: visits that it has accepted", destination)
	}
}

// tally stands in for one API. It counts visits by id and does not decode them, because
// under the race detector that would take minutes. Every tenth body goes to the strict
// stand-in.
type tally struct {
	*httptest.Server
	strict   http.Handler
	complete chan struct{} // closed when as many visits have arrived as there are ids

	mu      sync.Mutex
	times   []uint8 // by id
	visits  int
	bodies  int
	largest int // body, in bytes
	broken  int // lines without a whole visit
}

func newTally(t *testing.T, n int, strict http.Handler) *tally {
	t.Helper()
	c := &tally{strict: strict, complete: make(chan struct{}), times: make([]uint8, n)}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *tally) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the body was cut off; the exporter sends it again
	}
	if c.count(body)%10 == 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.strict.ServeHTTP(w, r)
	}
}

// count records the ids in a body and returns the number of bodies so far.
func (c *tally) count(body []byte) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies++
	c.largest = max(c.largest, len(body))
	before := c.visits
	for line := range bytes.Lines(body) {
		if id, ok := idOfLine(line); ok && id < len(c.times) {
			c.times[id]++
			c.visits++
		} else {
			c.broken++
		}
	}
	if before < len(c.times) && c.visits >= len(c.times) {
		close(c.complete)
	}
	return c.bodies
}

// idOfLine returns the id of the visit in a line. whole is false if the line is not a
// visit in the framing of either API.
func idOfLine(line []byte) (id int, whole bool) {
	line = bytes.TrimPrefix(bytes.TrimRight(line, ",]\n"), []byte("["))
	_, rest, found := bytes.Cut(line, []byte("visit="))
	if !found || len(rest) < 6 || line[0] != '{' || line[len(line)-1] != '}' {
		return 0, false
	}
	id, err := strconv.Atoi(string(rest[:6]))
	return id, err == nil
}

// requireOnce requires that each visit arrived once, in whole lines and small bodies.
func (c *tally) requireOnce(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	missing, repeated := 0, 0
	for _, n := range c.times {
		switch {
		case n == 0:
			missing++
		case n > 1:
			repeated++
		}
	}
	require.Zero(t, missing, "visits that did not arrive")
	require.Zero(t, repeated, "visits that arrived more than once")
	assert.Zero(t, c.broken, "lines without a whole visit")
	assert.LessOrEqual(t, c.largest, 950_000, "the default of sending_queue::batch::max_size")
	t.Logf("%d visits in %d bodies of at most %d bytes", c.visits, c.bodies, c.largest)
}
