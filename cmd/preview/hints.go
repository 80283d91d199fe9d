// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/fakeapi"
)

// recommendation is a part of a visit that the API does not require but uses.
type recommendation struct {
	name   string
	remedy string
	// rare parts are absent from most visits by nature, so that only their being
	// absent from all says something of the source.
	rare bool
	// here says whether a visit has it; nil for an API that has no such part.
	knownAgents func(*fakeapi.KnownAgentsVisit) bool
	scrunch     func(*fakeapi.ScrunchVisit) bool
}

// recommendations are in the order of their weight.
var recommendations = []recommendation{
	{
		name:        "user agent",
		remedy:      "without it no agent is recognised; let the source record the header",
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return v.RequestHeaders["user-agent"] != "" },
	}, {
		name:        "client IP",
		remedy:      "agents are verified by it; capture x-forwarded-for or your CDN's header",
		knownAgents: hasAddress,
		scrunch:     func(v *fakeapi.ScrunchVisit) bool { return v.IP != "" },
	}, {
		name:        "referer",
		remedy:      "it tells which AI assistant sent a person; capture the header",
		rare:        true,
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return v.RequestHeaders["referer"] != "" },
	}, {
		name:        "query",
		remedy:      "utm_source in it tells who sent a person; some sources do not record it",
		rare:        true,
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return strings.Contains(v.RequestPath, "?") },
		scrunch:     func(v *fakeapi.ScrunchVisit) bool { return strings.Contains(v.URL, "?") },
	}, {
		name:        "status",
		remedy:      "it tells what agents could not read",
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return v.ResponseStatusCode != nil },
	}, {
		name:        "response time",
		remedy:      "add it to the log format; spans have it",
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return v.ResponseDurationInMilliseconds != nil },
		scrunch:     func(v *fakeapi.ScrunchVisit) bool { return v.ResponseTime != nil },
	}, {
		name:        "content type",
		remedy:      "capture the response header content-type",
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return v.ResponseHeaders["content-type"] != "" },
	},
}

// addressHeaders are those in which Known Agents looks for the address.
var addressHeaders = []string{
	"x-forwarded-for", "x-real-ip", "remote-addr", "client-ip", "cf-connecting-ip", "x-cluster-client-ip", "forwarded",
	"x-original-forwarded-for", "fastly-client-ip", "true-client-ip", "x-appengine-user-ip",
}

func hasAddress(v *fakeapi.KnownAgentsVisit) bool {
	return slices.ContainsFunc(addressHeaders, func(name string) bool { return v.RequestHeaders[name] != "" })
}

// isIn says whether a visit has the part; asked is false if its API has none.
func (r recommendation) isIn(v fakeapi.Visit) (here, asked bool) {
	switch {
	case v.Scrunch != nil && r.scrunch != nil:
		return r.scrunch(v.Scrunch), true
	case v.KnownAgents != nil && r.knownAgents != nil:
		return r.knownAgents(v.KnownAgents), true
	}
	return false, false
}

// source is where visits come from, as far as an API is told: Scrunch is told
// the site, Known Agents is not.
type source struct {
	API  fakeapi.Destination `json:"api"`
	Site string              `json:"site,omitempty"`
}

func sourceOf(v fakeapi.Visit) source {
	if v.Scrunch != nil {
		return source{fakeapi.Scrunch, shown(v.Scrunch.Domain)}
	}
	return source{API: fakeapi.KnownAgents}
}

// hint says what a source leaves out.
type hint struct {
	source
	Field   string `json:"field"`
	Missing int    `json:"missing"` // visits
	Of      int    `json:"of"`      // visits
	Remedy  string `json:"remedy"`
}

// Bounds of what is remembered, and of how few visits allow a judgement.
const (
	maxSources    = 100
	enoughVisits  = 10
	enoughForRare = 20
)

// hints counts what is missing, by source and part.
type hints map[source]*tally

type tally struct {
	visits  int
	missing []int // by recommendation
}

func (h hints) visit(v fakeapi.Visit) {
	from := sourceOf(v)
	t := h[from]
	if t == nil {
		if len(h) == maxSources {
			return
		}
		t = &tally{missing: make([]int, len(recommendations))}
		h[from] = t
	}
	t.visits++
	for i, r := range recommendations {
		if here, asked := r.isIn(v); asked && !here {
			t.missing[i]++
		}
	}
}

// list is what is worth telling: parts that most visits of a source lack, or
// all of them where the part is rare.
func (h hints) list() []hint {
	list := []hint{} // never null in JSON
	for from, t := range h {
		for i, r := range recommendations {
			often, enough := 2*t.missing[i] > t.visits, enoughVisits
			if r.rare {
				often, enough = t.missing[i] == t.visits, enoughForRare
			}
			if often && t.visits >= enough {
				list = append(list, hint{from, r.name, t.missing[i], t.visits, r.remedy})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b hint) int {
		if order := strings.Compare(string(a.API), string(b.API)); order != 0 {
			return order
		}
		return strings.Compare(a.Site, b.Site)
	})
	return list
}

// printHints writes a line for each hint, under its source.
func printHints(out io.Writer, list []hint) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(out, "\nWhat most visits lack (docs/headers.md says how to record it)\n")
	var last source
	for _, h := range list {
		if h.source != last {
			fmt.Fprintf(out, "  %s\n", h.name())
			last = h.source
		}
		fmt.Fprintf(out, "    %s  %d of %d: %s\n", pad(h.Field, 14), h.Missing, h.Of, h.Remedy)
	}
}

// name is a source as people call it.
func (s source) name() string {
	switch {
	case s.API == fakeapi.KnownAgents:
		return "Known Agents"
	case s.Site == "":
		return "Scrunch"
	}
	return "Scrunch, " + s.Site
}
