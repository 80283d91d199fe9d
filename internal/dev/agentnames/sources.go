// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// strangers are the hosts of pages about agents of others.
var strangers = []string{"datadome.co", "knownagents.com", "useragents.io", "stackoverflow.com", "boston.conman.org"}

// checkSources prints the agents whose source is a public list although crawlers cites a
// page of the operator, and returns how many they are.
func checkSources(out io.Writer, crawlers []crawler) int {
	cited := map[string]string{}
	for i := range crawlers {
		c := &crawlers[i]
		if !isPageOfOperator(c.URL) {
			continue
		}
		for _, userAgent := range c.examples() {
			cited[nameOf(userAgent)] = c.URL
		}
	}
	wrong := 0
	for i := range agents.List {
		if e := &agents.List[i]; e.FromList() && cited[e.Name] != "" {
			wrong++
			fmt.Fprintf(out, "The source of %s is a list, and a page of the operator is cited: %s\n", e.Name, cited[e.Name])
		}
	}
	return wrong
}

// isPageOfOperator reports whether a URL leads to more than a home page, and not to a
// stranger's page.
func isPageOfOperator(text string) bool {
	page, err := url.Parse(text)
	return err == nil && strings.Trim(page.Path, "/") != "" && !slices.Contains(strangers, strings.TrimPrefix(page.Hostname(), "www."))
}
