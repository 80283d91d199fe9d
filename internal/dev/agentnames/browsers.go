// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// otherPrograms is how many in a thousand of what the packages call browsers may count as
// another program. The packages also hold monitors, scrapers and the phones of 2003.
const otherPrograms = 10

// checkBrowsers prints user agents of browsers that are taken for an agent or for another
// program. It returns how many are wrong: each agent, and all other programs if there are
// more than otherPrograms allow.
func checkBrowsers(out io.Writer, browsers []string) int {
	known, others := 0, 0
	for _, userAgent := range browsers {
		switch name := nameOf(userAgent); name {
		case agents.Browser:
		case agents.Other, agents.None:
			others++
			fmt.Fprintf(out, "No browser by its form: %s\n", userAgent)
		default:
			known++
			fmt.Fprintf(out, "A browser that is taken for %s: %s\n", name, userAgent)
		}
	}
	fmt.Fprintf(out, "Of %d different user agents of browsers, %d are taken for an agent and %d for another program.\n", len(browsers), known, others)
	if others*1000 > otherPrograms*len(browsers) {
		return known + others
	}
	return known
}
