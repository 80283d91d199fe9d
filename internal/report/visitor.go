// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// identify returns who sends the headers. All who are no known agent are one of a class,
// whose name is agents.Browser, agents.Other or agents.None.
func identify(h *agents.Headers) (who agents.Agent, known bool) {
	if who, known = agents.Known.Find(h.UserAgent); known {
		return who, true
	}
	v := agents.Known.Identify(h)
	who, known = agents.Known.Agent(v), v > agents.SomebodyElse
	if known {
		who.Name += agents.ClaimMark
	}
	return who, known
}

// maxRemembered bounds the user agents that are remembered, because strangers can send
// any number of them.
const maxRemembered = 4096

// visitors numbers those who came, and remembers who sends a user agent.
type visitors struct {
	rows   []*visitor
	byName map[string]uint16
	byText map[agents.Headers]*visitor
}

// visitor is one agent or a class.
type visitor struct {
	agents.Agent
	number  uint16
	known   bool // an agent, and not a class
	visits  uint64
	classes [6]uint64 // by class of status, the unknown first
	first   int64     // when they came first and last, in Unix nanoseconds; 0: not known
	last    int64
	days    map[int32]uint64 // visits by day since 1970
}

func newVisitors() visitors {
	return visitors{byName: map[string]uint16{}, byText: map[agents.Headers]*visitor{}}
}

// of returns who sends a request.
func (v *visitors) of(h *agents.Headers) *visitor {
	if row := v.byText[*h]; row != nil {
		return row
	}
	who, known := identify(h)
	row := v.row(who, known)
	if len(v.byText) == maxRemembered {
		clear(v.byText)
	}
	v.byText[agents.Headers{
		UserAgent: strings.Clone(h.UserAgent), SignatureAgent: strings.Clone(h.SignatureAgent), SignatureInput: strings.Clone(h.SignatureInput),
	}] = row
	return row
}

func (v *visitors) row(who agents.Agent, known bool) *visitor {
	if number, ok := v.byName[who.Name]; ok {
		return v.rows[number]
	}
	row := &visitor{Agent: who, known: known, number: uint16(len(v.rows)), days: map[int32]uint64{}}
	v.byName[who.Name] = row.number
	v.rows = append(v.rows, row)
	return row
}

// count counts a visit.
func (v *visitor) count(status int, at int64, day int32) {
	v.visits++
	class := status / 100
	if class < 0 || class >= len(v.classes) {
		class = 0
	}
	v.classes[class]++
	if at != 0 {
		v.days[day]++
		v.seen(at, at)
	}
}

// seen widens the time in which somebody came.
func (v *visitor) seen(first, last int64) {
	if first != 0 && (v.first == 0 || first < v.first) {
		v.first = first
	}
	v.last = max(v.last, last)
}

// merge adds what another counter has of the same visitor.
func (v *visitor) merge(other *visitor) {
	v.visits += other.visits
	for class, n := range other.classes {
		v.classes[class] += n
	}
	for day, n := range other.days {
		v.days[day] += n
	}
	v.seen(other.first, other.last)
}

// errors are the visits that the site answered with an error.
func (v *visitor) errors() uint64 { return v.classes[4] + v.classes[5] }
