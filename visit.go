// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import "time"

// visit is one HTTP request that a website served.
//
// It is scratch memory: its strings are borrowed from the telemetry, and the next
// translation overwrites it. An encoder copies what it needs and keeps nothing.
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
	// present has at least the fields that have a text.
	present *fieldSet
	// plain has only fields whose texts need no escape in JSON, but not all of them.
	plain fieldSet
}

// borrow makes the visit read its texts, and which fields have one, from memory of
// the translator's.
func (v *visit) borrow(text *[fieldCount]string, present *fieldSet) {
	v.text, v.present = text, present
}

// unknownDuration marks a visit whose telemetry holds no duration.
const unknownDuration time.Duration = -1

// maxDuration is longer than any response takes. A longer duration has another unit
// than the one it was read in, and is not sent.
const maxDuration = 7 * 24 * time.Hour

// Limits of a visit's fields, in bytes. Each field has one, because strangers choose
// what is in it. The API's limit of a whole request body is about 1 MB.
const (
	maxTargetBytes = 8 << 10  // path and query together
	maxTextBytes   = 8 << 10  // one header value, as encoded in JSON
	maxNameBytes   = 1 << 10  // the name of an MCP method, tool or client, as encoded in JSON
	maxVisitBytes  = 64 << 10 // one encoded visit
)
