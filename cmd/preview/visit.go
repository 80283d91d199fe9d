// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/dev/fakeapi"
)

// visit is what the preview shows of a visit to either API. Its JSON is a line of
// -json and a row of the page. It leaves out the headers and the client's address.
// Every text is printable and short, whatever the visitor sent.
type visit struct {
	Time time.Time           `json:"time"` // of the visit, or of its arrival if the visit has none
	API  fakeapi.Destination `json:"api"`
	agent
	ReferredBy   string `json:"referred_by,omitempty"` // an AI assistant's name
	UserAgent    string `json:"user_agent"`
	Method       string `json:"method"`
	Address      string `json:"address"` // host and path; Known Agents visits have no host
	Status       int    `json:"status,omitempty"`
	Milliseconds *int   `json:"milliseconds,omitempty"`
}

// maxText is how much of a path or user agent is shown, in characters.
const maxText = 160

func displayText(s string) string { return shorten(printable(s), maxText) }

func newVisit(v fakeapi.Visit, now time.Time) visit {
	if v.Scrunch != nil {
		return fromScrunch(v.Scrunch)
	}
	return fromKnownAgents(v.KnownAgents, now)
}

func fromScrunch(v *fakeapi.ScrunchVisit) visit {
	_, address, _ := strings.Cut(v.URL, "://")
	sender := &agents.Headers{UserAgent: v.UserAgent}
	return visit{
		Time: v.Time(), API: fakeapi.Scrunch,
		agent: identify(sender), ReferredBy: referredBy(sender, "", address), UserAgent: displayText(v.UserAgent),
		Method: shorten(v.Method, 16), Address: displayText(address),
		Status: v.StatusCode, Milliseconds: v.ResponseTime,
	}
}

func fromKnownAgents(v *fakeapi.KnownAgentsVisit, now time.Time) visit {
	sender := &agents.Headers{
		UserAgent: v.RequestHeaders["user-agent"], SignatureAgent: v.RequestHeaders["signature-agent"], SignatureInput: v.RequestHeaders["signature-input"],
	}
	result := visit{
		Time: v.Time(), API: fakeapi.KnownAgents,
		agent: identify(sender), ReferredBy: referredBy(sender, v.RequestHeaders["referer"], v.RequestPath), UserAgent: displayText(sender.UserAgent),
		Method: shorten(v.RequestMethod, 16), Address: displayText(v.RequestPath),
		Milliseconds: v.ResponseDurationInMilliseconds,
	}
	if v.ResponseStatusCode != nil {
		result.Status = *v.ResponseStatusCode
	}
	if result.Time.IsZero() {
		result.Time = now
	}
	return result
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
		Bytes: r.BodySize, Status: r.Status, Reason: printable(r.Reason),
	}
}
