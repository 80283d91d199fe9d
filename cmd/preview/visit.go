// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
	"github.com/agentvisits/agentvisitsexporter/internal/report"
)

// visit is what the preview shows of a visit. Its JSON is a line of -json and a row of
// the page. It leaves out the headers and the client's address. Every text is printable
// and short, whatever the visitor sent.
type visit struct {
	Time time.Time           `json:"time"` // of the visit, or of its arrival if the visit has none
	API  fakeapi.Destination `json:"api,omitempty"`
	agents.Agent
	ReferredBy   string `json:"referred_by,omitempty"` // an AI assistant's name
	UserAgent    string `json:"user_agent"`
	Method       string `json:"method"`
	Address      string `json:"address"` // host and path; most Known Agents visits have no host
	Status       int    `json:"status,omitempty"`
	Milliseconds *int   `json:"milliseconds,omitempty"`
}

// The longest texts that are shown, in characters.
const (
	maxText      = 160 // of a path
	maxUserAgent = 1000
	maxMethod    = 16
)

func displayText(s string) string { return shorten(report.Printable(s), maxText) }

// newVisit is what is shown of a visit to one API.
func newVisit(v fakeapi.Visit, now time.Time) visit {
	r := newRequest(v, now)
	shown := r.shown()
	shown.API = v.Destination
	return shown
}

// shown is what is shown of a request.
func (r *request) shown() visit {
	return visit{
		Time: time.Unix(0, r.Time).UTC(), Agent: identify(&r.Headers), ReferredBy: r.sentBy,
		UserAgent: shorten(report.Printable(r.UserAgent), maxUserAgent), Method: shorten(report.Printable(r.method), maxMethod),
		Address: displayText(r.Host + r.target()), Status: r.Status, Milliseconds: r.milliseconds,
	}
}

// refusal is what the preview shows of a refused request.
type refusal struct {
	Time   time.Time           `json:"time"`
	API    fakeapi.Destination `json:"api"` // empty if neither API has the path
	Method string              `json:"method"`
	Path   string              `json:"path"`
	Bytes  int                 `json:"bytes"`
	Status int                 `json:"status"`
	Reason string              `json:"reason"`
}

func newRefusal(r fakeapi.Request) refusal {
	return refusal{
		Time: r.Time, API: r.Destination, Method: displayText(r.Method), Path: displayText(r.Path),
		Bytes: r.BodySize, Status: r.Status, Reason: report.Printable(r.Reason),
	}
}
