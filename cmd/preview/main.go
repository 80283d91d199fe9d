// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command preview is a local stand-in for the Known Agents and Scrunch APIs. It
// shows each visit as it arrives, as a line in the terminal and on a live page.
// It listens on a loopback address only and sends nothing anywhere.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

// options holds the command-line flags.
type options struct {
	listen      string
	addressFile string
	json        bool
	quiet       bool
	duration    time.Duration
}

// defaultAddress stays the same, so that a Collector's configuration and an open page find
// the preview again after it was started anew.
const defaultAddress = "127.0.0.1:4390"

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned; only -h prints the usage
	flags.StringVar(&o.listen, "listen", defaultAddress, "loopback `address` to listen on; port 0 picks a free port")
	flags.StringVar(&o.addressFile, "addr-file", "", "`file` to write the base URL to when the server is ready; removed on exit")
	flags.BoolVar(&o.json, "json", false, "print each visit and each refused request as a line of JSON, and the totals with the report as the last line")
	flags.BoolVar(&o.quiet, "quiet", false, "do not print visits; refused requests and totals are still printed")
	flags.DurationVar(&o.duration, "for", 0, "run for this `duration`, such as 30s, and then exit; 0 runs until Ctrl-C")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q: every option starts with -", flags.Arg(0))
	}
	if o.duration < 0 {
		return o, fmt.Errorf("-for %s: must not be negative", o.duration)
	}
	return o, nil
}

// run serves until ctx is done or the -for duration has passed. Then it prints the
// totals.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	p := &printer{out: stdout, palette: newPalette(stdout, os.Getenv), json: o.json, quiet: o.quiet}
	p.totals, p.history = newTotals(time.Now()), newHistory()
	server, err := fakeapi.Listen(o.listen, fakeapi.Settings{
		CountsOnly: true, OnVisit: p.onVisit, OnRequest: p.onRequest,
		Other: page{totals: p.totals, history: p.history, pause: 250 * time.Millisecond}.handler(),
	})
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: another preview may be running; -listen 127.0.0.1:0 picks a free port", err)
	}
	if err != nil {
		return err
	}
	if o.addressFile != "" {
		if err := writeFile(o.addressFile, server.URL()+"\n"); err != nil {
			return errors.Join(err, server.Close())
		}
		defer func() { _ = os.Remove(o.addressFile) }()
	}
	if o.json {
		fmt.Fprintln(stderr, server.URL())
	} else {
		fmt.Fprintf(stdout, welcome, server.URL())
	}
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	<-ctx.Done()
	err = server.Close()
	p.printTotals()
	return err
}

// welcome is a format string: its argument is the base URL.
const welcome = `
A stand-in for the Known Agents and Scrunch APIs, on this machine only.

A visit is one request to a website, such as the fetch of a page by an AI agent, a
search crawler or a person. The exporter reports visits, and this program shows them.
Nothing that arrives here leaves this machine, and you need no account.

  Watch in a browser:  %[1]s/

To send visits here, set the endpoint in the Collector's configuration:

  exporters:
    agent_visits/known_agents:
      endpoint: %[1]s
      known_agents:
        access_token: preview-token
    agent_visits/scrunch:
      endpoint: %[1]s
      scrunch:
        site_id: 01HZX3VQ6Z0000000000000000
        api_key: preview-key

Waiting for visits. Press Ctrl-C to stop and print the totals.

`

// writeFile creates the file atomically, so that a program that waits for the file
// never reads half of it.
func writeFile(name, content string) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".preview-*")
	if err != nil {
		return err
	}
	_, err = temporary.WriteString(content)
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}

// entry is a line of -json. Exactly one field is set.
type entry struct {
	Visit   *visit   `json:"visit,omitempty"`
	Refusal *refusal `json:"refusal,omitempty"`
}

// printer prints what arrives and passes it to the totals and the history. The API
// calls it from one goroutine at a time.
type printer struct {
	out     io.Writer
	palette palette
	json    bool
	quiet   bool
	totals  *totals
	history *history
}

func (p *printer) onVisit(v fakeapi.Visit) {
	now := time.Now()
	shown := newVisit(v, now)
	p.totals.addVisit(v, shown.Status)
	p.history.add(newRequest(v, now))
	switch {
	case p.quiet:
	case p.json:
		p.encode(entry{Visit: &shown})
	default:
		fmt.Fprintln(p.out, p.palette.visitLine(shown))
	}
}

func (p *printer) onRequest(r fakeapi.Request) {
	p.totals.addRequest(r)
	if r.Reason == "" {
		p.history.notify()
		return
	}
	refused := newRefusal(r)
	p.history.addRefusal(refused)
	if p.json {
		p.encode(entry{Refusal: &refused})
		return
	}
	fmt.Fprintln(p.out, p.palette.refusalLine(refused))
}

// printTotals prints what each API got, and then who came. The page tells more.
func (p *printer) printTotals() {
	totals := p.totals.summary(time.Now())
	now, _ := p.history.now()
	r := analyse(now.requests, time.Local)
	if p.json {
		p.encode(struct {
			Totals summary        `json:"totals"`
			Report *report.Report `json:"report"`
		}{totals, r})
		return
	}
	totals.print(p.out)
	if r.Visits > 0 {
		_ = r.WriteText(p.out, report.TextSettings{Brief: true})
	}
}

// encode prints a line of JSON. It ignores errors, because the reader may have gone
// away.
func (p *printer) encode(value any) { _ = json.NewEncoder(p.out).Encode(value) }
