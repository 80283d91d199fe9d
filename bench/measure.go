// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/collector"
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
	items int
	cpu   time.Duration // user and system
	peak  int64         // bytes
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
				s.name, c.name, round+1, m.perMillion(), mebibytes(m))
		}
		slices.Reverse(turns)
	}
	return r, nil
}

// run is a contender at work: a Collector of its own, and what it delivers to.
type run struct {
	contender contender
	load      *load
	sink      *sink
	process   *collector.Process
	receiver  string // URL
	metrics   string // URL
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

// start runs the Collector and waits until it is ready.
func (r *run) start(ctx context.Context, binary, dir string, gogc int) error {
	ports, err := collector.FreePorts(3)
	if err != nil {
		return err
	}
	address := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	r.receiver, r.metrics = "http://"+address(ports[0]), "http://"+address(ports[2])+"/metrics"
	r.process, err = collector.Start(ctx, collector.Settings{
		Binary:  binary,
		Configs: []string{"yaml:" + config, r.contender.pipeline(r.load.signal)},
		Env: []string{
			fmt.Sprintf("GOGC=%d", gogc), "GOMEMLIMIT=off", "BENCH_API=" + r.sink.url, "BENCH_DIR=" + dir,
			"BENCH_OTLP=" + address(ports[0]), "BENCH_HEALTH=" + address(ports[1]), fmt.Sprintf("BENCH_METRICS=%d", ports[2]),
		},
		HealthURL: "http://" + address(ports[1]),
	})
	return err
}

// work sends so many requests, after some to warm up, and measures until all
// that must be has been delivered.
func (r *run) work(ctx context.Context, requests int) (measurement, error) {
	if err := r.load.send(ctx, r.receiver, warmUp); err != nil {
		return measurement{}, err
	}
	before, err := r.read()
	if err != nil {
		return before, err
	}
	if err := r.load.send(ctx, r.receiver, requests); err != nil {
		return before, err
	}
	expected := int64(r.contender.delivers(r.load, warmUp+requests))
	if err := r.process.Await(ctx, func(context.Context) error {
		if arrived := r.sink.arrived.Load(); arrived < expected {
			return fmt.Errorf("%d of %d items have arrived", arrived, expected)
		}
		return nil
	}); err != nil {
		return before, err
	}
	after, err := r.read()
	if arrived := r.sink.arrived.Load(); arrived != expected {
		err = errors.Join(err, fmt.Errorf("%d items have arrived, not %d", arrived, expected))
	}
	if after.cpu == before.cpu {
		err = errors.Join(err, errors.New("the kernel's clock is too coarse for so few items"))
	}
	return measurement{items: requests * perRequest, cpu: after.cpu - before.cpu, peak: after.peak}, err
}

// overfill sends so many requests of which nothing can be delivered. If the
// contender has a queue of visits, it must be full in the end.
func (r *run) overfill(ctx context.Context, requests int) (measurement, error) {
	if err := r.load.send(ctx, r.receiver, requests); err != nil {
		return measurement{}, err
	}
	if r.contender.visits {
		if err := r.wasFull(ctx); err != nil {
			return measurement{}, err
		}
	}
	m, err := r.read()
	m.items = requests * perRequest
	return m, err
}

// read asks the kernel what the Collector has taken so far.
func (r *run) read() (m measurement, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.process.PID()))
	if err != nil {
		return m, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.process.PID()))
	if err != nil {
		return m, err
	}
	cpu, err := cpuOf(stat)
	peak, err2 := peakOf(status)
	return measurement{cpu: cpu, peak: peak}, errors.Join(err, err2)
}

var droppedAsFull = regexp.MustCompile(`(?m)^otelcol_exporter_agent_visits_dropped\w*\{[^}]*reason="queue_full"[^}]*\} [1-9]`)

// wasFull fails if the queue has dropped nothing.
func (r *run) wasFull(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.metrics, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	metrics, err := io.ReadAll(answer.Body)
	if err == nil && !droppedAsFull.Match(metrics) {
		err = errors.New("the queue never was full")
	}
	return err
}
