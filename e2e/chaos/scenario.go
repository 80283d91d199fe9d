// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// scenarioLimit bounds one scenario. The longest needs half of it.
const scenarioLimit = 5 * time.Minute

// Scenario is one way to disturb delivery.
type Scenario struct {
	Name string
	// run disturbs and waits until what can be delivered is delivered. It leaves
	// the Collector running.
	run func(*trial)
	// fullOnly scenarios wait for minutes.
	fullOnly bool
}

// InShort reports whether the scenario is part of the short form.
func (s Scenario) InShort() bool { return !s.fullOnly }

// Scenarios are all of them, in the order of the table.
func Scenarios() []Scenario {
	var all []Scenario
	for _, group := range [][]Scenario{network, answers, content, processes, queues, storage, everything} {
		all = append(all, group...)
	}
	return all
}

// Settings say how to run scenarios.
type Settings struct {
	// Binary is the Collector's path. Required.
	Binary string
	// Full takes more visits and longer faults.
	Full bool
	// Seed chooses the random moments.
	Seed uint64
	// Log receives the log of the Collector of each scenario that fails.
	Log func(scenario, text string)
}

// Result is a line of the table.
type Result struct {
	Scenario   string
	Visits     int // acknowledged by the Collector
	Delivered  int // of those, at least once
	Duplicates int // deliveries beyond the first
	Dropped    map[string]int
	Requests   int
	PeakBytes  int64 // largest resident memory of a Collector's process; 0 if unknown
	Took       time.Duration
	Skipped    string // why the scenario cannot run here
	Failures   []string
}

// Run runs one scenario in a directory of its own.
func (s Scenario) Run(ctx context.Context, settings Settings) Result {
	ctx, cancel := context.WithTimeout(ctx, scenarioLimit)
	defer cancel()
	begun := time.Now()
	t := newTrial(ctx, settings)
	var done sync.WaitGroup
	done.Go(func() { //nolint:contextcheck // the trial holds the context; a goroutine of its own, which FailNow ends
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

// failure makes a trial a testify.TestingT.
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
	t.skipped = true
	runtime.Goexit()
}

// cleanUp leaves no process, no connection and no file.
func (t *trial) cleanUp() {
	for _, undo := range t.undo {
		undo()
	}
	if t.dir != "" {
		if err := os.RemoveAll(t.dir); err != nil {
			t.Errorf("%v", err)
		}
	}
}

// FindCollector is the binary that the variable COLLECTOR names, else the one
// at the given path.
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
