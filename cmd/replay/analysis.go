// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/logfiles"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// analysis counts what is in some logs, with one worker for each core.
type analysis struct {
	rules  *translate.Rules
	now    time.Time
	window logfiles.Window
	only   choice
	files  []*logfiles.File

	counter *report.Counter
	lines   []uint64 // by file
	tooLong uint64
}

// maxWorkers bounds the memory: each worker has tables of its own.
const maxWorkers = 8

// chunkBytes is what a worker gets at once.
const chunkBytes = 512 << 10

// numbered is a chunk with the number of its file.
type numbered struct {
	logfiles.Chunk
	file int
}

// worker has what one goroutine counts.
type worker struct {
	analysis *analysis
	reader   *logfiles.Reader
	counter  *report.Counter
	request  report.Request // of the line that is being counted
	lines    []uint64
	tooLong  uint64
}

// run reads all files. Its error names those that could not be read to their end.
func (a *analysis) run() error {
	chunks := make(chan numbered)
	workers := make([]*worker, min(runtime.GOMAXPROCS(0), maxWorkers))
	var done sync.WaitGroup
	for i := range workers {
		w := &worker{analysis: a, reader: logfiles.NewReader(a.rules, a.now), counter: report.NewCounter(a.now.Location()), lines: make([]uint64, len(a.files))}
		workers[i] = w
		done.Go(func() {
			for c := range chunks {
				w.count(c)
			}
		})
	}
	var faults []error
	for i, f := range a.files {
		if f.CopyOf != nil {
			continue
		}
		if err := f.Chunks(logfiles.Limit{Bytes: chunkBytes}, func(c logfiles.Chunk) error {
			chunks <- numbered{c, i}
			return nil
		}); err != nil {
			faults = append(faults, err)
		}
	}
	close(chunks)
	done.Wait()
	a.collect(workers)
	return errors.Join(faults...)
}

// count counts the lines of a chunk.
func (w *worker) count(c numbered) {
	if c.TooLong {
		w.tooLong++
		w.lines[c.file]++
		w.counter.Skip(visit.SkipNotAccessLog, report.Place{File: c.file, Line: c.Line})
		return
	}
	window := w.analysis.window
	w.reader.Each(&c.Chunk, func(at logfiles.Span, v *visit.Visit, skip visit.SkipReason) {
		w.lines[c.file]++
		if skip != visit.NotSkipped {
			w.counter.Skip(skip, report.Place{File: c.file, Line: at.Number})
			return
		}
		w.request = report.FromVisit(v, w.reader.HasTime(v))
		if at := w.request.Time; window.IsSet() && (at == 0 || !window.Has(at)) || !w.analysis.only.has(&w.request) {
			return
		}
		w.counter.Add(&w.request)
	})
}

// collect adds up what the workers counted.
func (a *analysis) collect(workers []*worker) {
	a.counter, a.lines = workers[0].counter, workers[0].lines
	for i, w := range workers {
		a.tooLong += w.tooLong
		if i == 0 {
			continue
		}
		a.counter.Merge(w.counter)
		for file, n := range w.lines {
			a.lines[file] += n
		}
	}
}

// report makes the report. The faults are those of files that could not be read.
func (a *analysis) report(faults error) *report.Report {
	r := a.counter.Report(func(p report.Place) string { return fmt.Sprintf("%s:%d", a.files[p.File].Name, p.Line) })
	r.Lines = 0
	for i, f := range a.files {
		if f.CopyOf != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("%s begins as %s does, so it is taken for a copy and not read.", f.Name, f.CopyOf.Name))
			continue
		}
		r.Files = append(r.Files, report.File{Name: f.Name, Lines: a.lines[i]})
		r.Lines += a.lines[i]
	}
	if a.tooLong > 0 {
		r.Notes = append(r.Notes, "Lines that are longer than 1 MiB, which were not read: "+report.Number(a.tooLong)+".")
	}
	if a.window.IsSet() {
		r.Notes = append(r.Notes, "Visits outside -since and -until, and those without a time, do not count. Skipped lines are those of the whole files.")
	}
	if name := a.only.name; name != "" {
		r.Notes = append(r.Notes, "Of all agents only "+name+" counts, beside people. People whom assistants sent use browsers.")
	}
	if faults != nil {
		for fault := range strings.Lines(faults.Error()) {
			r.Notes = append(r.Notes, "Not read: "+strings.TrimSpace(fault))
		}
	}
	return r
}
