// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package selection

import (
	"github.com/agentvisits/agentvisitsexporter/internal/hostname"
	"github.com/agentvisits/agentvisitsexporter/internal/uri"
	"github.com/agentvisits/agentvisitsexporter/internal/validation"
)

// hosts says which hosts count. The time that it takes does not depend on how many
// patterns there are.
type hosts struct {
	choices     map[hostname.Pattern]hostChoice
	mustInclude bool // only included hosts count
}

type hostChoice uint8

const (
	included hostChoice = 1 << iota
	excluded
)

// newHosts takes a configuration that was validated. It returns nil if all hosts count.
func newHosts(c *HostsConfig) *hosts {
	if len(c.Include)+len(c.Exclude) == 0 {
		return nil
	}
	h := &hosts{choices: make(map[hostname.Pattern]hostChoice, len(c.Include)+len(c.Exclude)), mustInclude: len(c.Include) > 0}
	h.add(c.Include, included)
	h.add(c.Exclude, excluded)
	return h
}

func (h *hosts) add(patterns []string, choice hostChoice) {
	for _, text := range patterns {
		if pattern := hostname.Read(text); pattern != "" {
			h.choices[pattern] |= choice
		}
	}
}

// count reports whether a host counts, with or without a port. One that is not known, so
// empty, counts unless only included ones do.
func (h *hosts) count(host string) bool {
	var choice hostChoice
	for p := hostname.Pattern(uri.SiteName(host)); p != ""; p = p.Wider() {
		choice |= h.choices[p]
	}
	return choice&excluded == 0 && (!h.mustInclude || choice&included != 0)
}

const forAllHosts = "remove it; an empty list already does so in include"

// checkHosts reports patterns that no host can match, and those that exclude what is
// included.
func checkHosts(f validation.Faults, c *HostsConfig) {
	hostname.Check(f, "include", c.Include, forAllHosts)
	hostname.Check(f, "exclude", c.Exclude, forAllHosts)
	excluding := map[hostname.Pattern]string{} // as they are written
	for _, text := range c.Exclude {
		excluding[hostname.Read(text)] = text
	}
	for _, text := range c.Include {
		if other, found := hostname.Find(excluding, hostname.Read(text)); found {
			f.Add("include", "has %q, but %s has %q and comes first, so it would match nothing: remove one of the two", validation.Shorten(text), f.Key("exclude"), validation.Shorten(other))
		}
	}
}
