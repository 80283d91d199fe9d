// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/logfiles"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
	"github.com/agentvisits/agentvisitsexporter/internal/translate"
)

// reportOptions are what users choose.
type reportOptions struct {
	json         bool
	html         string
	since, until string
	agent        string
	files        []string
}

func parseReport(args []string, stderr io.Writer) (o reportOptions, err error) {
	flags := flag.NewFlagSet("replay report", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.json, "json", false, "write the whole report as JSON")
	flags.StringVar(&o.html, "html", "", "also write it as one page into this `file`, to send to a colleague")
	flags.StringVar(&o.since, "since", "", "count only visits since this `time`: 2026-05-04, 7d, 12h")
	flags.StringVar(&o.until, "until", "", "count only visits before this `time`")
	flags.StringVar(&o.agent, "agent", "", "count of all agents only this one, by its `name` in the report, such as ChatGPT-User")
	flags.Usage = func() {
		fmt.Fprint(stderr, "usage: replay report [options] access.log* (- is standard input)\n\n")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, errUsage // the flag package has said why
	}
	if o.files = flags.Args(); len(o.files) == 0 {
		flags.Usage()
		return o, errUsage
	}
	if ending := strings.ToLower(filepath.Ext(o.html)); o.html != "" && ending != ".html" && ending != ".htm" {
		// Without the file's name, a log would take its place and be overwritten.
		return o, wrongOption{fmt.Errorf("-html %s is no page: name the file to write, such as -html report.html", o.html)}
	}
	return o, nil
}

// runReport writes what agents did. Files that cannot be read are named, and the others
// are reported; then the error says that the report is not whole.
func runReport(args []string, stdin io.Reader, stdout, stderr io.Writer, now time.Time) error {
	o, err := parseReport(args, stderr)
	if err != nil {
		return err
	}
	window, err := logfiles.NewWindow(o.since, o.until, now)
	if err != nil {
		return wrongOption{err}
	}
	only, err := newChoice(o.agent)
	if err != nil {
		return wrongOption{err}
	}
	rules := translate.NewRules(translate.Config{}, report.Unused)
	files, faults := logfiles.Open(o.files, stdin, logfiles.NewReader(rules, now).TimeOf)
	if len(files) == 0 {
		return faults
	}
	a := &analysis{rules: rules, now: now, window: window, only: only, files: files}
	faults = errors.Join(faults, a.run())
	r := a.report(faults)
	if o.html != "" {
		if err := writeFile(o.html, r.WriteHTML); err != nil {
			return errors.Join(err, faults)
		}
	}
	if err := writeTo(stdout, r, o.json); err != nil {
		return err
	}
	if o.html != "" && !o.json {
		fmt.Fprintf(stdout, "\nThe page is %s. It holds everything it shows, and loads nothing.\n", o.html)
	}
	return faults
}

func writeTo(out io.Writer, r *report.Report, asJSON bool) error {
	buffered := bufio.NewWriter(out)
	err := error(nil)
	if asJSON {
		err = r.WriteJSON(buffered)
	} else {
		err = r.WriteText(buffered, report.TextSettings{Width: columns(os.Getenv), Colour: hasColours(out, os.Getenv)})
	}
	return errors.Join(err, buffered.Flush())
}

func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	return errors.Join(write(buffered), buffered.Flush(), file.Close())
}
