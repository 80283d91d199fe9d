// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"time"
)

// Visit is one HTTP request that a website served.
//
// It is scratch memory: its strings are borrowed from the telemetry, and the next
// translation overwrites it. An encoder copies what it needs and keeps nothing.
type Visit struct {
	// start is when the request arrived, in Unix nanoseconds. It is always set.
	Start int64
	// duration is how long the response took, or unknownDuration.
	Duration time.Duration

	Method string // upper case, never empty
	Scheme string // "http" or "https"
	Host   string // as the client asked for it, lower case, with a port that is not the scheme's own; may be empty
	Path   string // percent-encoded, starts with "/", no query
	Query  string // percent-encoded, without "?", secrets redacted; may be empty
	Status int    // 100 to 599, or 0 when unknown

	// clientIP is the visitor's address without a port, or empty.
	ClientIP string
	// text holds, by field, the allowed request and response headers and the
	// MCP facts; an absent one is the empty string.
	Text *[FieldCount]string
	// present has at least the fields that have a text.
	Present *FieldSet
	// plain has only fields whose texts need no escape in JSON, but not all of them.
	Plain FieldSet
}

// Borrow makes the visit read its texts, and which fields have one, from memory of
// the translator's.
func (v *Visit) Borrow(text *[FieldCount]string, present *FieldSet) {
	v.Text, v.Present = text, present
}

// UnknownDuration marks a visit whose telemetry holds no duration.
const UnknownDuration time.Duration = -1

// MaxDuration is longer than any response takes. A longer duration has another unit
// than the one it was read in, and is not sent.
const MaxDuration = 7 * 24 * time.Hour

// Limits of a visit's fields, in bytes. Each field has one, because strangers choose
// what is in it. The API's limit of a whole request body is about 1 MB.
const (
	MaxTargetBytes = 8 << 10  // path and query together
	MaxTextBytes   = 8 << 10  // one header value, as encoded in JSON
	MaxNameBytes   = 1 << 10  // the name of an MCP method, tool or client, as encoded in JSON
	MaxVisitBytes  = 64 << 10 // one encoded visit
)
