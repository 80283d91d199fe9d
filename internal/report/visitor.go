// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strings"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
)

// identify returns who sends the headers. All who are no known agent are one of a
// class, whose name is agents.Browser, agents.Other or agents.None. An agent is claimed
// if its user agent does not name it.
func identify(h *agents.Headers) (who agents.Agent, known, claimed bool) {
	v := agents.Known.Identify(h)
	if known = v > agents.SomebodyElse; known && h.ClaimsToSign() {
		_, named := agents.Known.Find(h.UserAgent)
		claimed = !named
	}
	return agents.Known.Agent(v), known, claimed
}

// maxRemembered bounds the user agents that are remembered, because strangers can send
// any number of them.
const maxRemembered = 4096

// visitors numbers those who came, and remembers who sends a user agent.
type visitors struct {
	rows   []*visitor
	byName map[string]uint16
	byText map[agents.Headers]sender
}

// sender is who sends headers.
type sender struct {
	*visitor
	claimed bool
}

// visitor is one agent or a class.
type visitor struct {
	agents.Agent
	number  uint16
	known   bool // an agent, and not a class
	visits  uint64
	claimed uint64    // visits that only a signature tells
	classes [6]uint64 // by class of status, the unknown first
	first   int64     // when they came first and last, in Unix nanoseconds; 0: not known
	last    int64
	slots   map[int32]uint64 // visits by step since 1970
}

func newVisitors() visitors {
	return visitors{byName: map[string]uint16{}, byText: map[agents.Headers]sender{}}
}

// of returns who sends a request.
func (v *visitors) of(h *agents.Headers) sender {
	if s, ok := v.byText[*h]; ok {
		return s
	}
	who, known, claimed := identify(h)
	s := sender{v.row(who, known), claimed}
	if len(v.byText) == maxRemembered {
		clear(v.byText)
	}
	v.byText[agents.Headers{
		UserAgent: strings.Clone(h.UserAgent), SignatureAgent: strings.Clone(h.SignatureAgent), SignatureInput: strings.Clone(h.SignatureInput),
	}] = s
	return s
}

func (v *visitors) row(who agents.Agent, known bool) *visitor {
	if number, ok := v.byName[who.Name]; ok {
		return v.rows[number]
	}
	row := &visitor{Agent: who, known: known, number: uint16(len(v.rows)), slots: map[int32]uint64{}}
	v.byName[who.Name] = row.number
	v.rows = append(v.rows, row)
	return row
}

// count counts a visit.
func (v *visitor) count(status int, at int64, slot int32) {
	v.visits++
	class := status / 100
	if class < 0 || class >= len(v.classes) {
		class = 0
	}
	v.classes[class]++
	if at != 0 {
		v.slots[slot]++
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
	v.claimed += other.claimed
	for class, n := range other.classes {
		v.classes[class] += n
	}
	for slot, n := range other.slots {
		v.slots[slot] += n
	}
	v.seen(other.first, other.last)
}

// errors are the visits that the site answered with an error.
func (v *visitor) errors() uint64 { return v.classes[4] + v.classes[5] }
