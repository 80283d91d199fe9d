// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/agentvisits/agentvisitsexporter/internal/boltfile"
)

// file_storage keeps a queue in a file of bbolt (v1.5.0). When bbolt opens a file with a
// damaged page, one of its goroutines panics. Nobody can recover that, so the Collector
// would end at each start, and `recreate` does not help. So the file is read before it
// is opened for use. If it is damaged, what can be read goes to a new file; then the
// damaged file is renamed, and the new one takes its place. A process that ends in
// between begins again at its next start, or needs only the last step.

// Ends of names: of the client that writes the new file, and of a damaged file.
const (
	mendedEnd  = "_mended"
	damagedEnd = ".damaged-" // the time follows
)

// damagedFile is a file that bbolt could not open or use.
type damagedFile struct {
	path   string
	file   *os.File       // locked
	bolt   *boltfile.File // nil if nothing of it can be read
	size   int64
	damage error
}

// findDamage is nil if a file may be opened: it is whole, or not there, or new, or in
// use.
func findDamage(path string) *damagedFile {
	f, err := os.Open(path) // #nosec G304 -- file_storage is about to open it
	if err != nil {
		return nil
	}
	d := &damagedFile{path: path, file: f}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 && lockFile(f) {
		d.size = info.Size()
		if d.bolt, d.damage = boltfile.Open(f); d.bolt != nil {
			d.damage = cmp.Or(d.bolt.Check(), d.checkNotes())
		}
	}
	if d.damage == nil || errors.Is(d.damage, boltfile.ErrVersion) {
		_ = f.Close() // it was only read
		return nil
	}
	return d
}

// olderNotesKey is in a queue of an older exporterhelper, whose notes the queue takes over.
const olderNotesKey = "wi"

var errNotes = errors.New("the queue's notes cannot be read")

// checkNotes is nil if the queue can read its notes, and they can be true, or if it has neither
// notes nor batches. The queue would begin anew otherwise, and forget its batches. bbolt does
// not know: it reads no values, and a key that was damaged is another key.
func (d *damagedFile) checkNotes() (damage error) {
	latest := tree{}
	_ = d.bolt.Walk(0, func(p boltfile.Pair) { d.add(latest, p) })
	notes, ok := wreck{size: d.size}.notesOf(latest)
	_, isOlder := latest[olderNotesKey]
	if isOlder || ok && !latest.hasBeyond(notes.write) || !ok && len(latest.read(notesKey)) == 0 && !latest.hasBeyond(0) {
		return nil
	}
	return errNotes
}

// close lets the file be renamed. It was only read, so nothing can be lost.
func (d *damagedFile) close() { _ = d.file.Close() }

// wreck is what can be read.
func (d *damagedFile) wreck() wreck {
	w := wreck{size: d.size, stray: tree{}}
	if d.bolt == nil {
		return w
	}
	for age := range d.bolt.Transactions() {
		t := tree{}
		_ = d.bolt.Walk(age, func(p boltfile.Pair) { d.add(t, p) }) // the damage is known
		w.trees = append(w.trees, t)
	}
	d.bolt.Scan(func(p boltfile.Pair) {
		if string(p.Key) != notesKey || w.areLater(d.reader(p), w.stray) {
			d.add(w.stray, p)
		}
	})
	return w
}

func (d *damagedFile) add(t tree, p boltfile.Pair) { t[string(p.Key)] = d.reader(p) }

func (d *damagedFile) reader(p boltfile.Pair) func() ([]byte, error) {
	return func() ([]byte, error) { return d.bolt.Value(p) }
}

// mend sees to it that the file of the queue can be opened.
func (e storageExtension) mend(ctx context.Context, kind component.Kind, id component.ID, name string) error {
	path, mended := fileOf(e.folder, id, name), fileOf(e.folder, id, name+mendedEnd)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		_ = os.Rename(mended, path) // fails if there is nothing to finish
	}
	d := findDamage(path)
	if d == nil {
		return nil
	}
	defer d.close()
	_ = os.Remove(mended) // fails if no process has ended in the middle
	kept := newSalvage(e.storage.settings.Encoding, d.wreck())
	aside := path + damagedEnd + time.Now().UTC().Format("20060102T150405Z")
	err := e.writeNew(ctx, kind, id, name+mendedEnd, kept)
	if err == nil {
		d.close()
		err = replace(path, aside, mended)
	} else {
		_ = os.Remove(mended) // the next start begins again
	}
	if err != nil {
		return fmt.Errorf("the queue's file %s is damaged (%w), and what can be read of it cannot be written to a new file; free disk space and allow writing to the folder, or move the file away: %w", path, d.damage, err)
	}
	e.storage.reportMended(d, aside, kept)
	return nil
}

// replace puts a new file in the place of a file, which it renames.
func replace(path, aside, by string) error {
	if err := os.Rename(path, aside); err != nil {
		return err
	}
	return os.Rename(by, path)
}

// writeNew writes what is kept to a new file.
func (e storageExtension) writeNew(ctx context.Context, kind component.Kind, id component.ID, name string, kept *salvage) error {
	client, err := e.openClient(ctx, kind, id, name)
	if err != nil {
		return err
	}
	return withoutPanics(func() error { return errors.Join(writeAll(ctx, client, kept), client.Close(ctx)) })
}

// maxWriteBytes is how much one transaction takes, or one batch.
const maxWriteBytes = 1 << 20

// writeAll writes what is kept of a queue.
func writeAll(ctx context.Context, client storage.Client, kept *salvage) error {
	var operations []*storage.Operation
	size := 0
	for o := range kept.operations {
		operations, size = append(operations, o), size+len(o.Value)
		if size < maxWriteBytes {
			continue
		}
		if err := client.Batch(ctx, operations...); err != nil {
			return err
		}
		operations, size = nil, 0
	}
	return client.Batch(ctx, operations...)
}

// reportMended counts what is lost and says which file has it.
func (s *Storage) reportMended(d *damagedFile, aside string, kept *salvage) {
	s.settings.Dropped(kept.lost)
	lost := zap.Int("visits_lost", kept.lost)
	if !kept.hasNotes {
		lost = zap.String("visits_lost", "unknown, because the queue's notes are lost, too")
	}
	s.settings.Logger.Error("The file of the queue on disk is damaged. What can be read of it is in a new file, and the damaged one is renamed. The disk may be failing; delete the damaged file when you need it no more.",
		zap.String("file", d.path), zap.String("renamed_to", aside), zap.NamedError("damage", d.damage),
		zap.Int("visits_kept", kept.visits), lost, zap.Int("batches_lost", kept.batchesLost))
}
