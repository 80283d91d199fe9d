// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command replay reads access logs that exist already. "replay report" says what AI agents
// did on a website, with no Collector, account or configuration. "replay deliver" delivers
// the past through the exporter.
//
// It is two programs, so that the report is compiled in seconds: this one has nothing of
// the Collector but its data types, and starts the other one, in the folder deliver.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

const usage = `replay reads access logs: plain, gzip, zstd, or - for standard input.

  replay report access.log*            what AI agents did on the website
  replay deliver -config collector.yaml access.log*
                                       deliver the past, as the exporter would

replay report -h and replay deliver -h show the options.
`

// errUsage is a command line that says nothing to do. Its remedy was printed.
var errUsage = errors.New("usage")

// wrongOption is an option whose value cannot be obeyed. It says what to write instead.
type wrongOption struct{ error }

func main() {
	os.Exit(exitCode(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr), os.Stderr))
}

// exitCode is 2 for a command line that is wrong, and 1 if not all was read. It says what
// was not said yet.
func exitCode(err error, stderr io.Writer) int {
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	}
	fmt.Fprintln(stderr, "replay:", err)
	if errors.As(err, new(wrongOption)) {
		return 2
	}
	return 1
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch command {
	case "report":
		return runReport(args[1:], stdin, stdout, stderr, time.Now())
	case "deliver":
		return deliver(args[1:])
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, usage)
		return nil
	}
	fmt.Fprint(stderr, usage)
	return errUsage
}
