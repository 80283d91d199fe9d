// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command demo shows the agent_visits exporter end to end on this machine: visitors,
// two small websites, a real Collector, and a stand-in for both APIs. It fails if a
// visit does not arrive, so it is also a test.
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
	// gentlePace is the same for a demo that runs until Ctrl-C.
	gentlePace = time.Second
)

// errInterrupted is the cause of a context that Ctrl-C has cancelled.
var errInterrupted = errors.New("interrupted")

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run returns the exit code: 0 if every visit arrived, 1 if not, 2 for wrong
// arguments, 130 after Ctrl-C.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var p programs
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&p.collector, "collector", "", "`path` of the Collector that `make collector` builds")
	flags.StringVar(&p.preview, "preview", "", "`path` of the preview program")
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 || p.collector == "" || p.preview == "" {
		_, _ = fmt.Fprintln(stderr, "demo: give -collector and -preview and nothing else, or run `make demo`, which gives both")
		return 2
	}
	forever := getenv("DEMO") == "forever"

	soft, hard, stop := interrupts()
	defer stop()
	stage := newStage(p, stdout)
	sum, err := stage.run(soft, hard, forever)
	if stopErr := stage.stop(hard); err == nil {
		err = stopErr // an earlier error says more
	}
	switch {
	case errors.Is(err, errInterrupted):
		_, _ = fmt.Fprintln(stdout, "\nStopped early. Everything that the demo started has stopped.")
		return 130
	case err != nil:
		_, _ = fmt.Fprintln(stderr, "\ndemo:", err)
		return 1
	}
	sum.print(stdout)
	if problems := sum.problems(); len(problems) > 0 {
		_, _ = fmt.Fprint(stdout, "\nThe demo has FAILED:\n")
		for _, problem := range problems {
			_, _ = fmt.Fprintln(stdout, "  "+problem)
		}
		return 1
	}
	_, _ = fmt.Fprint(stdout, goodbye)
	return 0
}

// interrupts returns two contexts. The first Ctrl-C cancels soft, and the demo stops
// gracefully. The second one cancels hard, and the demo stops at once. SIGTERM, and the
// signals that come when nobody reads the output any more, count as Ctrl-C.
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

// run starts everything, sends the requests and returns the summary.
func (s *stage) run(soft, hard context.Context, forever bool) (*summary, error) {
	_, _ = fmt.Fprint(s.out, welcome)
	if err := s.start(soft); err != nil {
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
	s.previewOutput.unmute()

	traffic := newTraffic(s.addresses)
	err := s.send(soft, traffic, plans, interval, forever)
	if forever && errors.Is(err, errInterrupted) {
		// Ctrl-C is the normal end. From now on only a second one stops the demo.
		return s.finish(hard, traffic.sent, true)
	}
	if err != nil {
		return nil, err
	}
	return s.finish(soft, traffic.sent, false)
}

// send makes the planned requests once, or again and again until ctx is done.
func (s *stage) send(ctx context.Context, traffic *traffic, plans []plan, interval time.Duration, forever bool) error {
	ctx, cancel := s.untilChildEnds(ctx)
	defer cancel()
	err := traffic.send(ctx, plans, interval)
	for forever && err == nil {
		err = traffic.send(ctx, plans, interval)
	}
	return err
}

const welcome = `
agent_visits: from your websites' telemetry to Known Agents and Scrunch
------------------------------------------------------------------------

Analytics by a script in the page miss agents that run no JavaScript. Servers see
them: those that use OpenTelemetry, or just write an access log, already record these
visits. The exporter agent_visits, a part of an OpenTelemetry Collector, finds them and
delivers them to the APIs that analyse them.

In this demo everything runs on this machine, and nothing leaves it.

`

const trafficOnce = `
 4  %d visitors now send %d requests, for about %d seconds: AI agents, crawlers,
    people, and health checks. Each visit goes to both APIs, but for those without
    a user agent, which Scrunch does not take. Each line below is a visit that an API
    has received: time, API, visitor, method, status, duration and page.

`

const trafficForever = `
 4  %d visitors now send requests, one per second, until you press Ctrl-C:
    AI agents, crawlers, people, and health checks. Each visit goes to both APIs, but
    for those without a user agent, which Scrunch does not take. Each line below is a
    visit that an API has received: time, API, visitor, method, status, duration and
    page.

`

const goodbye = `
All visits arrived. To use your own sites:

  1. Get an access token from Known Agents, or a site id and a key from Scrunch.
  2. KNOWN_AGENTS_ACCESS_TOKEN=... make run
     runs this Collector and delivers to each API whose key is set.
  3. Point your applications at it: see docs/spans.md. For a log: docs/access-logs.md.

  docs/README.md                all documents
  examples/demo/collector.yaml  the configuration of this demo
  DEMO=forever make demo        runs until Ctrl-C, so that you can send requests
`
