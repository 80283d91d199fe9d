// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

// skipReason says why a span or log record became no visit. Each reason has a
// counter. Skipping is expected, and no error.
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
