// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

// Command agentnames compares the list of package agents with public lists, and prints
// what the list lacks. `make agents` runs it.
//
// It reads crawler-user-agents.json of the npm package crawler-user-agents (MIT), and
// user-agents.json of user-agents (BSD-2-Clause), which has those of real browsers.
// names.txt holds the names of further lists.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run reads the two files that args name.
func run(args []string, out io.Writer) error {
	if len(args) != 2 {
		return errors.New("usage: agentnames crawler-user-agents.json user-agents.json")
	}
	for i, read := range []func(io.Writer, []byte) error{compare, checkBrowsers} {
		text, err := os.ReadFile(args[i]) //nolint:gosec // the developer names it
		if err == nil {
			err = read(out, text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkBrowsers prints user agents of browsers that are taken for an agent or a program.
func checkBrowsers(out io.Writer, text []byte) error {
	var profiles []struct {
		UserAgent string `json:"userAgent"`
	}
	if err := json.Unmarshal(text, &profiles); err != nil {
		return fmt.Errorf("this is no list of user-agents: %w", err)
	}
	seen, wrong := map[string]bool{}, 0
	for _, p := range profiles {
		if v := agents.Known.Identify(&agents.Headers{UserAgent: p.UserAgent}); v != agents.ABrowser && !seen[p.UserAgent] {
			wrong++
			fmt.Fprintf(out, "No browser, but %s:\n    %s\n", agents.Known.Agent(v).Name, p.UserAgent)
		}
		seen[p.UserAgent] = true
	}
	fmt.Fprintf(out, "Of %d user agents of real browsers, %d are taken for something else.\n", len(seen), wrong)
	return nil
}

// name is a name in a public list.
type name struct {
	text   string
	reason string // why package agents does not know it by this word alone; empty: it must
}

//go:embed names.txt
var namesText string

func names() (all []name) {
	for line := range strings.Lines(namesText) {
		if text, reason, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); !strings.HasPrefix(text, "#") {
			all = append(all, name{text, reason})
		}
	}
	return all
}

// crawler is an entry of crawler-user-agents.
type crawler struct {
	Pattern   string   `json:"pattern"`
	URL       string   `json:"url"`
	Instances []string `json:"instances"`
	Tags      []string `json:"tags"`
}

// examples are user agents of the crawler, or what its pattern says of them.
func (c *crawler) examples() []string {
	if len(c.Instances) > 0 {
		return c.Instances
	}
	return []string{strings.ReplaceAll(c.Pattern, `\`, "")}
}

// compare prints the AI crawlers of the package that are not known, by an example of
// their user agent, and those that are taken for a browser.
func compare(out io.Writer, text []byte) error {
	var crawlers []crawler
	if err := json.Unmarshal(text, &crawlers); err != nil {
		return fmt.Errorf("this is no list of crawler-user-agents: %w", err)
	}
	unknown, browsers, instances := 0, 0, 0
	fmt.Fprintln(out, "AI crawlers that the list lacks:")
	for _, c := range crawlers {
		instances += len(c.Instances)
		browsers += len(c.Instances) - len(slices.DeleteFunc(slices.Clone(c.Instances), agents.IsBrowser))
		if !slices.Contains(c.Tags, "ai-crawler") {
			continue
		}
		if i := slices.IndexFunc(c.examples(), isNew); i >= 0 && isNew(c.Pattern) {
			unknown++
			fmt.Fprintf(out, "  %s  %s\n    %s\n", c.Pattern, c.URL, c.examples()[i])
		}
	}
	fmt.Fprintf(out, "%d are new. Of %d user agents of crawlers of all kinds, %d have the form of a browser.\n", unknown, instances, browsers)
	fmt.Fprintln(out, "To add one: docs/agents.md, \"How to add one\".")
	return nil
}

// isNew reports whether a user agent or pattern belongs to no agent, and names.txt does
// not say why.
func isNew(text string) bool {
	if _, known := agents.Known.Find(text); known {
		return false
	}
	return !slices.ContainsFunc(names(), func(n name) bool {
		return n.reason != "" && strings.HasPrefix(strings.ToLower(text), strings.ToLower(n.text))
	})
}
