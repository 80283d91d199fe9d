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
}

// borrow makes the visit's texts those of the facts.
func (v *visit) borrow(f *facts) { v.text, v.present = &f.text, &f.present }

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

// skipReason says why a span or log record became no visit. Each has a
// counter; skipping is expected and is no error.
type skipReason uint8

const (
	notSkipped skipReason = iota
	skipNotServer
	skipNotHTTP
	skipNotAccessLog
	skipException
	skipInternalHop
	skipNoPath
	skipStaticAsset
	skipFrameworkInternal
	skipHealthCheck
	skipService
	skipPath
	skipMethod
	skipStatus
	skipWho
	skipNoUserAgent
	skipNoStatus
	skipNoHost
	skipReasonCount
)

// skipReasons are the values of the metric attribute "reason".
var skipReasons = [skipReasonCount]string{
	skipNotServer:         "not_server_span",    // another span kind
	skipNotHTTP:           "not_http",           // a server span without an HTTP method
	skipNotAccessLog:      "not_access_log",     // method, path or status cannot be found in the log record
	skipException:         "exception_event",    // describes an exception of a request, not the request
	skipInternalHop:       "internal_hop",       // the caller was one of our own services
	skipNoPath:            "no_path",            // no path, as in CONNECT and OPTIONS *
	skipStaticAsset:       "static_asset",       // an image, style sheet, script, font, ...
	skipFrameworkInternal: "framework_internal", // a path that only frameworks and their tools use
	skipHealthCheck:       "health_check",       // a probe of a load balancer or orchestrator
	skipService:           "service_excluded",   // by visits::services
	skipPath:              "path_excluded",      // by visits::include_paths or exclude_paths
	skipMethod:            "method_excluded",    // by visits::methods
	skipStatus:            "status_excluded",    // by visits::statuses
	skipWho:               "visitor_excluded",   // by visits::who
	skipNoUserAgent:       "no_user_agent",      // required by the destination
	skipNoStatus:          "no_status",          // required by the destination
	skipNoHost:            "no_host",            // neither host nor configured domain
}
