// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command cmd runs the chaos scenarios in full and prints the table. Its exit code is 1
// if a scenario fails.
package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/agentvisits/agentvisitsexporter/e2e/chaos"
)

func main() {
	only := flag.String("run", "", "run only the scenarios whose names match this regular expression")
	short := flag.Bool("short", false, "run the short form")
	seed := flag.Uint64("seed", 1, "seed of the random choices")
	parallel := flag.Int("parallel", 4, "how many scenarios run at a time, besides those that need little of the machine")
	into := flag.String("into", "", "also write the table into this document")
	flag.Parse()
	if err := interruptible(func(ctx context.Context) error {
		return run(ctx, *only, *into, *parallel, chaos.Settings{Full: !*short, Seed: *seed})
	}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// interruptible calls do with a context that Ctrl-C cancels.
func interruptible(do func(context.Context) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return do(ctx)
}

func run(ctx context.Context, only, into string, parallel int, settings chaos.Settings) (err error) {
	if settings.Binary, err = chaos.FindCollector(filepath.Join("..", "bin", "agent-visits-collector")); err != nil {
		return err
	}
	wanted, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	var scenarios []chaos.Scenario
	for _, s := range chaos.Scenarios() {
		if wanted.MatchString(s.Name) && (settings.Full || s.InShort()) {
			scenarios = append(scenarios, s)
		}
	}
	begun := time.Now()
	results := runAll(ctx, scenarios, max(parallel, 1), settings)
	fmt.Println()
	fmt.Print(chaos.Text(results))
	failed := 0
	for _, r := range results {
		if !r.Passed() {
			failed++
		}
	}
	if into != "" {
		if err := chaos.WriteInto(into, conditions(settings, begun)+"\n\n"+chaos.Markdown(results)); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d scenarios failed", failed, len(results))
	}
	return nil
}

// quietParallel is how many quiet scenarios run at a time, beside the others.
const quietParallel = 16

// runAll runs the scenarios, some at a time, and prints the outcome of each.
func runAll(ctx context.Context, scenarios []chaos.Scenario, parallel int, settings chaos.Settings) []chaos.Result {
	results := make([]chaos.Result, len(scenarios))
	var running sync.WaitGroup
	for quiet, atATime := range map[bool]int{false: parallel, true: quietParallel} {
		running.Go(func() {
			slots := make(chan struct{}, atATime)
			for i, s := range scenarios {
				if s.Quiet() != quiet {
					continue
				}
				slots <- struct{}{}
				running.Go(func() {
					defer func() { <-slots }()
					results[i] = runOne(ctx, s, settings)
				})
			}
		})
	}
	running.Wait()
	return results
}

// runOne runs a scenario and prints its outcome.
func runOne(ctx context.Context, s chaos.Scenario, settings chaos.Settings) chaos.Result {
	var log bytes.Buffer
	settings.Log = func(_, text string) { log.WriteString(text) }
	result := s.Run(ctx, settings)
	printOutcome(result, log.String())
	return result
}

var printing sync.Mutex

// printOutcome prints the outcome of a scenario, with the log if it failed.
func printOutcome(r chaos.Result, log string) {
	printing.Lock()
	defer printing.Unlock()
	switch {
	case !r.Passed():
		fmt.Printf("FAILED %s\n%s\nThe Collector's log:\n%s\n", r.Scenario, strings.Join(r.Failures, "\n"), log)
	case r.Skipped != "":
		fmt.Printf("skipped %s: %s\n", r.Scenario, r.Skipped)
	default:
		fmt.Printf("ok %s (%.1f s)\n", r.Scenario, r.Took.Seconds())
	}
}

// conditions says when, where and how the results were measured.
func conditions(settings chaos.Settings, begun time.Time) string {
	version := "of an unknown version"
	if built, err := buildinfo.ReadFile(settings.Binary); err == nil {
		for _, module := range built.Deps {
			if module.Path == "go.opentelemetry.io/collector/otelcol" {
				version = module.Version + ", built with " + built.GoVersion
			}
		}
	}
	return fmt.Sprintf("Measured on %s in %d s with `make chaos` (seed %d): Collector %s, on %s/%s with %d cores, shared with the load and the stand-in for the API.",
		begun.Format("2 January 2006"), int(time.Since(begun).Seconds()), settings.Seed, version, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}
