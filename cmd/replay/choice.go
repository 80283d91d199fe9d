// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// choice is whose visits count: those of one agent and of browsers, or all.
type choice struct {
	name  string // as the report has it; empty: all count
	agent agents.Visitor
}

// newChoice chooses the agent of the list that has the name, without regard to case.
func newChoice(name string) (choice, error) {
	if name == "" {
		return choice{}, nil
	}
	names := make([]string, agents.Known.Len())
	for i := range names {
		v := agents.Visitor(i)
		if names[i] = agents.Known.Agent(v).Name; strings.EqualFold(names[i], name) {
			return choice{names[i], v}, nil
		}
	}
	meant := ""
	if near := validation.Nearest(name, names); near != "" {
		meant = "; did you mean " + near + "?"
	}
	return choice{}, fmt.Errorf("-agent %q is no agent that is known%s The report without -agent names those that came, docs/agents.md all", name, cmp.Or(meant, "."))
}

func (c *choice) has(r *report.Request) bool {
	if c.name == "" {
		return true
	}
	v := agents.Known.Identify(&r.Headers)
	return v == c.agent || v == agents.ABrowser
}
