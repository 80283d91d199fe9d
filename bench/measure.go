// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
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
	// limit bounds a run.
	limit = 2 * time.Minute
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

// play measures a scenario's contenders by turns, as often as asked. Every other
// round goes backwards.
func (o options) play(ctx context.Context, s *scenario, wanted *regexp.Regexp) (*result, error) {
	l, err := s.load()
	if err != nil {
		return nil, err
	}
	r := &result{scenario: s, signal: l.signal, rounds: map[string][]measurement{}}
	turns := slices.DeleteFunc(s.contenders(), func(c contender) bool { return !wanted.MatchString(s.name + "/" + c.name) })
	for round := range o.rounds {
		for _, c := range turns {
			m, err := measure(ctx, o.binary, s, l, c, o.items)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", s.name, c.name, err)
			}
			r.rounds[c.name] = append(r.rounds[c.name], m)
			fmt.Fprintf(os.Stderr, "%s, %s, round %d: %.2f CPU seconds per million, %.0f MiB\n",
				s.name, c.name, round+1, m.perMillion(), peak(m))
		}
		slices.Reverse(turns)
	}
	return r, nil
}

// measure lets a contender work on at least so many items.
func measure(ctx context.Context, binary string, s *scenario, l *load, c contender, items int) (m measurement, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r := &run{contender: c, load: l}
	if r.sink, err = newSink(s.api, c.marks[l.signal]); err != nil {
		return m, err
	}
	defer r.sink.close()
	dir, err := os.MkdirTemp("", "bench-collector-*")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := r.start(ctx, binary, dir, cmp.Or(s.gogc, 100)); err != nil {
		return m, err
	}
	defer func() { _ = r.process.Kill() }()
	if s.api != accepts {
		return r.overfill(ctx, max(items, overfull)/perRequest)
	}
	if m, err = r.work(ctx, (items+perRequest-1)/perRequest); err != nil {
		return m, err
	}
	return m, r.process.Stop(ctx)
}
