// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fixture"
)

var mendID = component.MustNewIDWithName("agent_visits", "site/1")

// folder is a storage extension that writes a file for each client, when it is closed.
// Its files are not those of bbolt, but the damaged one here is.
type folder struct {
	component.StartFunc
	component.ShutdownFunc

	path  string
	fails error
	disks map[string]*fixture.Disk
}

func (f *folder) GetClient(_ context.Context, _ component.Kind, id component.ID, name string) (storage.Client, error) {
	d := fixture.NewDisk(map[string][]byte{})
	f.disks[name] = d
	return folderClient{fixture.DiskClient{Disk: d}, fileOf(f.path, id, name), f.fails}, nil
}

type folderClient struct {
	fixture.DiskClient
	file  string
	fails error
}

func (c folderClient) Close(context.Context) error {
	return errors.Join(c.fails, os.WriteFile(c.file, []byte("closed"), 0o600))
}

// newMendTest puts a file of bbolt where the queue of mendID is to be, damaged by the
// given function.
func newMendTest(t *testing.T, damage func([]byte)) (e storageExtension, f *folder, logs *observer.ObservedLogs, lost *int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a file that may be in use is not read there")
	}
	content := fixture.Unpack(t, filepath.Join("..", "boltfile", "testdata", "queue.db.gz"))
	writeNotes(content, queueNotes{items: 60, write: 60}.stored())
	damage(content)
	f = &folder{path: t.TempDir(), disks: map[string]*fixture.Disk{}}
	require.NoError(t, os.WriteFile(fileOf(f.path, mendID, "traces"), content, 0o600))
	core, logs := observer.New(zap.InfoLevel)
	encoding, _ := encodingFor(allDestinations()["scrunch"])
	s := newTestStorage(encoding)
	lost = new(int)
	s.settings.Logger, s.settings.Dropped = zap.New(core), func(visits int) { *lost += visits }
	return storageExtension{f, s, f.path}, f, logs, lost
}

func (f *folder) files(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(f.path)
	require.NoError(t, err)
	for _, entry := range entries {
		name, _, damaged := strings.Cut(entry.Name(), damagedEnd)
		if damaged {
			name += damagedEnd
		}
		names = append(names, name)
	}
	return names
}

const (
	mendFile   = "exporter_agent_visits_site~002F1_traces"
	damageLeaf = 2 // a page with five batches
)

// writeNotes makes the notes of the file those of a queue. They are the last value of their
// page, which has room.
func writeNotes(content, notes []byte) {
	element := content[7<<12+16+3*16:] // its fields are flags, position, and sizes of key and value
	position := binary.LittleEndian.Uint32(element[4:])
	binary.LittleEndian.PutUint32(element[12:], uint32(len(notes)))
	copy(element[int(position)+len(notesKey):], notes)
}

// nameNotes gives the notes of the file a shorter key, which must stay the last one.
func nameNotes(content []byte, key string) {
	element := content[7<<12+16+3*16:]
	copy(element[binary.LittleEndian.Uint32(element[4:]):], key)
	binary.LittleEndian.PutUint32(element[8:], uint32(len(key)))
}

func clearPage(number int) func([]byte) {
	return func(content []byte) { clear(content[number<<12:][:1<<12]) }
}

func TestAWholeFileIsLeftAlone(t *testing.T) {
	e, f, logs, _ := newMendTest(t, func([]byte) {})
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, []string{mendFile}, f.files(t))
	assert.Empty(t, f.disks)
	assert.Zero(t, logs.Len())
}

func TestADamagedFileIsReplacedByWhatCanBeRead(t *testing.T) {
	e, f, logs, lost := newMendTest(t, clearPage(damageLeaf))
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, []string{mendFile, mendFile + damagedEnd}, f.files(t))
	assert.Equal(t, 55+1, f.disks["traces"+mendedEnd].Size(), "other batches, and notes")
	assert.Equal(t, 5, *lost, "what the notes count, without what is kept")
	require.Equal(t, 1, logs.Len())
	fields := logs.All()[0].ContextMap()
	assert.Equal(t, filepath.Join(f.path, mendFile), fields["file"])
	assert.FileExists(t, fields["renamed_to"].(string))
	assert.Contains(t, fields["damage"], "page 2")
}

