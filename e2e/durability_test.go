// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

func TestVisitsInTheBatchArriveWhenTheCollectorIsStopped(t *testing.T) {
	r := newRig(t, fakeapi.Settings{}, "slow_batch.yaml")
	r.start()
	r.sendMixed(newRequests(0, 1000))
	for _, destination := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		require.Zero(t, r.api.Counts(destination).Requests, "%s: the batch is still open", destination)
	}
	r.stop()
	r.requireVisits(newRequests(0, 1000), "")
}

func TestVisitsOnDiskArriveAfterACrash(t *testing.T) {
	r := newRig(t, fakeapi.Settings{}, "storage.yaml")
	down := newOutage(t)
	r.env["E2E_KNOWN_AGENTS_ENDPOINT"], r.env["E2E_SCRUNCH_ENDPOINT"] = down.URL(), refused
	r.start()
	r.sendMixed(newRequests(0, 2000))
	require.NoError(t, down.WaitRequests(r.ctx, fakeapi.KnownAgents, 2))
	r.kill()

	r.requireNoSecretOnDisk()
	r.env["E2E_KNOWN_AGENTS_ENDPOINT"], r.env["E2E_SCRUNCH_ENDPOINT"] = r.api.URL(), r.api.URL()
	r.start()
	r.waitVisits(2000)
	r.stop()
	r.requireVisits(newRequests(0, 2000), "")
}

func TestVisitsOnDiskArriveAfterAStopDuringAnOutage(t *testing.T) {
	r := newRig(t, fakeapi.Settings{}, "storage.yaml")
	down := newOutage(t)
	r.env["E2E_KNOWN_AGENTS_ENDPOINT"], r.env["E2E_SCRUNCH_ENDPOINT"] = down.URL(), down.URL()
	r.start()
	r.sendMixed(newRequests(0, 1000))
	r.stop()

	r.env["E2E_KNOWN_AGENTS_ENDPOINT"], r.env["E2E_SCRUNCH_ENDPOINT"] = r.api.URL(), r.api.URL()
	r.start()
	r.waitVisits(1000)
	r.stop()
	r.requireVisits(newRequests(0, 1000), "")
}

// A typing error in site_id must not cost the queue: the visits wait on the disk until it is
// mended, through a crash as well, and none goes to the other site.
func TestVisitsOnDiskWaitForTheirSite(t *testing.T) {
	r := newRig(t, fakeapi.Settings{}, "storage.yaml")
	down := newOutage(t)
	site, another := r.env["E2E_SITE_ID"], "01ARZ3NDEKTSV4RRFFQ69G5FAX"
	r.env["E2E_SCRUNCH_ENDPOINT"] = down.URL()
	r.start()
	r.sendMixed(newRequests(0, 1000))
	require.NoError(t, down.WaitRequests(r.ctx, fakeapi.Scrunch, 2))
	r.stop()

	r.env["E2E_SITE_ID"], r.env["E2E_SCRUNCH_ENDPOINT"] = another, r.api.URL()
	warnings := func() int { return strings.Count(r.log.String(), "are not for this exporter") }
	for _, end := range []func(){r.kill, r.stop} {
		before := warnings()
		r.start()
		r.eventually(func() error {
			if warnings() == before {
				return errors.New("the log does not say that visits are set aside")
			}
			return nil
		})
		end()
	}
	require.Zero(t, r.api.Counts(fakeapi.Scrunch).Requests, "nothing goes to the other site")

	r.env["E2E_SITE_ID"] = site
	r.start()
	r.waitVisits(1000)
	r.stop()
	r.requireVisits(newRequests(0, 1000), "")
}

// newOutage returns an API that answers 503 until the test ends. A script on the rig's
// API would not do: when it is cleared, the API could accept a body that is in flight.
func newOutage(t *testing.T) *fakeapi.Server {
	t.Helper()
	api, err := fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, api.Close()) })
	for _, destination := range []fakeapi.Destination{fakeapi.KnownAgents, fakeapi.Scrunch} {
		api.Script(destination, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
	}
	return api
}

// When the Collector crashes, the API may have accepted a body whose answer the Collector
// did not see. Its visits arrive twice, because the APIs take no event id.
func TestACrashDuringDeliveryLosesNothing(t *testing.T) {
	r := newRig(t, fakeapi.Settings{}, "storage.yaml")
	never := make(chan struct{})
	r.api.Script(fakeapi.KnownAgents, fakeapi.Step{}, fakeapi.Step{Hang: never})
	r.start()
	const n = 2000
	connection := r.connect()
	for from := 0; from < n; from += perPayload {
		r.sendTraces(connection, newServerTraces(newRequests(from, from+perPayload)))
	}
	require.NoError(t, r.api.WaitRequests(r.ctx, fakeapi.KnownAgents, 2))
	r.kill()
	before := r.api.Counts(fakeapi.KnownAgents).Visits

	r.start()
	times := map[string]int{}
	r.eventually(func() error {
		clear(times)
		for _, v := range r.api.KnownAgentsVisits() {
			times[idOf(v.RequestPath)]++
		}
		if len(times) < n {
			return fmt.Errorf("%d of %d visits arrived", len(times), n)
		}
		return nil
	})
	r.stop()
	after := r.api.Counts(fakeapi.KnownAgents).Visits
	assert.LessOrEqual(t, after-n, before, "only visits that were accepted before the crash may arrive twice")
}

// requireNoSecretOnDisk requires that the queue on disk holds no credential, neither
// ours nor those in the requests.
func (r *rig) requireNoSecretOnDisk() {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.dir, "queue", "*"))
	require.NoError(r.t, err)
	require.NotEmpty(r.t, files)
	visits := false
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(r.t, err)
		for _, word := range []string{secret, accessToken, apiKey} {
			require.NotContains(r.t, string(content), word, filepath.Base(file))
		}
		visits = visits || idForm.Match(content)
	}
	require.True(r.t, visits, "the files hold visits, so these are the right files")
}
