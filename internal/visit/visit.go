// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"time"
)

// Visit is one HTTP request that a website served.
//
// It is scratch memory: it shares its strings with the telemetry, and the next
// translation overwrites it. An encoder copies what it needs and keeps nothing.
type Visit struct {
	// Start is when the request arrived, in Unix nanoseconds. It is always set.
	Start int64
	// Duration is how long the response took, or UnknownDuration.
	Duration time.Duration

	Method string // upper case, never empty
	Scheme string // "http" or "https"
	Host   string // as the client asked for it, in lower case, without the scheme's own port; may be empty
	Path   string // percent-encoded, starts with "/", has no query
	Query  string // percent-encoded, without "?" and secrets; may be empty
	Status int    // 100 to 599, or 0 if it is unknown
	Cut    bool   // path or query was longer than MaxTargetBytes allows

	// Served is the host by which the server served the request, in the form of Host, as
	// the server itself or a trusted proxy names it. It differs from Host if only the
	// visitor or an unknown proxy names that: then it is a host of the server's own network,
	// or empty. A visitor cannot choose it, so it alone decides what counts.
	Served string

	// ClientIP is the visitor's address without a port, or empty.
	ClientIP string
	// NoForwardedFor says that ClientIP must not be delivered as the header
	// x-forwarded-for, because the user removes that.
	NoForwardedFor bool
	// IsPublic says that ClientIP is known to be one of the internet.
	IsPublic bool
	// Text has, by field, the request headers, response headers and MCP facts that may
	// be delivered. An absent one is empty.
	Text *[FieldCount]string
	// Present has all fields that have a text, and maybe some that have none.
	Present *FieldSet
	// Plain has fields whose texts need no escape in JSON, but maybe not all of them.
	Plain FieldSet
	// AgentHash tells the user agent from all others, by a hash that nobody can foresee. It
	// is 0 unless the text is plain and holds no credential, and may be 0 then.
	AgentHash uint64
}

// Borrow makes the visit share the translator's memory of texts and of which fields
// have one.
func (v *Visit) Borrow(text *[FieldCount]string, present *FieldSet) {
	v.Text, v.Present = text, present
}

// UnknownDuration is the duration of a visit whose telemetry has none.
const UnknownDuration time.Duration = -1

// MaxDuration is longer than any response takes. A longer duration was read in the
// wrong unit and is not delivered.
const MaxDuration = 7 * 24 * time.Hour

// Limits of a visit's fields, in bytes. Each field has one, because strangers choose
// what is in it. The APIs take bodies of about 1 MB.
const (
	MaxTargetBytes = 8 << 10  // path and query together
	MaxTextBytes   = 8 << 10  // the value of one header, as encoded in JSON
	MaxNameBytes   = 1 << 10  // the name of an MCP method, tool or client, as encoded in JSON
	MaxVisitBytes  = 64 << 10 // one encoded visit
)
