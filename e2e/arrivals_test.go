// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// TestLiveWhatIsMissingIsToldAfterAMinute sends what `curl http://127.0.0.1` leaves in nginx's
// log. It is no visit for Scrunch, and there are no spans at all. It takes a minute, so it
// runs with the live tests.
func TestLiveWhatIsMissingIsToldAfterAMinute(t *testing.T) {
	if os.Getenv("LIVE") == "" {
		t.Skip("it takes a minute: `make live` runs it")
	}
	r := newRig(t, fakeapi.Settings{})
	r.start()
	ld := plog.NewLogs()
	line := fmt.Sprintf("127.0.0.1 - - [%s] \"GET /a HTTP/1.1\" 200 612 \"-\" \"curl/8.5.0\"", time.Now().Format("02/Jan/2006:15:04:05 -0700"))
	ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body().SetStr(line)
	r.postLogs(ld)
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.KnownAgents, 1))
	for _, want := range []struct{ exporter, signal, message string }{
		{"agent_visits/known_agents", "logs", "The first visits are delivered."},
		{"agent_visits/scrunch", "logs", "None of the telemetry is a visit. Scrunch requires a domain. Set scrunch::domain"},
		{"agent_visits/known_agents", "traces", "Nothing has reached this exporter since it started. If the site has visitors, check"},
		{"agent_visits/scrunch", "traces", "Nothing has reached this exporter since it started. If the site has visitors, check"},
	} {
		require.NoError(t, r.awaitLine(want.message, `"`+want.exporter+`"`, `"`+want.signal+`"`), want.message)
	}
	r.stop()
}

// awaitLine waits until a line of the Collector's log has all texts. It waits for up to two
// minutes.
func (r *rig) awaitLine(texts ...string) error {
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); <-time.After(200 * time.Millisecond) {
		for line := range strings.Lines(r.log.String()) {
			if hasAll(line, texts) {
				return nil
			}
		}
	}
	return errors.New("the log has no such line")
}

func hasAll(line string, texts []string) bool {
	for _, text := range texts {
		if !strings.Contains(line, text) {
			return false
		}
	}
	return true
}