func TestNotesThatCannotBeReadDoNotStartTheQueueAnew(t *testing.T) {
	e, f, logs, lost := newMendTest(t, func(content []byte) { writeNotes(content, []byte("no notes")) })
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, 60+1, f.disks["traces"+mendedEnd].Size(), "all batches, and notes")
	assert.Zero(t, *lost)
	assert.Contains(t, logs.All()[0].ContextMap()["damage"], errNotes.Error())
}

func TestNotesThatDoNotCountToTheBatchesDoNotStartTheQueueAnew(t *testing.T) {
	e, f, logs, lost := newMendTest(t, func(content []byte) { writeNotes(content, queueNotes{read: 7, write: 7}.stored()) })
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, 60+1, f.disks["traces"+mendedEnd].Size(), "all batches, and notes")
	assert.Zero(t, *lost)
	require.Equal(t, 1, logs.Len())
	assert.Contains(t, logs.All()[0].ContextMap()["damage"], errNotes.Error())
}

func TestTheFileOfAnOlderQueueIsLeftAlone(t *testing.T) {
	e, f, _, _ := newMendTest(t, func(content []byte) { nameNotes(content, olderNotesKey) })
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, []string{mendFile}, f.files(t))
}

func TestNotesWhoseKeyIsDamagedDoNotStartTheQueueAnew(t *testing.T) {
	e, f, logs, lost := newMendTest(t, func(content []byte) {
		at := bytes.Index(content[7<<12:], []byte(notesKey))
		content[7<<12+at] = 'x' // it stays the last key
	})
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, 60+1, f.disks["traces"+mendedEnd].Size(), "all batches, and notes")
	assert.Zero(t, *lost)
	require.Equal(t, 1, logs.Len())
	assert.Contains(t, logs.All()[0].ContextMap()["damage"], errNotes.Error())
}

func TestAFileOfNothingIsReplaced(t *testing.T) {
	e, f, logs, lost := newMendTest(t, func(content []byte) { clear(content) })
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, []string{mendFile, mendFile + damagedEnd}, f.files(t))
	assert.Zero(t, *lost)
	assert.Contains(t, logs.All()[0].ContextMap()["visits_lost"], "unknown")
}

func TestADamagedFileStaysWhereItIsIfNoNewOneCanBeWritten(t *testing.T) {
	e, f, _, _ := newMendTest(t, clearPage(damageLeaf))
	f.fails = errors.New("no space left on device")
	_, err := e.GetClient(t.Context(), component.KindExporter, mendID, "traces")
	require.ErrorContains(t, err, "no space left")
	require.ErrorContains(t, err, filepath.Join(f.path, mendFile))
	assert.Equal(t, []string{mendFile}, f.files(t))
}

func TestAnEndBetweenTheTwoRenamesIsMadeGood(t *testing.T) {
	e, f, _, _ := newMendTest(t, func([]byte) {})
	require.NoError(t, os.Rename(filepath.Join(f.path, mendFile), filepath.Join(f.path, mendFile+mendedEnd)))
	require.NoError(t, e.mend(t.Context(), component.KindExporter, mendID, "traces"))
	assert.Equal(t, []string{mendFile}, f.files(t))
}

func TestOnlyFileStorageHasAFolder(t *testing.T) {
	assert.Empty(t, folderOf(&fixture.Disk{}))
	assert.Empty(t, folderOf(&folder{path: "/x"}))
	host := &fixture.DiskHost{StatusHost: fixture.StatusHost{Host: componenttest.NewNopHost()}, Disk: fixture.NewDisk(nil)}
	assert.Empty(t, folderOf(host.Disk))
}

func TestFileNamesAreThoseOfFileStorage(t *testing.T) {
	long := component.MustNewIDWithName("agent_visits", strings.Repeat("x", 300))
	dir := t.TempDir()
	assert.Equal(t, filepath.Join(dir, mendFile), fileOf(dir, mendID, "traces"))
	assert.Len(t, filepath.Base(fileOf(dir, long, "traces")), 64, "a hash, because the name is too long")
	for _, name := range []string{"plain", "a/b~c", "ü-1.2", "~", "~00"} {
		assert.Equal(t, name, unescapeFileName(escapeFileName(name)))
	}
}
