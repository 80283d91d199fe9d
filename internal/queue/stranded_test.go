// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/agentvisits/agentvisitsexporter/internal/destination"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

// strandedFolder has a queue under each of the file names. Its notes, in a file that bbolt
// v1.5.0 wrote as file_storage uses it, say that it has two batches with seven visits.
func strandedFolder(t *testing.T, names ...string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a file that may be in use is not read there")
	}
	content := fixture.Unpack(t, filepath.Join("testdata", "stranded.db.gz"))
	dir := t.TempDir()
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	return dir
}

func storageOf(id component.ID, files *Files) (*Storage, *observer.ObservedLogs) {
	core, logs := observer.New(zap.InfoLevel)
	s := NewStorage(&Config{StorageID: &mendID}, StorageSettings{Logger: zap.New(core), Encoding: NewEncoding(destination.NewSite(allDestinations()["known_agents"], ""), nil), Exporter: id, Signal: "traces", Files: files})
	return s, logs
}

func TestTheQueueOfARenamedExporterIsReportedOnce(t *testing.T) {
	files := NewFiles()
	dir := strandedFolder(t,
		"exporter_agent_visits_site~002F1_traces", // of this exporter
		"exporter_agent_visits_other_traces",      // of another one
		"exporter_agent_visits_old~002F2_traces", "exporter_agent_visits__logs",
		"exporter_agent_visits_old_traces.damaged-20260102T030405Z", "exporter_otlp_old_traces", "receiver_filelog_")
	s, logs := storageOf(mendID, files)
	other, otherLogs := storageOf(component.MustNewIDWithName("agent_visits", "other"), files)
	s.reportStranded(dir)
	other.reportStranded(dir)
	assert.Zero(t, otherLogs.Len())
	found := map[string]string{}
	for _, entry := range logs.All() {
		fields := entry.ContextMap()
		assert.Equal(t, int64(7), fields["visits"])
		assert.Equal(t, uint64(2), fields["batches"])
		assert.FileExists(t, fields["file"].(string))
		found[fields["queue_of"].(string)] = fields["signal"].(string)
	}
	assert.Equal(t, map[string]string{"agent_visits/old/2": "traces", "agent_visits": "logs"}, found)
}

// TestWhatWaitsBesideTheQueueIsLeftBehindAsWell: visits of a site that is paused, and of spans
// whose parents have not come.
func TestWhatWaitsBesideTheQueueIsLeftBehindAsWell(t *testing.T) {
	encoding := NewEncoding(destination.NewSite(allDestinations()["known_agents"], ""), nil)
	batch, err := encoding.Marshal(t.Context(), lineUp(encoding.Destination.Framing, "a", "b"))
	require.NoError(t, err)
	parked := parkedNote{Identity: "known_agents/shop", First: 4, Next: 7, Visits: 30}
	var l leftBehind
	l.add(notesKey, queueNotes{items: 7, read: 1, write: 3}.stored())
	l.add(parkedNoteKey(1), parked.operation(1).Value)
	l.add(parkedBatchKey(1, 4), batch)
	l.add(parkedKey, []byte{1})
	l.add(waitingKeyOf(3), batch)
	l.add(waitingKey, []byte{3, 4})
	assert.Equal(t, leftBehind{visits: 7 + 30 + 2, batches: 2 + 3 + 1}, l)
}

func TestAQueueIsReportedWhenItsExporterIsGone(t *testing.T) {
	files := NewFiles()
	dir := strandedFolder(t, "exporter_agent_visits_other_traces")
	s, logs := storageOf(mendID, files)
	other, _ := storageOf(component.MustNewIDWithName("agent_visits", "other"), files)
	s.reportStranded(dir)
	require.Zero(t, logs.Len())
	other.client = newDiskQueue(t, true).client
	require.NoError(t, other.Close(t.Context()))
	s.reportStranded(dir)
	assert.Equal(t, 1, logs.Len(), "after a reload of the configuration")
}

func TestOtherFilesAreNotReported(t *testing.T) {
	s, logs := storageOf(mendID, NewFiles())
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "exporter_agent_visits_old_traces"), []byte("no file of bbolt"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "exporter_agent_visits_older_traces"), 0o700))
	s.reportStranded(dir)
	s.reportStranded(filepath.Join(dir, "missing"))
	assert.Zero(t, logs.Len())
}
