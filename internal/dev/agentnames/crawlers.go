// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

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

// checkCrawlers prints the user agents of crawlers that the list has by their pattern and
// does not find, and returns how many they are.
func checkCrawlers(out io.Writer, crawlers []crawler) int {
	instances, found, missed, browsers := 0, 0, 0, 0
	for i := range crawlers {
		c := &crawlers[i]
		listed := c.listed()
		for _, userAgent := range c.Instances {
			instances++
			_, known := agents.Known.Find(userAgent)
			switch {
			case known:
				found++
			case listed != nil && listed.MatchString(userAgent):
				missed++
				fmt.Fprintf(out, "The list has %s and does not find it in: %s\n", c.Pattern, userAgent)
			case agents.IsBrowser(userAgent):
				browsers++
			}
		}
	}
	fmt.Fprintf(out, "Of %d user agents of crawlers of all kinds, %d are of agents of the list, and %d have the form of a browser.\n", instances, found, browsers)
	return missed
}

// listed returns the pattern if the list has the agent that it describes. It matches where
// a word begins: Alexabot is no exabot.
func (c *crawler) listed() *regexp.Regexp {
	pattern, err := regexp.Compile(`\b(?:` + c.Pattern + `)`)
	if err != nil {
		return nil // of JavaScript, and not of Go
	}
	if _, known := agents.Known.Find(c.plainPattern()); known {
		return pattern
	}
	for i := range agents.List {
		for _, token := range agents.List[i].AllTokens() {
			if pattern.FindString(token) == token { // SemrushBot is not SemrushBot-OCOB
				return pattern
			}
		}
	}
	return nil
}

// plainPattern is the pattern as a text that it matches, if it is a simple one.
func (c *crawler) plainPattern() string { return strings.ReplaceAll(c.Pattern, `\`, "") }

// examples are user agents of the crawler, or what its pattern says of them.
func (c *crawler) examples() []string {
	if len(c.Instances) > 0 {
		return c.Instances
	}
	return []string{c.plainPattern()}
}

// printNew prints the AI crawlers that are not known, by an example of their user agent.
func printNew(out io.Writer, crawlers []crawler) {
	unknown := 0
	fmt.Fprintln(out, "AI crawlers that the list lacks:")
	for i := range crawlers {
		c := &crawlers[i]
		if !slices.Contains(c.Tags, "ai-crawler") {
			continue
		}
		if i := slices.IndexFunc(c.examples(), isNew); i >= 0 && isNew(c.Pattern) {
			unknown++
			fmt.Fprintf(out, "  %s  %s\n    %s\n", c.Pattern, c.URL, c.examples()[i])
		}
	}
	fmt.Fprintf(out, "%d are new. To add one: docs/agents.md, \"How to add one\".\n", unknown)
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
