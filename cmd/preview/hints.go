// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// recommendation is an optional field of a visit that the API makes use of.
type recommendation struct {
	name   string
	remedy string
	// rare marks a field that most visits lack even if the source records it. Its
	// absence is worth a hint only if every visit lacks it.
	rare bool
	// knownAgents and scrunch report whether a visit has the field. A function is
	// nil if that API has no such field.
	knownAgents func(*fakeapi.KnownAgentsVisit) bool
	scrunch     func(*fakeapi.ScrunchVisit) bool
}

// recommendations lists the most important field first.
var recommendations = []recommendation{
	{
		name:        "user agent",
		remedy:      "agents are recognised by it; make the source record the header",
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return v.RequestHeaders["user-agent"] != "" },
	}, {
		name:        "client IP",
		remedy:      "an agent can be verified by it; capture x-forwarded-for or your CDN's header",
		knownAgents: hasAddress,
		scrunch:     func(v *fakeapi.ScrunchVisit) bool { return v.IP != "" },
	}, {
		name:        "referer",
		remedy:      "it shows which AI assistant sent a person; capture the header",
		rare:        true,
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return v.RequestHeaders["referer"] != "" },
	}, {
		name:        "query",
		remedy:      "its utm_source shows who sent a person; some sources do not record the query",
		rare:        true,
		knownAgents: func(v *fakeapi.KnownAgentsVisit) bool { return strings.Contains(v.RequestPath, "?") },
		scrunch:     func(v *fakeapi.ScrunchVisit) bool { return strings.Contains(v.URL, "?") },
	}, {
		name:        "status",
		remedy:      "it shows which pages agents could not read",
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

// addressHeaders are the request headers in which Known Agents looks for the client's
// address.
var addressHeaders = []string{
	"x-forwarded-for", "x-real-ip", "remote-addr", "client-ip", "cf-connecting-ip", "x-cluster-client-ip", "forwarded",
	"x-original-forwarded-for", "fastly-client-ip", "true-client-ip", "x-appengine-user-ip",
}

func hasAddress(v *fakeapi.KnownAgentsVisit) bool {
	return slices.ContainsFunc(addressHeaders, func(name string) bool { return v.RequestHeaders[name] != "" })
}

// isIn reports whether the visit has the field. applies is false if the visit's API
// has no such field.
func (r recommendation) isIn(v fakeapi.Visit) (present, applies bool) {
	switch {
	case v.Scrunch != nil && r.scrunch != nil:
		return r.scrunch(v.Scrunch), true
	case v.KnownAgents != nil && r.knownAgents != nil:
		return r.knownAgents(v.KnownAgents), true
	}
	return false, false
}

// source is where visits come from. Only Scrunch visits name their site.
type source struct {
	API  fakeapi.Destination `json:"api"`
	Site string              `json:"site,omitempty"`
}

func sourceOf(v fakeapi.Visit) source {
	if v.Scrunch != nil {
		return source{fakeapi.Scrunch, displayText(v.Scrunch.Domain)}
	}
	return source{API: fakeapi.KnownAgents}
}

// hint is a field that too many visits of a source lack.
type hint struct {
	source
	Field   string `json:"field"`
	Missing int    `json:"missing"` // visits
	Of      int    `json:"of"`      // visits
	Remedy  string `json:"remedy"`
}

const (
	// maxSources bounds the memory: visitors choose the site that a visit names.
	maxSources = 100
	// minVisits and minVisitsForRare are how many visits a hint is based on, at least.
	minVisits        = 10
	minVisitsForRare = 20
)

// hints counts the missing fields of each source.
type hints map[source]*tally

type tally struct {
	visits  int
	missing []int // by index in recommendations
}

func (h hints) add(v fakeapi.Visit) {
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
		if present, applies := r.isIn(v); applies && !present {
			t.missing[i]++
		}
	}
}

// list returns a hint for each field that most visits of a source lack, or that all
// of them lack if the field is rare.
func (h hints) list() []hint {
	list := []hint{} // never null in JSON
	for from, t := range h {
		for i, r := range recommendations {
			often, enough := 2*t.missing[i] > t.visits, minVisits
			if r.rare {
				often, enough = t.missing[i] == t.visits, minVisitsForRare
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

// printHints prints the hints under their sources.
func printHints(out io.Writer, list []hint) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(out, "\nWhat most visits lack (docs/headers.md shows how to record it)\n")
	var last source
	for _, h := range list {
		if h.source != last {
			fmt.Fprintf(out, "  %s\n", h.name())
			last = h.source
		}
		fmt.Fprintf(out, "    %s  %d of %d: %s\n", pad(h.Field, 14), h.Missing, h.Of, h.Remedy)
	}
}

// name is the source's name for people.
func (s source) name() string {
	switch {
	case s.API == fakeapi.KnownAgents:
		return "Known Agents"
	case s.Site == "":
		return "Scrunch"
	}
	return "Scrunch, " + s.Site
}
