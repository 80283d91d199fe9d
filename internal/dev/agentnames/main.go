// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command agentnames compares the list of package agents with the user agents in public
// packages of npm: of people's browsers, and of crawlers. `make agents` runs it with the
// newest packages and prints what the list lacks. `make check-agents` runs it with
// packages that fetch.sh names, and fails on what is wrong.
//
// names.txt holds the names of further lists.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// minBrowsers is how many browsers a strict comparison needs.
const minBrowsers = 2000

// run compares the list with the packages that args name. With -strict it fails if the
// list is wrong about any of them.
func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("agentnames", flag.ContinueOnError)
	strict := flags.Bool("strict", false, "fail if a user agent is taken for what it is not")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() == 0 {
		return errors.New("usage: agentnames [-strict] PACKAGE.tgz, one or more")
	}
	var all contents
	for _, path := range flags.Args() {
		if err := all.read(path); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	wrong := checkCrawlers(out, all.crawlers) + checkBrowsers(out, all.browsers)
	lists := checkSources(out, all.crawlers)
	switch {
	case !*strict:
		printNew(out, all.crawlers)
	case len(all.browsers) < minBrowsers:
		return fmt.Errorf("the packages hold the user agents of %d browsers, and %d are needed", len(all.browsers), minBrowsers)
	case wrong > 0:
		return fmt.Errorf("the list of agents is wrong about %d real user agents", wrong)
	case lists > 0:
		return fmt.Errorf("the source of %d agents is a list where it can be a page of the operator", lists)
	}
	return nil
}

// nameOf is the name of the agent or class to which the list counts a user agent.
func nameOf(userAgent string) string {
	return agents.Known.Agent(agents.Known.Identify(&agents.Headers{UserAgent: userAgent})).Name
}
