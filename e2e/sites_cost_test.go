// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// sitesLoad is the rate of the spans, in spans a second.
const sitesLoad = 20_000

// TestSitesCostWhatTheDocumentsSay measures what many sites in one exporter cost, for
// docs/performance.md. It asserts that everything arrives. It says the rest.
func TestSitesCostWhatTheDocumentsSay(t *testing.T) {
	if os.Getenv("SITES") == "" {
		t.Skip("it takes minutes of a quiet machine: SITES=0,1,200,1000,5000 are the numbers of sites; 0 is the form with one")
	}
	rounds, err := strconv.Atoi(cmp.Or(os.Getenv("SITES_ROUNDS"), "3"))
	require.NoError(t, err)
	for range rounds {
		for number := range strings.SplitSeq(os.Getenv("SITES"), ",") {
			n, err := strconv.Atoi(number)
			require.NoError(t, err)
			t.Run(fmt.Sprintf("list of %d", n), func(t *testing.T) { sitesCost(t, n, false) })
			if n > 1 {
				t.Run(fmt.Sprintf("directory of %d", n), func(t *testing.T) { sitesCost(t, n, true) })
			}
		}
	}
}

// sitesCost says how long a Collector with so many sites takes to start, its memory when
// idle, and its CPU for a load in which the sites take turns.
func sitesCost(t *testing.T, n int, inDirectory bool) {
	t.Helper()
	sink := newCountingAPI(t)
	r := newSitesRig(t, sink.URL, n, inDirectory)
	began := time.Now()
	r.start()
	started := r.readyAt().Sub(began)
	idle, resident := r.idle()
	over := r.connect()
	before := r.cpu()
	visits := 10 * sitesLoad
	ticker := time.NewTicker(time.Second * perScalePayload / sitesLoad)
	defer ticker.Stop()
	payload, from := newSitesTraces(0, n), time.Now()
	for sent := 0; sent < visits; sent += perScalePayload {
		<-ticker.C
		r.sendTraces(over, payload)
		payload = newSitesTraces(sent+perScalePayload, n)
	}
	r.eventually(func() error {
		if got := sink.visits.Load(); got < int64(visits) {
			return fmt.Errorf("%d of %d visits arrived", got, visits)
		}
		return nil
	})
	used, took := (r.cpu() - before).Seconds(), time.Since(from)
	assert.EqualValues(t, visits, sink.visits.Load())
	t.Logf("healthy after %d ms, idle: %d MiB resident and %.2f %% of a core; %d visits: %.2f CPU seconds, of these %.2f idle, %d requests, %d MiB at most",
		started.Milliseconds(), resident>>20, 100*idle, visits, used, idle*took.Seconds(), sink.requests.Load(), r.peak()>>20)
}

// countingAPI accepts every body and counts.
type countingAPI struct {
	*httptest.Server
	visits, requests atomic.Int64
}

func newCountingAPI(t *testing.T) *countingAPI {
	t.Helper()
	c := &countingAPI{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			c.requests.Add(1)
			c.visits.Add(int64(bytes.Count(body, []byte("\n")) + 1)) // none follows the last visit
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// readyAt is when the Collector was ready, by its log: start asks for its health more and
// more rarely.
func (r *rig) readyAt() (at time.Time) {
	r.t.Helper()
	var err error
	r.eventually(func() error {
		for line := range strings.Lines(r.log.String()) {
			if strings.Contains(line, "Everything is ready.") {
				stamp, _, _ := strings.Cut(line, "\t")
				at, err = time.Parse(time.RFC3339, stamp)
				return err
			}
		}
		return errors.New("the Collector does not say that it is ready")
	})
	return at
}

// idle lets the Collector rest, and says which share of a core it uses and how much memory
// is resident then.
func (r *rig) idle() (share float64, resident int64) {
	r.t.Helper()
	const rest = 10 * time.Second
	time.Sleep(2 * time.Second) // what the start has left over
	before := r.cpu()
	time.Sleep(rest)
	return (r.cpu() - before).Seconds() / rest.Seconds(), r.memory("VmRSS:")
}

// newSitesRig prepares a Collector that delivers to an endpoint, with the default settings
// and n sites; 0 is the form with one site.
func newSitesRig(t *testing.T, endpoint string, n int, inDirectory bool) *rig {
	t.Helper()
	r := newRig(t, fakeapi.Settings{})
	var config strings.Builder
	config.WriteString("service: {pipelines: {traces: {exporters: [agent_visits/sites]}, logs: {exporters: [agent_visits/sites]}}}\n")
	fmt.Fprintf(&config, "exporters:\n  agent_visits/sites:\n    endpoint: %s\n    known_agents:\n", endpoint)
	directory := filepath.Join(r.dir, "sites")
	require.NoError(t, os.Mkdir(directory, 0o700))
	switch {
	case n == 0:
		config.WriteString("      access_token: token-of-all\n")
	case inDirectory:
		fmt.Fprintf(&config, "      sites_directory: %s\n", directory)
	default:
		config.WriteString("      sites:\n")
	}
	for i := range n {
		if inDirectory {
			text := fmt.Sprintf("hosts: [%s]\naccess_token: token-%d\nproject: shop-%d\n", hostOfSite(i), i, i)
			require.NoError(t, os.WriteFile(filepath.Join(directory, strconv.Itoa(i)+".yaml"), []byte(text), 0o600))
		} else {
			fmt.Fprintf(&config, "        - {hosts: [%s], access_token: token-%d, project: shop-%d}\n", hostOfSite(i), i, i)
		}
	}
	path := filepath.Join(r.dir, "sites.yaml")
	require.NoError(t, os.WriteFile(path, []byte(config.String()), 0o600))
	r.configs = append(r.configs, path)
	return r
}

// hostOfSite is the only host of a site.
func hostOfSite(i int) string { return "www.shop" + strconv.Itoa(i) + ".example" }

// newSitesTraces is a payload in which n sites take turns, as they do behind a proxy.
func newSitesTraces(from, n int) ptrace.Traces {
	requests := newRequests(from, from+perScalePayload)
	for i := range requests {
		requests[i].host = hostOfSite((from + i) % max(n, 1))
	}
	return newServerTraces(requests)
}
