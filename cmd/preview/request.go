// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

// marks say which API got a visit.
type marks struct {
	KnownAgents bool `json:"known_agents"`
	Scrunch     bool `json:"scrunch"`
}

// request is a request that a website answered, as one API or both got it. Its texts are
// as they arrived: see shown.
type request struct {
	report.Request
	number       uint64 // by arrival, from 1
	who          agents.Visitor
	sentBy       string // the assistant that sent a person, or empty
	method       string
	milliseconds *int
	arrived      marks
}

// newRequest is the request of a visit to one API. A visit without a time gets now.
func newRequest(v fakeapi.Visit, now time.Time) *request {
	var r *request
	if v.Scrunch != nil {
		r = fromScrunch(v.Scrunch)
	} else {
		r = fromKnownAgents(v.KnownAgents)
	}
	if r.Time == 0 {
		r.Time = now.UnixNano()
	}
	r.identify()
	return r
}

func fromScrunch(v *fakeapi.ScrunchVisit) *request {
	r := &request{method: v.Method, milliseconds: v.ResponseTime, arrived: marks{Scrunch: true}}
	_, address, _ := strings.Cut(v.URL, "://")
	target := strings.IndexAny(address, "/?")
	if target < 0 {
		target = len(address)
	}
	r.Host, r.UserAgent, r.Status = address[:target], v.UserAgent, v.StatusCode
	r.Path, r.Query, _ = strings.Cut(address[target:], "?")
	r.setTime(v.Time())
	if v.IP != "" {
		r.Has |= report.HasClientIP
	}
	return r
}

func fromKnownAgents(v *fakeapi.KnownAgentsVisit) *request {
	r := &request{method: v.RequestMethod, milliseconds: v.ResponseDurationInMilliseconds, arrived: marks{KnownAgents: true}}
	header := v.RequestHeaders
	r.Host, r.Referer = header["host"], header["referer"]
	r.Headers = agents.Headers{UserAgent: header["user-agent"], SignatureAgent: header["signature-agent"], SignatureInput: header["signature-input"]}
	r.Path, r.Query, _ = strings.Cut(v.RequestPath, "?")
	if v.ResponseStatusCode != nil {
		r.Status = *v.ResponseStatusCode
	}
	r.setTime(v.Time())
	if hasAddress(v) {
		r.Has |= report.HasClientIP
	}
	if v.ResponseHeaders["content-type"] != "" {
		r.Has |= report.HasContentType
	}
	return r
}

func (r *request) setTime(at time.Time) {
	if !at.IsZero() {
		r.Time = at.UnixNano()
	}
	if r.milliseconds != nil {
		r.Has |= report.HasDuration
	}
}

// identify finds out who sent the request.
func (r *request) identify() {
	r.who = agents.Known.Identify(&r.Headers)
	r.sentBy = agents.Known.SentBy(&r.Headers, r.Referer, r.Query)
}

// with is the request as both APIs got it. Each of them gets something that the other
// does not: Scrunch the domain, Known Agents the referer and the signature.
func (r *request) with(other *request) *request {
	both := *r
	for _, text := range []struct{ mine, others *string }{
		{&both.Host, &other.Host},
		{&both.Query, &other.Query},
		{&both.Referer, &other.Referer},
		{&both.SignatureAgent, &other.SignatureAgent},
		{&both.SignatureInput, &other.SignatureInput},
	} {
		if *text.mine == "" {
			*text.mine = *text.others
		}
	}
	if both.milliseconds == nil {
		both.milliseconds = other.milliseconds
	}
	both.Has |= other.Has
	both.arrived.KnownAgents = r.arrived.KnownAgents || other.arrived.KnownAgents
	both.arrived.Scrunch = r.arrived.Scrunch || other.arrived.Scrunch
	both.identify()
	return &both
}

// target is the path with the query.
func (r *request) target() string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

// size is how much memory the texts take, in bytes.
func (r *request) size() int {
	return len(r.Host) + len(r.Path) + len(r.Query) + len(r.UserAgent) + len(r.SignatureAgent) + len(r.SignatureInput) + len(r.Referer) + len(r.method)
}
