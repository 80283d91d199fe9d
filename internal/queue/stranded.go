// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package queue

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"go.uber.org/zap"

	"go.opentelemetry.io/collector/component"

	"github.com/agentvisits/agentvisitsexporter/internal/boltfile"
)

// The name of a queue's file has the exporter's name and signal. When an exporter is
// renamed or taken out of its pipeline, its queue stays in the folder, and nobody reads
// it. The exporters that are left say so once.

// Files knows which files exporters use, so that the others can be told from them. The
// exporters of a factory share it, because the Collector makes all exporters before it
// starts one.
type Files struct {
	mu   sync.Mutex
	used map[string]int  // exporters by the name of the file
	seen map[string]bool // paths of files that nobody uses
}

// NewFiles knows no exporter yet.
func NewFiles() *Files { return &Files{used: map[string]int{}, seen: map[string]bool{}} }

// count adds an exporter that uses the file of an ID and signal, or -1.
func (f *Files) count(id component.ID, signal string, change int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.used[fileOf("", id, signal)] += change
}

// seeUnused is true the first time that it is asked for a file that no exporter uses.
func (f *Files) seeUnused(path string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.used[filepath.Base(path)] > 0 || f.seen[path] {
		return false
	}
	f.seen[path] = true
	return true
}

// reportStranded warns of the queues in a folder that have visits and no exporter.
func (s *Storage) reportStranded(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	kind := s.settings.Exporter.Type().String()
	for _, entry := range entries {
		rest, ours := strings.CutPrefix(entry.Name(), "exporter_"+kind+"_")
		for _, signal := range []string{"traces", "logs"} {
			name, isQueue := strings.CutSuffix(rest, "_"+signal)
			path := filepath.Join(folder, entry.Name())
			if !ours || !isQueue || !s.settings.Files.seeUnused(path) {
				continue
			}
			if left := queuedIn(path); left.batches > 0 {
				s.settings.Logger.Warn("Visits wait in a queue on disk that no exporter of this configuration reads. Was an exporter renamed, or taken out of its pipelines? Give one this name and storage to have them delivered, or delete the file.",
					zap.String("queue_of", strings.TrimSuffix(kind+"/"+unescapeFileName(name), "/")), zap.String("signal", signal),
					zap.Int64("visits", left.visits), zap.Uint64("batches", left.batches), zap.String("file", path))
			}
		}
	}
}

// leftBehind is what waits in a queue, and beside it.
type leftBehind struct {
	visits  int64
	batches uint64
}

// queuedIn is how much the file of a queue has. It is nothing if the file is in use or cannot
// be read.
func queuedIn(path string) (l leftBehind) {
	f, err := os.Open(path) // #nosec G304 -- it lies in the folder of file_storage
	if err != nil {
		return l
	}
	defer func() { _ = f.Close() }() // it was only read
	if !lockFile(f) {
		return l
	}
	bolt, err := boltfile.Open(f)
	if err != nil {
		return l
	}
	_ = bolt.Walk(0, func(p boltfile.Pair) { // what is damaged is said when the queue is used
		if key := string(p.Key); isOfWhatWaits(key) {
			if stored, err := bolt.Value(p); err == nil {
				l.add(key, stored)
			}
		}
	})
	return l
}

// isOfWhatWaits says whether a key is that of the queue's notes, of a note of what is parked,
// or of a batch that waits before the queue.
func isOfWhatWaits(key string) bool {
	kind, rest, isBeside := strings.Cut(key, "/")
	return key == notesKey || isBeside && !strings.Contains(rest, "/") && (kind == parkedKey || kind == waitingKey)
}

// add counts what stands under a key.
func (l *leftBehind) add(key string, stored []byte) {
	switch kind, _, _ := strings.Cut(key, "/"); {
	case !isOfWhatWaits(key):
	case kind == notesKey:
		notes, _ := readNotes(stored)
		l.visits, l.batches = l.visits+notes.items, l.batches+notes.batches()
	case kind == parkedKey:
		note, _ := readParkedNote(stored)
		l.visits, l.batches = l.visits+int64(note.Visits), l.batches+note.Next-note.First
	default:
		if s, ok := split(stored); ok {
			l.visits, l.batches = l.visits+int64(s.count), l.batches+1
		}
	}
}
