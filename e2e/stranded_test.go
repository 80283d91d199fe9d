// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// A renamed exporter has another file. The file of the old name is named in the log, and its
// visits are delivered when it gets the new name.
func TestTheQueueOfARenamedExporterIsNamedAndCanBeMoved(t *testing.T) {
	r, file := fillDamageRig(t)
	old := filepath.Join(filepath.Dir(file), "exporter_agent_visits_old_traces")
	require.NoError(t, os.Rename(file, old))
	r.start()
	r.eventually(func() error {
		if !strings.Contains(r.log.String(), old) {
			return errors.New("the log does not name the file")
		}
		return nil
	})
	assert.Contains(t, r.log.String(), `"queue_of": "agent_visits/old", "signal": "traces", "visits": 600`)
	r.stop()
	require.Zero(t, r.api.Counts(fakeapi.KnownAgents).Requests)

	require.NoError(t, os.Rename(old, file))
	r.start()
	require.NoError(t, r.api.WaitVisits(r.ctx, fakeapi.KnownAgents, queuedVisits))
}
