// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"github.com/agentvisits/agentvisitsexporter/internal/agents"
	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// Request is what a report counts of a visit. Its texts are needed only while it is
// counted.
type Request struct {
	// Time is when it came, in Unix nanoseconds; 0: not known.
	Time int64
	// Host and Path name the page; the host may be empty. Query is what follows the path.
	Host, Path, Query string
	// Headers tell who sent it.
	agents.Headers
	// Referer is the request header of that name.
	Referer string
	// Status is that of the response; 0: not known.
	Status int
	// Has says which other parts were recorded.
	Has Parts
}

// Parts is a set of parts of a visit that a source may record or not.
type Parts uint8

// The parts that a report only counts.
const (
	HasClientIP Parts = 1 << iota
	HasDuration
	HasContentType
)

var contentType = visit.ResponseHeader("content-type")

// FromVisit is the request of a visit. hasTime says that its telemetry named the time.
func FromVisit(v *visit.Visit, hasTime bool) Request {
	r := Request{
		Host: v.Host, Path: v.Path, Query: v.Query, Status: v.Status,
		Headers: agents.Headers{
			UserAgent: v.Text[visit.UserAgent], SignatureAgent: v.Text[visit.SignatureAgent], SignatureInput: v.Text[visit.SignatureInput],
		},
		Referer: v.Text[visit.Referer],
	}
	if hasTime {
		r.Time = v.Start
	}
	if v.ClientIP != "" {
		r.Has |= HasClientIP
	}
	if v.Duration != visit.UnknownDuration {
		r.Has |= HasDuration
	}
	if v.Text[contentType] != "" {
		r.Has |= HasContentType
	}
	return r
}

// Unused are the fields that make no difference to a report, so that they need not be
// read.
var Unused = visit.RequestFields.With(visit.ResponseFields).Without(visit.SetOf(
	visit.UserAgent, visit.Referer, visit.SignatureInput, visit.SignatureAgent, visit.HostHeader, visit.ForwardedFor, contentType))
