// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	ossignal "os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// options holds the command-line flags.
type options struct {
	binary string
	items  int
	rounds int
	only   string
	into   string
}

// text names the options that affect the results.
func (o options) text() string {
	text := fmt.Sprintf("%d rounds, %d items each", o.rounds, o.items)
	if o.only != "" {
		text += fmt.Sprintf(", only %q", o.only)
	}
	return text
}

func main() {
	var o options
	flag.StringVar(&o.binary, "collector", filepath.Join("..", "bin", "bench", "bench-collector"), "`path` of the Collector with all contenders")
	flag.IntVar(&o.items, "items", 200_000, "number of spans or log records that each contender gets in a round")
	flag.IntVar(&o.rounds, "rounds", 3, "number of times that each contender is measured")
	flag.StringVar(&o.only, "only", "", "measure only contenders whose \"scenario/contender\" matches this regular expression")
	flag.StringVar(&o.into, "into", "", "also write the tables into this document")
	flag.Parse()
	if err := interruptible(func(ctx context.Context) error { return compare(ctx, o) }); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// interruptible calls do with a context that Ctrl-C cancels.
func interruptible(do func(context.Context) error) error {
	ctx, stop := ossignal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return do(ctx)
}

// compare measures all scenarios and prints the tables.
func compare(ctx context.Context, o options) error {
	if runtime.GOOS != "linux" {
		return errors.New("CPU and memory are read from /proc: run this on Linux")
	}
	if o.items < 1 || o.rounds < 1 {
		return errors.New("-items and -rounds must be at least 1")
	}
	wanted, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	begun := time.Now()
	var tables strings.Builder
	for i := range scenarios {
		r, err := o.measure(ctx, &scenarios[i], wanted)
		if err != nil {
			return err
		}
		tables.WriteString(r.markdown())
	}
	if tables.Len() == 0 {
		return fmt.Errorf("no scenario and contender match %q", o.only)
	}
	text := conditions(o, begun) + "\n\n" + explanation + "\n\n" + tables.String()
	fmt.Print(text)
	if o.into != "" {
		return writeInto(o.into, text)
	}
	return nil
}
