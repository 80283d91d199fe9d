// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/logfiles"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// feeder reads one log and hands on what is still to be delivered of it.
type feeder struct {
	*replay
	log    int
	done   spans // delivered, or in doubt
	reader *logfiles.Reader
	chunks chan<- job
}

// read reads all files, the oldest first.
func (d *replay) read(ctx context.Context, chunks chan<- job) error {
	limit := logfiles.Limit{Bytes: chunkBytes, Lines: chunkLines}
	if d.rate > 0 {
		limit.Lines = min(limit.Lines, d.rate)
	}
	reader := d.newReader()
	var faults []error
	for i, file := range d.files {
		d.progress.at(i)
		f := &feeder{replay: d, reader: reader, chunks: chunks}
		if err := f.begin(file); err != nil {
			return err
		}
		err := file.Chunks(limit, func(c logfiles.Chunk) error { return f.feed(ctx, &c) })
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// begin finds out what was delivered of a log.
func (f *feeder) begin(file *logfiles.File) (err error) {
	if f.journal == nil {
		if file.CopyOf != nil {
			f.done = spans{{0, 1 << 62}}
		}
		return nil
	}
	if f.log, err = f.journal.logOf(file); err != nil {
		return err
	}
	isCopy := f.begunLogs[f.log]
	f.begunLogs[f.log] = true
	if isCopy { // of a file before: what is on its way is still to be written into the journal
		f.onTheirWay.Wait()
	}
	done, doubt := f.journal.state(f.log)
	if !isCopy {
		f.totals.found(done, doubt)
	}
	for _, part := range doubt {
		done.add(part)
	}
	f.done = done
	return nil
}

// feed hands on the lines of a chunk that are to be delivered.
func (f *feeder) feed(ctx context.Context, c *logfiles.Chunk) error {
	if c.TooLong {
		f.totals.note(func(t *totals) { t.tooLong++ })
		return ctx.Err()
	}
	if c.IsCutOff() && !c.File.Packed && c.File.Name != logfiles.Stdin {
		c.Text = c.Text[:strings.LastIndexByte(c.Text, '\n')+1] // somebody is writing it
		c.To = c.From + int64(len(c.Text))
		f.totals.note(func(t *totals) { t.unfinished++ })
	}
	if c.Text == "" {
		return nil
	}
	for _, run := range f.wanted(c) {
		if err := f.pace(ctx); err != nil {
			return err
		}
		f.onTheirWay.Add(1)
		select {
		case f.chunks <- job{run, f.log}:
		case <-ctx.Done():
			f.onTheirWay.Done()
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// wanted are the lines of a chunk that were not delivered yet and lie in the window.
func (f *feeder) wanted(c *logfiles.Chunk) []logfiles.Chunk {
	part := span{c.From, c.To}
	switch {
	case f.done.covers(part):
		return nil
	case !f.done.touches(part) && !f.window.IsSet():
		return []logfiles.Chunk{*c}
	}
	outside := map[int64]bool{}
	if f.window.IsSet() {
		f.reader.Each(c, func(at logfiles.Span, v *visit.Visit, _ visit.SkipReason) {
			outside[at.From] = v != nil && (!f.reader.HasTime(v) || !f.window.Has(v.Start))
		})
		count := 0
		for _, is := range outside {
			if is {
				count++
			}
		}
		f.totals.note(func(t *totals) { t.outside += int64(count) })
	}
	return c.Runs(func(at logfiles.Span, _ string) bool { return !f.done.has(at.From) && !outside[at.From] })
}

// pace waits until the rate allows more.
func (f *feeder) pace(ctx context.Context) error {
	if f.rate == 0 {
		return nil
	}
	due := f.progress.begun.Add(time.Duration(f.totals.sentSoFar()) * time.Second / time.Duration(f.rate))
	select {
	case <-time.After(time.Until(due)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
