// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// scenarioLimit bounds a scenario. The longest one takes half of it.
const scenarioLimit = 5 * time.Minute

// Scenario is one way to disturb delivery.
type Scenario struct {
	Name string
	// run disturbs delivery and waits until everything that can be delivered is. It may
	// leave the Collector running.
	run func(*trial)
	// fullOnly excludes the scenario from the short form, because it takes minutes.
	fullOnly bool
	// quiet is set if the scenario lasts long and needs little of the machine, so that
	// many such scenarios run side by side.
	quiet bool
	// limit bounds the scenario; 0 means scenarioLimit.
	limit time.Duration
}

// Quiet reports whether many such scenarios can run side by side.
func (s Scenario) Quiet() bool { return s.quiet }

// InShort reports whether the scenario is part of the short form.
func (s Scenario) InShort() bool { return !s.fullOnly }

// Scenarios returns all scenarios in the order of the table.
func Scenarios() []Scenario {
	var all []Scenario
	for _, group := range [][]Scenario{
		network, answers, content, badVisits, outages, slow, processes, waits, shutdowns, queues, storage, logFiles, sites, combined,
	} {
		all = append(all, group...)
	}
	return all
}

// Settings configure the runs of scenarios.
type Settings struct {
	// Binary is the Collector's path. Required.
	Binary string
	// Full selects more visits and longer faults.
	Full bool
	// Seed is the seed of the random choices.
	Seed uint64
	// Log receives the Collector's log of each scenario that fails.
	Log func(scenario, text string)
}

// Result is a row of the table.
type Result struct {
	Scenario   string
	Visits     int // acknowledged by the Collector
	Delivered  int // acknowledged visits that arrived at least once
	Duplicates int // deliveries after the first
	Dropped    map[string]int
	Requests   int
	PeakBytes  int64         // peak of the Collector's resident memory; 0 if unknown
	Delay      time.Duration // until 99 of 100 delivered visits had arrived
	Took       time.Duration
	Note       string // a figure of the scenario's own, or empty
	Skipped    string // why the scenario cannot run here, or empty
	Failures   []string
}

// Run runs the scenario in a temporary directory.
func (s Scenario) Run(ctx context.Context, settings Settings) Result {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(s.limit, scenarioLimit))
	defer cancel()
	begun := time.Now()
	t := newTrial(ctx, settings)
	var done sync.WaitGroup
	done.Go(func() { //nolint:contextcheck // the trial holds the context; FailNow ends this goroutine
		defer t.measure()
		t.setUp()
		s.run(t)
		t.conclude()
	})
	done.Wait()
	t.cleanUp()
	r := t.result
	r.Scenario, r.Took, r.Failures = s.Name, time.Since(begun), t.failures
	if (len(r.Failures) > 0 || os.Getenv("CHAOS_LOG") != "") && settings.Log != nil {
		settings.Log(s.Name, t.log.String())
	}
	return r
}

// Errorf records a failure. With FailNow it makes a trial a testify.TestingT.
func (t *trial) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failures = append(t.failures, fmt.Sprintf(format, args...))
}

// FailNow ends the scenario.
func (*trial) FailNow() { runtime.Goexit() }

// skip ends the scenario because it cannot run here.
func (t *trial) skip(why string) {
	t.result.Skipped = why
	runtime.Goexit()
}

// cleanUp ends all processes, closes all connections and removes all files.
func (t *trial) cleanUp() {
	for _, do := range t.cleanUps {
		do()
	}
	if t.dir != "" {
		if err := os.RemoveAll(t.dir); err != nil {
			t.Errorf("%v", err)
		}
	}
}

// FindCollector returns the absolute path of the Collector: the one in the variable
// COLLECTOR, or else the given one.
func FindCollector(path string) (string, error) {
	if named := os.Getenv("COLLECTOR"); named != "" {
		path = named
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		return "", fmt.Errorf("no Collector at %s: build it with `make collector` in the repository's root, or set COLLECTOR to the path of another build", path)
	}
	return path, nil
}
