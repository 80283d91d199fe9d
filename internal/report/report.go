// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"io"
)

// Report is what agents did on a website. Lists begin with the largest number; equal ones
// are in alphabetical order. Texts are as the log has them, so who writes them anywhere
// must make them harmless; see Printable.
type Report struct {
	// Files are the logs that were read, the oldest first.
	Files []File `json:"files"`
	// Site is the host if all listed pages have the same one; they are written without it
	// then. It may be empty.
	Site string `json:"site,omitempty"`
	// Lines were read; Visits are those that count. The others are in Skipped.
	Lines  uint64 `json:"lines"`
	Visits uint64 `json:"visits"`
	// First and Last are the earliest and the latest time of a visit, as RFC 3339 writes
	// them; empty: no time is known.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	// Period is what Periods are: "day" or "week". They are the dates on which each
	// begins, a week on Monday. NewCounterBy can also count by hour, minute and the like;
	// then they are moments such as 2026-05-04 09:15.
	Period  string   `json:"period"`
	Periods []string `json:"periods"`

	// Agents are the known agents that came; Classes are all other visitors: browser,
	// other, none.
	Agents  []Agent `json:"agents"`
	Classes []Agent `json:"classes"`
	// Operators and Purposes add up the agents.
	Operators []Sum `json:"operators"`
	Purposes  []Sum `json:"purposes"`

	// Pages are those that agents read most, Errors those that they got errors for.
	Pages  []Page  `json:"pages"`
	Errors []Error `json:"errors"`
	// SentBy are the assistants that sent people.
	SentBy []Sender `json:"sent_by"`

	// Skipped says why lines are no visits, and Lacks what most visits lack.
	Skipped []Skipped `json:"skipped"`
	Lacks   []Lack    `json:"lacks"`
	// Notes say what else a reader should know, such as files that could not be read.
	Notes []string `json:"notes"`
}

// File is a log that was read.
type File struct {
	Name  string `json:"name"`
	Lines uint64 `json:"lines"`
}

// Sum is how many visits something has.
type Sum struct {
	Name   string `json:"name"`
	Visits uint64 `json:"visits"`
	Errors uint64 `json:"errors"` // visits that the site answered with 400 to 599
	// ByPeriod are the visits of each of Periods.
	ByPeriod []uint64 `json:"by_period"`
}

// Agent is a known agent or a class of other visitors.
type Agent struct {
	Sum
	Operator string `json:"operator,omitempty"`
	Purpose  string `json:"purpose"`
	// Claimed are the visits that only a signature says to be this agent's. Nobody has
	// verified it.
	Claimed uint64 `json:"claimed,omitempty"`
	First   string `json:"first,omitempty"` // date
	Last    string `json:"last,omitempty"`
	// Pages are those that the agent read most.
	Pages []PageCount `json:"pages,omitempty"`
	// Failed are the errors that the agent met most.
	Failed []Failure `json:"failed,omitempty"`
}

// Label is the agent's name as people read it: it says what is only claimed.
func (a *Agent) Label() string {
	switch a.Claimed {
	case 0:
		return a.Name
	case a.Visits:
		return a.Name + Claimed
	}
	return a.Name + " (partly claimed)"
}

// Claimed follows the name of an agent that only its signature tells. Nothing here
// verifies signatures.
const Claimed = " (claimed)"

// Failure is an error for a page.
type Failure struct {
	Status int    `json:"status"`
	Page   string `json:"page"`
	Visits uint64 `json:"visits"`
}

// PageCount is how often a page was asked for, and how often the answer was an error.
type PageCount struct {
	Page   string `json:"page"`
	Visits uint64 `json:"visits"`
	Errors uint64 `json:"errors"`
}

// Read is how often it was read.
func (p *PageCount) Read() uint64 { return p.Visits - p.Errors }

// Page is a page that agents read.
type Page struct {
	PageCount
	// Agents are those that read it most.
	Agents []Count `json:"agents"`
}

// Count is a name and a number of visits.
type Count struct {
	Name   string `json:"name"`
	Visits uint64 `json:"visits"`
}

// Error is an error that agents got for a page.
type Error struct {
	Failure
	Agents []Count `json:"agents"`
}

// Sender is an assistant that sent people.
type Sender struct {
	Sum
	// Pages are those on which people arrived, the most visited first.
	Pages []PageCount `json:"pages"`
}

// Skipped is a reason for which lines are no visits.
type Skipped struct {
	Reason string `json:"reason"`
	Lines  uint64 `json:"lines"`
	// First is where the first of them stands, such as access.log:17.
	First string `json:"first,omitempty"`
	// Remedy is what to do if they should be visits.
	Remedy string `json:"remedy"`
}

// Lack is a part that most visits lack.
type Lack struct {
	Part    string `json:"part"`
	Missing uint64 `json:"missing"`
	Of      uint64 `json:"of"`
	Why     string `json:"why"`
	Remedy  string `json:"remedy"`
}

// WriteJSON writes the report as one JSON object. Texts that are not valid UTF-8 are made
// so.
func (r *Report) WriteJSON(to io.Writer) error {
	out := json.NewEncoder(to)
	out.SetIndent("", "  ")
	return out.Encode(r)
}
