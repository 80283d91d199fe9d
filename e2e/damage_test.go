// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// The pages of the queue's storage file that tests damage, and how many visits are in it.
const (
	pageSize      = 4096
	queuedBatches = 24
	queuedVisits  = queuedBatches * perBatch
	perBatch      = 25
)

// fillDamageRig leaves a queue of visits on disk and returns the path of its file.
func fillDamageRig(t *testing.T) (r *rig, file string) {
	t.Helper()
	r = newRig(t, fakeapi.Settings{}, "storage.yaml", "damage.yaml")
	down := newOutage(t)
	r.env["E2E_KNOWN_AGENTS_ENDPOINT"] = down.URL()
	r.start()
	connection := r.connect()
	for from := 0; from < queuedVisits; from += perBatch {
		r.sendTraces(connection, newServerTraces(newRequests(from, from+perBatch)))
	}
	require.NoError(t, down.WaitRequests(r.ctx, fakeapi.KnownAgents, 1))
	r.stop()
	r.env["E2E_KNOWN_AGENTS_ENDPOINT"] = r.api.URL()
	return r, filepath.Join(r.dir, "queue", "exporter_agent_visits_known_agents_traces")
}

// damages are what can happen to a page.
var damages = map[string]func(page []byte){
	"zeroed": func(page []byte) { clear(page) },
	"scrambled": func(page []byte) {
		random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- damage that can be repeated
		for i := range page {
			page[i] = byte(random.Uint32())
		}
	},
}

// A damaged page of the storage file costs at most the batches on it: the Collector starts,
// delivers all others, and counts what is lost. Only a batch of the last transaction may be
// lost uncounted, if the notes of that transaction are lost with it.
func TestADamagedPageOfTheQueueOnDiskCostsOnlyItsBatches(t *testing.T) {
	r, file := fillDamageRig(t)
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	for name, damage := range damages {
		for page := range len(whole) / pageSize {
			t.Run(fmt.Sprintf("%s/%d", name, page), func(t *testing.T) {
				r, _ := newRig(t, fakeapi.Settings{}, "storage.yaml", "damage.yaml"), r
				damaged := append([]byte(nil), whole...)
				damage(damaged[page*pageSize:][:pageSize])
				file := filepath.Join(r.dir, "queue", filepath.Base(file))
				require.NoError(t, os.Mkdir(filepath.Dir(file), 0o700))
				require.NoError(t, os.WriteFile(file, damaged, 0o600))
				r.start()
				arrived, lost := map[string]bool{}, 0
				r.eventually(func() error {
					lost = counter(r.scrape(), droppedMetric, labels{"reason": "unreadable"})
					for _, v := range r.api.KnownAgentsVisits() {
						arrived[idOf(v.RequestPath)] = true
					}
					if len(arrived)+lost < queuedVisits-perBatch {
						return fmt.Errorf("%d visits arrived, %d are counted as lost", len(arrived), lost)
					}
					return nil
				})
				assert.LessOrEqual(t, lost, 5*perBatch)
				t.Logf("%d counted as lost, %d uncounted, %d came twice", lost, queuedVisits-len(arrived)-lost, r.api.Counts(fakeapi.KnownAgents).Visits-len(arrived))
				r.stop()
			})
		}
	}
}
