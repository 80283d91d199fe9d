// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"

	agentvisits "github.com/agentvisits/agentvisitsexporter"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/logfiles"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

const (
	// maxLanes is how many chunks are on their way at once. When the program is killed,
	// so many are in doubt.
	maxLanes = 4
	// chunkLines and chunkBytes bound a chunk: about one body.
	chunkLines = 1000
	chunkBytes = 256 << 10
	// defaultGrace is how long what is on its way may take after Ctrl-C.
	defaultGrace = 10 * time.Second
)

// replay is one run.
type replay struct {
	id     component.ID
	config *agentvisits.Config
	now    time.Time
	window logfiles.Window
	rate   int // visits a second; 0: no limit
	files  []*logfiles.File

	journal     *journal     // nil: nothing is remembered
	begunLogs   map[int]bool // by number
	onTheirWay  sync.WaitGroup
	journalName string
	standIn     *fakeapi.Server // nil: the real API

	lanes    int
	grace    time.Duration
	progress *progress
	totals   *totals
}

func newReplay(id component.ID, cfg *agentvisits.Config, now time.Time) *replay {
	return &replay{id: id, config: cfg, now: now, lanes: maxLanes, grace: defaultGrace, totals: newTotals(), begunLogs: map[int]bool{}}
}

// newReader makes a reader that tells when visits were. It need not know what is
// delivered of them.
func (d *replay) newReader() *logfiles.Reader {
	all := visit.RequestFields.With(visit.ResponseFields)
	return logfiles.NewReader(translate.NewRules(translate.Config{Attributes: d.config.Visits.Attributes}, all), d.now)
}

// rehearse delivers to a stand-in on this machine, which is at least as strict as the API's documents.
func (d *replay) rehearse() (err error) {
	if d.standIn, err = fakeapi.Listen("127.0.0.1:0", fakeapi.Settings{CountsOnly: true}); err != nil {
		return err
	}
	client := agentvisits.NewFactory().CreateDefaultConfig().(*agentvisits.Config).ClientConfig // no proxy, no headers
	client.Endpoint, client.TLS.Insecure = d.standIn.URL(), true
	d.config.ClientConfig = client
	return nil
}

// target says where the exporter delivers, for people and for the journal.
func target(cfg *agentvisits.Config) string {
	where := cfg.ClientConfig.Endpoint
	if where == "" {
		where = "the vendor's API"
	}
	if cfg.Scrunch != nil {
		where += ", site " + cfg.Scrunch.SiteID
	}
	return where
}

// unusable is a configuration with which no exporter starts. Nothing was begun.
type unusable struct{ error }

// run delivers all files. Its error says what ended it early, or which files could not be
// read to their end.
func (d *replay) run(ctx context.Context) error {
	work, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	defer context.AfterFunc(ctx, func() { // what is on its way may arrive
		timer := time.AfterFunc(d.grace, func() { cut(context.Canceled) })
		context.AfterFunc(work, func() { timer.Stop() })
	})()
	lanes, err := d.startLanes(work)
	if err != nil {
		return unusable{errors.Join(err, d.close())}
	}
	feed, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	chunks := make(chan job)
	var done sync.WaitGroup
	for _, l := range lanes {
		done.Go(func() {
			for j := range chunks {
				if err := d.deliver(work, l, j); err != nil {
					stop(err)
				}
			}
		})
	}
	d.progress.begin(d)
	err = d.read(feed, chunks)
	close(chunks)
	done.Wait()
	d.progress.end()
	if cause := context.Cause(feed); cause != nil {
		err = cause
	}
	for _, l := range lanes {
		err = errors.Join(err, l.exporter.Shutdown(work))
	}
	return errors.Join(err, d.close())
}

// close closes what a run has beside its lanes.
func (d *replay) close() (err error) {
	if d.journal != nil {
		err = d.journal.close()
	}
	if d.standIn != nil {
		err = errors.Join(err, d.standIn.Close())
	}
	return err
}

func (d *replay) startLanes(ctx context.Context) ([]*lane, error) {
	if d.rate > 0 {
		d.lanes = 1
	}
	factory, logger := agentvisits.NewFactory(), d.progress.logger()
	lanes := make([]*lane, d.lanes)
	for i := range lanes {
		l, err := newLane(ctx, factory, d.id, d.config, logger)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.id, err)
		}
		lanes[i] = l
	}
	return lanes, nil
}

// job is a chunk and the number of its log in the journal.
type job struct {
	logfiles.Chunk
	log int
}

// deliver brings a chunk to the API, and writes into the journal what became of it. An
// error ends the run.
func (d *replay) deliver(ctx context.Context, l *lane, j job) error {
	defer d.onTheirWay.Done()
	part := span{j.From, j.To}
	if d.journal != nil {
		if err := d.journal.note(&record{Log: j.log, Sending: &part}); err != nil {
			return err
		}
	}
	r := l.deliver(ctx, &j.Chunk)
	d.totals.add(&r)
	if d.journal == nil {
		return r.err
	}
	switch {
	case r.err == nil:
		return d.journal.note(&record{Log: j.log, Done: &part})
	case !r.isDoubtful():
		return errors.Join(r.err, d.journal.note(&record{Log: j.log, Failed: &part}))
	}
	d.totals.doubt(part)
	return fmt.Errorf("%w; whether the API has the visits of %s, lines %d and following, is in doubt", r.err, j.File.Name, j.Line)
}
