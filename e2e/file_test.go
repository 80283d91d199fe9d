// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// newFileRig returns a rig with the first configuration of docs/access-logs.md. It changes
// only addresses and folders, and makes the queue small.
func newFileRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, fakeapi.Settings{})
	copied := filepath.Join(r.dir, "copied.yaml")
	require.NoError(t, os.WriteFile(copied, []byte(wholeConfigs(t, "docs/access-logs.md")[0]), 0o600))
	r.configs = []string{copied, filepath.Join("testdata", "documented_file.yaml")}
	r.env["SCRUNCH_SITE_ID"], r.env["SCRUNCH_API_KEY"] = siteID, apiKey
	return r
}

// appendLines appends a line for each request to the log.
func (r *rig) appendLines(requests []request) {
	r.t.Helper()
	log, err := os.OpenFile(filepath.Join(r.dir, "access.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(r.t, err)
	lines, _ := combinedLines(requests)
	_, err = log.WriteString(lines)
	require.NoError(r.t, err)
	require.NoError(r.t, log.Close())
}

func (r *rig) requireScrunch(want []request, domain string) {
	r.t.Helper()
	visits := map[string]fakeapi.ScrunchVisit{}
	for _, w := range want {
		visits[w.id] = w.scrunch(domain)
	}
	requireSame(r.t, "scrunch", visits, r.api.ScrunchVisits(), func(v fakeapi.ScrunchVisit) string { return idOf(v.URL) })
}

func TestARestartContinuesReadingALogFileWhereItStopped(t *testing.T) {
	r := newFileRig(t)
	r.appendLines(newRequests(0, 500))
	r.start()
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.Scrunch, 500))
	r.stop()
	r.appendLines(newRequests(500, 1000))
	r.start()
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.Scrunch, 1000))
	r.stop()
	r.requireScrunch(inCombined(newRequests(0, 1000)), "example.com")
}

func TestReadingALogFileWaitsWhileTheQueueIsFull(t *testing.T) {
	const n = 5000
	r := newFileRig(t)
	r.api.Script(fakeapi.Scrunch, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
	r.appendLines(newRequests(0, n))
	r.start()
	require.NoError(t, r.api.WaitRequests(r.ctx, fakeapi.Scrunch, 20))
	r.api.ClearScript(fakeapi.Scrunch)
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.Scrunch, n))
	r.stop()
	r.requireScrunch(inCombined(newRequests(0, n)), "example.com")
}

// After a crash the receiver continues from the last position that it saved, so lines
// may arrive twice.
func TestNoLineOfALogFileIsLostInACrashWithAFullQueue(t *testing.T) {
	const n = 5000
	r := newFileRig(t)
	down := newOutage(t)
	r.env["E2E_SCRUNCH_ENDPOINT"] = down.URL()
	r.appendLines(newRequests(0, n))
	r.start()
	require.NoError(t, down.WaitRequests(r.ctx, fakeapi.Scrunch, 20))
	r.kill()

	r.env["E2E_SCRUNCH_ENDPOINT"] = r.api.URL()
	r.start()
	r.eventually(func() error {
		ids := map[string]bool{}
		for _, v := range r.api.ScrunchVisits() {
			ids[idOf(v.URL)] = true
		}
		if len(ids) < n {
			return fmt.Errorf("%d of %d lines arrived", len(ids), n)
		}
		return nil
	})
	r.stop()
}
