// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// knownTable is the table of all known agents, in Markdown.
func knownTable() string {
	var table strings.Builder
	table.WriteString("| Agent | Operator | Purpose | Recognised by | Source, compared on |\n| --- | --- | --- | --- | --- |\n")
	for i := range agents.List {
		e := &agents.List[i]
		operator := e.Operator
		if operator == "" {
			operator = "not known"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | `%s` | [%s](%s), %s |\n",
			e.Name, operator, e.Purpose, strings.Join(e.AllTokens(), "`, `"), siteOf(e.Source), e.Source, e.Date)
	}
	return table.String()
}

// siteOf is the host of a page, or the owner of a repository.
func siteOf(page string) string {
	site := strings.TrimPrefix(strings.TrimPrefix(page, "https://"), "www.")
	if repository, ok := strings.CutPrefix(site, "github.com/"); ok {
		_, name, _ := strings.Cut(repository, "/")
		return name
	}
	site, _, _ = strings.Cut(site, "/")
	return site
}

// omittedTable is the table of the names that are not known by the word alone.
func omittedTable() string {
	var table strings.Builder
	table.WriteString("| Name | Why |\n| --- | --- |\n")
	for _, n := range names() {
		if n.reason != "" {
			fmt.Fprintf(&table, "| %s | %s%s |\n", n.text, strings.ToUpper(n.reason[:1]), n.reason[1:])
		}
	}
	return table.String()
}
