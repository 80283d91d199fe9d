// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command preview is a local stand-in for the Known Agents and Scrunch APIs that
// shows each visit as it arrives: as a line in the terminal and on a live page.
// It listens on a loopback address alone, and sends nothing anywhere.
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

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
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

// options are the command line.
type options struct {
	listen      string
	addressFile string
	json        bool
	quiet       bool
	duration    time.Duration
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned, and the usage is for -h
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 takes a free one")
	flags.StringVar(&o.addressFile, "addr-file", "", "`file` to write the base URL to once it can be used; removed at the end")
	flags.BoolVar(&o.json, "json", false, "print each visit and refused request as a line of JSON, and the totals as the last line")
	flags.BoolVar(&o.quiet, "quiet", false, "print no line for each visit; refused requests and totals are still printed")
	flags.DurationVar(&o.duration, "for", 0, "end after this `duration`, such as 30s; 0 runs until Ctrl-C")
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

// run serves until ctx ends or the time is over, then prints the totals.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	p := &printer{out: stdout, palette: newPalette(stdout, os.Getenv), json: o.json, quiet: o.quiet}
	p.totals, p.feed = newTotals(time.Now()), newFeed()
	server, err := fakeapi.Listen(o.listen, fakeapi.Settings{
		CountsOnly: true, OnVisit: p.visit, OnRequest: p.request,
		Other: page{totals: p.totals, feed: p.feed, pause: 250 * time.Millisecond}.handler(),
	})
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
	p.end()
	return err
}

// welcome takes the base URL.
const welcome = `
A stand-in for the Known Agents and Scrunch APIs, on this machine alone.

A visit is one request that a website answered: an AI agent, a search crawler or a
person fetched one page. The exporter reports visits; here you see what it reports.
Nothing that arrives here leaves this machine, and no account is needed.

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

Waiting for visits. Ctrl-C ends and prints the totals.

`

// writeFile puts a file in place whole: whoever waits for it never reads half.
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

// printer is told by the API what arrives, one call at a time.
type printer struct {
	out     io.Writer
	palette palette
	json    bool
	quiet   bool
	totals  *totals
	feed    *feed
}

func (p *printer) visit(v fakeapi.Visit) {
	shown := newVisit(v, time.Now())
	p.totals.visit(shown)
	p.totals.lacks(v)
	p.feed.add(entry{Visit: &shown})
	switch {
	case p.quiet:
	case p.json:
		p.encode(entry{Visit: &shown})
	default:
		fmt.Fprintln(p.out, p.palette.visitLine(shown))
	}
}

func (p *printer) request(r fakeapi.Request) {
	p.totals.request(r)
	if r.Reason == "" {
		p.feed.touch()
		return
	}
	refused := newRefusal(r)
	p.feed.add(entry{Refusal: &refused})
	if p.json {
		p.encode(entry{Refusal: &refused})
		return
	}
	fmt.Fprintln(p.out, p.palette.refusalLine(refused))
}

func (p *printer) end() {
	totals := p.totals.summary(time.Now())
	if p.json {
		p.encode(map[string]summary{"totals": totals})
		return
	}
	totals.print(p.out)
}

// encode writes a line of JSON. A reader that went away is not an error here.
func (p *printer) encode(value any) { _ = json.NewEncoder(p.out).Encode(value) }
