// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command deliver delivers the visits in access logs that exist already, through an
// agent_visits exporter of a Collector's configuration, and remembers in a journal what
// it delivered. `replay deliver` starts it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/agentvisits/agentvisitsexporter/internal/logfiles"
)

// The program's exit codes. 0 says that each line was delivered, or is no visit.
const (
	exitFault   = 1   // something could not be read or delivered
	exitUsage   = 2   // the command line or the configuration is wrong
	exitStopped = 130 // Ctrl-C; the next run goes on
)

func main() {
	ctx, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, restore) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// options are what users choose.
type options struct {
	config, exporter, journal string
	since, until              string
	rate                      int
	dryRun, again             bool
	files                     []string
}

// errUsage is a command line that says nothing to do. Its remedy was printed.
var errUsage = errors.New("usage")

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("replay deliver", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.config, "config", "", "the Collector's configuration `file`; only the exporter's block counts")
	flags.StringVar(&o.exporter, "exporter", "", "the `name` of the exporter in it, if it has several: agent_visits/scrunch")
	flags.StringVar(&o.journal, "journal", "", "the `file` that remembers what was delivered (default: beside the first log)")
	flags.StringVar(&o.since, "since", "", "deliver only visits since this `time`: 2026-05-04, 7d, 12h")
	flags.StringVar(&o.until, "until", "", "deliver only visits before this `time`")
	flags.IntVar(&o.rate, "rate", 0, "how many `visits` a second to deliver, on average over the run")
	flags.BoolVar(&o.dryRun, "dry-run", false, "deliver to a stand-in for the API on this machine, and remember nothing")
	flags.BoolVar(&o.again, "again", false, "deliver also what is in doubt, because it was being sent when an earlier run ended")
	flags.Usage = func() {
		fmt.Fprint(stderr, "usage: replay deliver -config collector.yaml [options] access.log* (- is standard input)\n\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return o, errors.Join(errUsage, err)
	}
	o.files = flags.Args()
	switch {
	case len(o.files) == 0 || o.config == "":
		flags.Usage()
		return o, errUsage
	case o.rate < 0:
		return o, errors.New("-rate is below 0: leave it out for no limit")
	}
	return o, nil
}

// run delivers and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return exitUsage
	}
	var d *replay
	if err == nil {
		d, err = prepare(ctx, &o, stdin, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "replay deliver:", err)
		return exitUsage
	}
	err = d.run(ctx)
	if errors.As(err, new(unusable)) {
		fmt.Fprintln(stderr, "replay deliver:", err)
		return exitUsage
	}
	fmt.Fprint(stdout, d.totals.text(d))
	stopped := ctx.Err() != nil && errors.Is(err, context.Canceled)
	switch {
	case stopped:
		fmt.Fprintln(stderr, "Stopped. The same command goes on where it stopped.")
		return exitStopped
	case err != nil:
		fmt.Fprintln(stderr, "replay deliver:", err)
		return exitFault
	case !d.totals.isWhole():
		return exitFault
	}
	return 0
}

// prepare reads the configuration, looks into the logs and opens the journal.
func prepare(ctx context.Context, o *options, stdin io.Reader, stderr io.Writer) (*replay, error) {
	now := time.Now()
	window, err := logfiles.NewWindow(o.since, o.until, now)
	if err != nil {
		return nil, err
	}
	id, cfg, err := loadConfig(ctx, o.config, o.exporter)
	if err != nil {
		return nil, err
	}
	d := newReplay(id, cfg, now)
	d.window, d.rate, d.progress = window, o.rate, newProgress(stderr)
	if d.files, err = logfiles.Open(o.files, stdin, d.newReader().TimeOf); err != nil {
		return nil, err
	}
	if o.dryRun {
		return d, d.rehearse()
	}
	name := o.journal
	if name == "" {
		name = journalBeside(o.files[0], id)
	}
	d.journalName = name
	d.journal, err = openJournal(name, id.String()+" at "+target(cfg), o.again)
	return d, err
}

// journalBeside is where the journal lies if nobody says where.
func journalBeside(log string, id component.ID) string {
	folder := "."
	if log != logfiles.Stdin {
		folder = filepath.Dir(log)
	}
	return filepath.Join(folder, ".replay-"+strings.ReplaceAll(id.String(), "/", "-")+".journal")
}
