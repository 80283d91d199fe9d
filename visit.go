// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "time"

// visit is one HTTP request that a website served.
//
// It is scratch memory: its strings are borrowed from the telemetry it was
// translated from, and it is overwritten by the next translation. An encoder
// copies what it needs and keeps nothing.
type visit struct {
	// start is when the request arrived, in Unix nanoseconds. It is always set.
	start int64
	// duration is how long the response took, or unknownDuration.
	duration time.Duration

	method string // upper case, never empty
	scheme string // "http" or "https"
	host   string // as the client asked for it, lower case, with a port that is not the scheme's own; may be empty
	path   string // percent-encoded, starts with "/", no query
	query  string // percent-encoded, without "?", secrets redacted; may be empty
	status int    // 100 to 599, or 0 when unknown

	// clientIP is the visitor's address without a port, or empty.
	clientIP string
	// text holds, by field, the allowed request and response headers and the
	// MCP facts; an absent one is the empty string.
	text *[fieldCount]string
	// present has all fields that have a text, and maybe others.
	present *fieldSet
	// plain has fields whose texts stand for themselves in JSON. Others may, too.
	plain fieldSet
	// headers are the names of those that are delivered; nil stands for the
	// built-in lists.
	headers *headerNames
}

// borrow makes the texts those of somebody else, with a set of the fields that have
// one.
func (v *visit) borrow(text *[fieldCount]string, present *fieldSet) {
	v.text, v.present = text, present
}

// unknownDuration marks a visit whose telemetry holds no duration.
const unknownDuration time.Duration = -1

// maxDuration is beyond what any response takes. A longer duration was read in
// the wrong unit and is not sent.
const maxDuration = 7 * 24 * time.Hour

// Bounds of a visit's fields. Everything in a visit is chosen by a stranger,
// so each field has a limit, in bytes. The API's limit for a whole request
// body is about 1 MB.
const (
	maxTargetBytes = 8 << 10  // path and query together
	maxTextBytes   = 8 << 10  // one header value, as encoded in JSON
	maxNameBytes   = 1 << 10  // the name of an MCP method, tool or client, as encoded in JSON
	maxVisitBytes  = 64 << 10 // one encoded visit
)
