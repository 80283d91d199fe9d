// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"time"
)

const (
	// warmUp is how many requests a Collector gets before its CPU is read for
	// the first time.
	warmUp = 40
	// overfull is how many items are sent to an API that takes none, at least:
	// some times what the default queue of 64 MiB holds.
	overfull = 400_000
	// turns are in how many parts a contender gets the items of a round.
	turns = 10
	// limit bounds a scenario.
	limit = 15 * time.Minute
)

//go:embed config.yaml
var config string

// measurement is what a run took.
type measurement struct {
	items    int
	cpu      time.Duration // user and system
	peak     int64         // resident memory, in bytes
	received int64         // by the sink, in bytes
	bound    int64         // of the queue, in bytes, where that was filled
}

// perMillion is CPU seconds for a million items.
func (m measurement) perMillion() float64 { return m.cpu.Seconds() / float64(m.items) * 1e6 }

// play measures a scenario's contenders as often as asked.
func (o options) play(ctx context.Context, s *scenario, wanted *regexp.Regexp) (*result, error) {
	l, err := s.load()
	if err != nil {
		return nil, err
	}
	r := &result{scenario: s, signal: l.signal, rounds: map[string][]measurement{}}
	all := slices.DeleteFunc(s.contenders(), func(c contender) bool { return !wanted.MatchString(s.name + "/" + c.name) })
	if s.api == accepts && len(all) > 0 {
		return r, o.compete(ctx, r, l, all)
	}
	for range o.rounds {
		for _, c := range all {
			if err := o.overfill(ctx, r, l, c); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", s.name, c.name, err)
			}
		}
	}
	return r, nil
}

// compete starts all contenders and gives each its items of a round in short
// turns. A machine that becomes slower or faster, as shared ones do from one
// second to the next, does so for all of them.
func (o options) compete(ctx context.Context, r *result, l *load, all []contender) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	runs := make([]*run, 0, len(all))
	defer func() {
		for _, run := range runs {
			err = errors.Join(err, run.end(ctx))
		}
	}()
	for _, c := range all {
		run, err := startRun(ctx, o.binary, r.scenario, l, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		runs = append(runs, run)
	}
	if err := takeTurns(ctx, runs, 1, warmUp); err != nil {
		return err
	}
	for round := range o.rounds {
		if err := o.round(ctx, r, l, runs); err != nil {
			return err
		}
		for _, run := range runs {
			r.tell(run.contender, round)
		}
	}
	return nil
}

// round measures each run once.
func (o options) round(ctx context.Context, r *result, l *load, runs []*run) error {
	before := make([]measurement, len(runs))
	for i, run := range runs {
		var err error
		if before[i], err = run.read(); err != nil {
			return err
		}
	}
	perTurn := turns * l.items
	requests := (o.items + perTurn - 1) / perTurn
	if err := takeTurns(ctx, runs, turns, requests); err != nil {
		return err
	}
	for i, run := range runs {
		m, err := run.since(before[i], turns*requests)
		if err != nil {
			return fmt.Errorf("%s: %w", run.contender.name, err)
		}
		r.rounds[run.contender.name] = append(r.rounds[run.contender.name], m)
	}
	return nil
}

// takeTurns gives each run so many requests in each of its turns, and waits until
// everything has arrived. Every other time the order is reversed.
func takeTurns(ctx context.Context, runs []*run, turns, requests int) error {
	order := slices.Clone(runs)
	for range turns {
		for _, run := range order {
			if err := run.send(ctx, requests); err != nil {
				return fmt.Errorf("%s: %w", run.contender.name, err)
			}
		}
		slices.Reverse(order)
	}
	for _, run := range runs {
		if err := run.delivered(ctx); err != nil {
			return fmt.Errorf("%s: %w", run.contender.name, err)
		}
	}
	return nil
}

// overfill lets a contender deliver to an API that takes nothing.
func (o options) overfill(ctx context.Context, r *result, l *load, c contender) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	run, err := startRun(ctx, o.binary, r.scenario, l, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.kill()) }()
	m, err := run.overfill(ctx, max(o.items, overfull)/l.items)
	if err != nil {
		return err
	}
	r.rounds[c.name] = append(r.rounds[c.name], m)
	r.tell(c, len(r.rounds[c.name])-1)
	return nil
}

// tell says what a round came to, for those who wait.
func (r *result) tell(c contender, round int) {
	m := r.rounds[c.name][round]
	fmt.Fprintf(os.Stderr, "%s, %s, round %d: %.2f CPU seconds per million, %.0f MiB\n", r.scenario.name, c.name, round+1, m.perMillion(), peak(m))
}
