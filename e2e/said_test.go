// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// complaint matches a line of the Collector's log at warn or error, and finds its message.
var complaint = regexp.MustCompile(`(?m)^\S+\t(?:warn|error)\t[^\t\n]+\t([^\t\n]+)`)

// explained returns the messages that docs/troubleshooting.md quotes, as they begin.
func explained(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "troubleshooting.md"))
	require.NoError(t, err)
	var messages []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\| ").FindAllStringSubmatch(string(text), -1) {
		for _, quoted := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			messages = append(messages, strings.TrimSuffix(quoted[1], " ..."))
		}
	}
	require.Greater(t, len(messages), 30)
	return messages
}

// said is what the Collector of a rig has complained of, as long as read was called before
// the end of the log forgot it.
type said struct {
	*rig
	messages map[string]bool
}

func (s said) read() {
	s.t.Helper()
	for _, found := range complaint.FindAllStringSubmatch(s.log.String(), -1) {
		s.messages[found[1]] = true
	}
}

// requireExplained fails for each complaint without a row in docs/troubleshooting.md, and if
// no complaint begins with one of some.
func (s said) requireExplained(some ...string) {
	s.t.Helper()
	s.read()
	rows := explained(s.t)
	for message := range s.messages {
		found := false
		for _, row := range rows {
			found = found || strings.HasPrefix(message, row)
		}
		assert.True(s.t, found, "docs/troubleshooting.md has no row for the message %q", message)
	}
	for _, message := range some {
		came := false
		for said := range s.messages {
			came = came || strings.HasPrefix(said, message)
		}
		assert.True(s.t, came, "the run says %q: %v", message, s.messages)
	}
}

// TestEachComplaintOfTheRecipeForLogsIsExplained runs the recipe of docs/access-logs.md
// through what happens to it: an API that is down for longer than the queue lasts, a
// rotation, a restart and a crash meanwhile, a key that is refused.
func TestEachComplaintOfTheRecipeForLogsIsExplained(t *testing.T) {
	const part = 1500 // lines, more than the queue holds
	s := said{newFileRig(t), map[string]bool{}}
	s.configs = append(s.configs, `yaml:receivers::file_log::include: ["${env:E2E_DIR}/access.log", "${env:E2E_DIR}/access.log.1"]`)
	s.gates = []string{"stanza.synchronousLogEmitter"}
	log := filepath.Join(s.dir, "access.log")

	s.appendLines(newRequests(0, part))
	s.start()
	require.NoError(t, s.api.WaitVisits(s.ctx, fakeapi.Scrunch, part))

	s.api.Script(fakeapi.Scrunch, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
	s.appendLines(newRequests(part, 3*part))
	require.NoError(t, os.Rename(log, log+".1"))
	s.appendLines(newRequests(3*part, 4*part))
	asked := s.api.Counts(fakeapi.Scrunch).Requests
	require.NoError(t, s.api.WaitRequests(s.ctx, fakeapi.Scrunch, asked+3))
	s.stop()
	s.read()
	s.start()
	s.kill()
	s.read()
	s.api.ClearScript(fakeapi.Scrunch)
	s.api.Script(fakeapi.Scrunch, fakeapi.Step{Status: 401, Times: fakeapi.Forever})
	s.start()
	const refused = "Visits cannot be delivered and wait in the queue. Trying again from time to time."
	s.eventually(func() error {
		if !strings.Contains(s.log.String(), refused) {
			return errors.New("the refused key is not said")
		}
		return nil
	})
	s.stop()
	s.requireExplained("Delivery is paused.", refused)
}

// TestEachComplaintOfTheRecipeForSpansIsExplained lets a queue in memory overflow, and ends
// the Collector while the API is down.
func TestEachComplaintOfTheRecipeForSpansIsExplained(t *testing.T) {
	s := said{newRig(t, fakeapi.Settings{}, "tiny_queue.yaml"), map[string]bool{}}
	for _, at := range bothDestinations {
		s.api.Script(at, fakeapi.Step{Status: 503, Times: fakeapi.Forever})
	}
	s.start()
	s.sendMixed(newRequests(0, 2000))
	s.read()
	s.stop()
	s.requireExplained("Delivery is paused.", "Dropping new visits until the queue takes them again.", "Dropping visits that could not be delivered before the end.")
}
