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
	// warmUp is the number of requests before the CPU time is first read.
	warmUp = 40
	// overfull is the minimum number of items that are sent if the API takes none. It is
	// several times what the default queue of 64 MiB holds.
	overfull = 400_000
	// turns is the number of parts in which a contender gets the items of a round.
	turns = 10
	// limit bounds a scenario.
	limit = 15 * time.Minute
)

//go:embed config.yaml
var config string

// measurement is the cost of some items.
type measurement struct {
	items    int
	cpu      time.Duration // user and system
	peak     int64         // of resident memory, in bytes
	received int64         // by the sink, in bytes
	bound    int64         // capacity of the queue in bytes, if the queue was filled
}

// perMillion is the CPU time in seconds per million items.
func (m measurement) perMillion() float64 { return m.cpu.Seconds() / float64(m.items) * 1e6 }

// measure measures the wanted contenders of a scenario.
func (o options) measure(ctx context.Context, s *scenario, wanted *regexp.Regexp) (*result, error) {
	l, err := s.load()
	if err != nil {
		return nil, err
	}
	r := &result{scenario: s, signal: l.signal, rounds: map[string][]measurement{}}
	all := slices.DeleteFunc(s.contenders(), func(c contender) bool { return !wanted.MatchString(s.name + "/" + c.name) })
	if s.api == accepts && len(all) > 0 {
		return r, o.measureInTurns(ctx, r, l, all)
	}
	for range o.rounds {
		for _, c := range all {
			if err := o.measureFullQueue(ctx, r, l, c); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", s.name, c.name, err)
			}
		}
	}
	return r, nil
}

// measureInTurns starts all contenders and gives each its items of a round in short
// turns. A shared machine can become slower or faster within a second; the turns make
// that affect all contenders.
func (o options) measureInTurns(ctx context.Context, r *result, l *load, all []contender) (err error) {
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
			r.printRound(run.contender, round)
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

// takeTurns sends the number of requests to each run in each turn, and waits until
// everything has arrived. It reverses the order after each turn.
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
		if err := run.awaitDelivered(ctx); err != nil {
			return fmt.Errorf("%s: %w", run.contender.name, err)
		}
	}
	return nil
}

// measureFullQueue measures a contender while its API accepts nothing.
func (o options) measureFullQueue(ctx context.Context, r *result, l *load, c contender) (err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	run, err := startRun(ctx, o.binary, r.scenario, l, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.kill()) }()
	m, err := run.fillQueue(ctx, max(o.items, overfull)/l.items)
	if err != nil {
		return err
	}
	r.rounds[c.name] = append(r.rounds[c.name], m)
	r.printRound(c, len(r.rounds[c.name])-1)
	return nil
}

// printRound prints the result of a round to standard error, as progress.
func (r *result) printRound(c contender, round int) {
	m := r.rounds[c.name][round]
	fmt.Fprintf(os.Stderr, "%s, %s, round %d: %.2f CPU seconds per million, %.0f MiB\n", r.scenario.name, c.name, round+1, m.perMillion(), peak(m))
}
