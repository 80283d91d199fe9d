// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

// SkipReason says why a span or log record became no visit. Each reason has a counter.
// A skip is expected; it is no error.
type SkipReason uint8

// The reasons. SkipReasons explains them.
const (
	NotSkipped SkipReason = iota
	SkipNotServer
	SkipNotHTTP
	SkipNotAccessLog
	SkipException
	SkipInternalHop
	SkipNoPath
	SkipStaticAsset
	SkipFrameworkInternal
	SkipHealthCheck
	SkipHost
	SkipService
	SkipPath
	SkipMethod
	SkipStatus
	SkipWho
	SkipNoUserAgent
	SkipNoStatus
	SkipNoHost
	SkipOtherSite
	SkipNoSite
	SkipReasonCount
)

// SkipReasons are the reasons as values of the metric attribute "reason".
var SkipReasons = [SkipReasonCount]string{
	SkipNotServer:         "not_server_span",    // another span kind
	SkipNotHTTP:           "not_http",           // a server span without an HTTP method
	SkipNotAccessLog:      "not_access_log",     // a log record without a method, path or status
	SkipException:         "exception_event",    // a log record of an exception, not of a request
	SkipInternalHop:       "internal_hop",       // the caller was one of our own services
	SkipNoPath:            "no_path",            // no path, as in CONNECT and OPTIONS *
	SkipStaticAsset:       "static_asset",       // an image, style sheet, script, font, ...
	SkipFrameworkInternal: "framework_internal", // a path that only frameworks and their tools use
	SkipHealthCheck:       "health_check",       // a probe of a load balancer or orchestrator
	SkipHost:              "host_excluded",      // by visits::hosts
	SkipService:           "service_excluded",   // by visits::services
	SkipPath:              "path_excluded",      // by visits::include_paths or exclude_paths
	SkipMethod:            "method_excluded",    // by visits::methods
	SkipStatus:            "status_excluded",    // by visits::statuses
	SkipWho:               "visitor_excluded",   // by visits::who
	SkipNoUserAgent:       "no_user_agent",      // required by the destination
	SkipNoStatus:          "no_status",          // required by the destination
	SkipNoHost:            "no_host",            // neither a host nor a configured domain
	SkipOtherSite:         "other_site",         // a public host outside of the configured domain
	SkipNoSite:            "no_site",            // the host is that of none of the configured sites
}
