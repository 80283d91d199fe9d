// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command demo shows the agent_visits exporter from end to end on this
// machine: two small websites, visitors, a real Collector and a stand-in for
// both APIs. It fails when a visit does not arrive, and so is a check as well.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	// pace is the time between two requests.
	pace = 250 * time.Millisecond
	// gentlePace is the same when the demo runs until Ctrl-C.
	gentlePace = time.Second
)

// errInterrupted is why a context of the demo ends at Ctrl-C.
var errInterrupted = errors.New("interrupted")

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run returns the exit code: 0 when every visit arrived, 1 when not, 2 for
// wrong arguments, 130 after Ctrl-C.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var set settings
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&set.collector, "collector", "", "`path` of the Collector that `make collector` builds")
	flags.StringVar(&set.preview, "preview", "", "`path` of the preview program")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 || set.collector == "" || set.preview == "" {
		_, _ = fmt.Fprintln(stderr, "demo: needs -collector and -preview, and nothing else; `make demo` gives both")
		return 2
	}
	forever := getenv("DEMO") == "forever"

	soft, hard, stop := interrupts()
	defer stop()
	stage := newStage(set, stdout)
	sum, err := stage.play(soft, hard, forever)
	if notCleared := stage.clear(hard); err == nil {
		err = notCleared // else the first error tells more
	}
	switch {
	case errors.Is(err, errInterrupted):
		_, _ = fmt.Fprintln(stdout, "\nStopped early. Everything that the demo started has ended.")
		return 130
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "\ndemo:", err)
		return 1
	}
	sum.print(stdout)
	if problems := sum.problems(); len(problems) > 0 {
		_, _ = fmt.Fprint(stdout, "\nNOT as it should be:\n")
		for _, problem := range problems {
			_, _ = fmt.Fprintln(stdout, "  "+problem)
		}
		return 1
	}
	_, _ = fmt.Fprint(stdout, goodbye)
	return 0
}

// interrupts returns a context that ends at the first Ctrl-C (or SIGTERM, or
// when nobody reads the output any more), upon which the demo ends in order,
// and one that ends at the second, upon which it ends at once.
func interrupts() (soft, hard context.Context, stop func()) {
	soft, endSoft := context.WithCancelCause(context.Background())
	hard, endHard := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE)
	go func() {
		for range signals {
			if soft.Err() != nil {
				endHard(errInterrupted)
			}
			endSoft(errInterrupted)
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		close(signals)
		endSoft(nil)
		endHard(nil)
	}
}

// play runs the demo and returns what came of it.
func (s *stage) play(soft, hard context.Context, forever bool) (*summary, error) {
	_, _ = fmt.Fprint(s.out, welcome)
	if err := s.set(soft); err != nil {
		return nil, err
	}
	plans, interval := schedule(actors), pace
	if forever {
		interval = gentlePace
		_, _ = fmt.Fprintf(s.out, trafficForever, len(actors))
	} else {
		seconds := time.Duration(len(plans)) * pace / time.Second
		_, _ = fmt.Fprintf(s.out, trafficOnce, len(actors), len(plans), seconds)
	}
	s.arrivals.open()

	traffic := newTraffic(s.addresses)
	err := s.send(soft, traffic, plans, interval, forever)
	if forever && errors.Is(err, errInterrupted) {
		// That is how it should end. Now only a second Ctrl-C ends the counting.
		return s.count(hard, traffic.sent, true)
	}
	if err != nil {
		return nil, err
	}
	return s.count(soft, traffic.sent, false)
}

// send makes the planned requests once, or again and again until ctx is done.
func (s *stage) send(ctx context.Context, traffic *traffic, plans []visitPlan, interval time.Duration, forever bool) error {
	ctx, release := s.guard(ctx)
	defer release()
	err := traffic.send(ctx, plans, interval)
	for forever && err == nil {
		err = traffic.send(ctx, plans, interval)
	}
	return err
}

const welcome = `
agent_visits: from your websites' telemetry to Known Agents and Scrunch
------------------------------------------------------------------------

AI agents read websites without running JavaScript, so only servers see them.
Servers that use OpenTelemetry, or just write an access log, have recorded each
of these visits already. The exporter agent_visits, a part of an OpenTelemetry
Collector, finds them and delivers them to the APIs that analyse them.

Here everything runs on this machine, and nothing leaves it.

`

const trafficOnce = `
 4  %d visitors now send %d requests, for about %d seconds: AI agents, crawlers,
    people whom an assistant sent, and health checks. Each line below is a visit
    as an API received it, and each visit goes to both APIs:
    when, to which API, who, method, status, how long, and which page.

`

const trafficForever = `
 4  %d visitors now send requests, one per second, until you press Ctrl-C:
    AI agents, crawlers, people whom an assistant sent, and health checks. Each
    line below is a visit as an API received it, and each visit goes to both APIs:
    when, to which API, who, method, status, how long, and which page.

`

const goodbye = `
Every visit arrived, once. Now with your own sites:

  1. Get an access token from Known Agents, or a site id and a key from Scrunch.
  2. KNOWN_AGENTS_ACCESS_TOKEN=... make run
     runs this same Collector; it delivers to each API whose key is set.
  3. Point your applications or access logs at it: see README.md.

  README.md                     configuration, options, what each field is made of
  examples/demo/collector.yaml  the configuration that you have just seen at work
  DEMO=forever make demo        the same until Ctrl-C, to try requests of your own
`
