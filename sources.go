// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// sourceID is an index of sources; 0 is any producer that needs no exception.
type sourceID uint8

// source is a producer that means something else by some keys than others do. It
// is recognised by its instrumentation scope, or by a key that only it writes.
type source struct {
	name   string
	scopes []string // how the scope's name starts
	format string   // how the scope's attribute encoding.format starts
	signs  []string // keys

	unit           time.Duration // of durations under a bare key
	encoded        encoding      // of the user agent and the referer
	targetIsPath   bool          // http.target holds a decoded path and no query
	pathHoldsQuery bool          // url.path holds the query too
	pathLacksSlash bool          // the path may come without its first "/"
	fullURLIsBest  bool          // path and target are not what was asked for, the full URL is
	endStamped     bool          // the record's own time is that of the response
	machineIsHost  bool          // host.name is the host that was asked for
	startStamped   bool          // the time that the record holds is that of the request
}

// encoding is how a producer writes spaces and quotation marks in a log's columns.
type encoding uint8

const (
	plain       encoding = iota // as nginx and Apache, which write \x22 for a quotation mark
	verbatim                    // not at all
	percentCode                 // %20 for a space
	plusForSpace
)

// sources are the exceptions. What is not said here holds for every producer.
var sources = []source{
	{},
	{
		name:         "otelhttp and others before semantic conventions 1.21",
		scopes:       []string{"go.opentelemetry.io/contrib/instrumentation/", "opentelemetry.instrumentation.asgi", "opentelemetry.instrumentation.fastapi", "opentelemetry.instrumentation.starlette", "OpenTelemetry.Instrumentation.AspNetCore", "Microsoft.AspNetCore"},
		targetIsPath: true,
	},
	{
		// Its httpTarget() writes "guides?page=2" for /guides?page=2 and "//?page=2"
		// for /?page=2, first as http.target and now as url.path.
		name:          "Laravel",
		scopes:        []string{"io.opentelemetry.contrib.php.laravel"},
		fullURLIsBest: true,
	},
	{
		name:  "Caddy access log",
		signs: []string{"resp_headers", "request.remote_port", "request.proto"},
		unit:  time.Second,
		// What its JSON escaped, the receiver's or our parser has undone.
		encoded: verbatim,
	},
	{
		name:         "Envoy access log",
		signs:        []string{"response_flags", "upstream_cluster", "upstream_service_time", "response_code_details"},
		unit:         time.Millisecond,
		startStamped: true,
	},
	{
		name:  "Echo access log",
		signs: []string{"latency_human"},
		unit:  time.Nanosecond,
	},
	{
		name:    "CloudFront access log",
		signs:   []string{"x-edge-location", "x-edge-result-type", "x-host-header", "x-edge-request-id", "x_edge_location", "x_edge_result_type", "x_host_header"},
		unit:    time.Second,
		encoded: percentCode,
	},
	{
		name:    "IIS access log",
		signs:   []string{"sc-win32-status", "sc-substatus", "s-sitename", "s-ip", "sc_win32_status", "sc_substatus", "s_sitename", "s_ip"},
		unit:    time.Millisecond,
		encoded: plusForSpace,
	},
	{
		name:           "Akamai DataStream 2",
		signs:          []string{"reqTimeSec", "cliIP", "reqHost", "turnAroundTimeMSec"},
		encoded:        percentCode,
		pathLacksSlash: true,
	},
	{
		name:           "S3 server access log",
		format:         "aws.s3access",
		signs:          []string{"aws.s3.bucket", "aws.s3.operation", "aws.s3.request_id"},
		unit:           time.Millisecond,
		pathHoldsQuery: true,
	},
	{
		name:       "Elastic load balancers",
		format:     "aws.elbaccess",
		signs:      []string{"aws.elb.status.code"},
		endStamped: true,
	},
	{
		name:         "Google Cloud HttpRequest",
		format:       "gcp.",
		signs:        []string{"httpRequest.requestUrl", "httpRequest.requestMethod", "http.request.server.duration"},
		startStamped: true,
	},
	{
		name:          "Azure Application Gateway",
		format:        "azure.application_gateway",
		unit:          time.Second,
		machineIsHost: true,
	},
	{
		name:          azureGatewayV1,
		unit:          time.Millisecond,
		machineIsHost: true,
	},
	{
		name:   "Azure Front Door and CDN",
		format: "azure.",
		signs:  []string{"azure.request.duration"},
		unit:   time.Second,
	},
}

// azureGatewayV1 is the older Application Gateway, which counts durations in
// milliseconds. Its instance's name gives it away.
const (
	azureGatewayV1         = "Azure Application Gateway v1"
	azureGatewayV1Instance = "ApplicationGatewayRole_IN_"
)

// sourceOfResource recognises the producer by its resource.
func sourceOfResource(resource pcommon.Resource) sourceID {
	if v, ok := resource.Attributes().Get("service.instance.id"); ok && strings.HasPrefix(v.AsString(), azureGatewayV1Instance) {
		return sourceNamed(azureGatewayV1)
	}
	return 0
}

// sourceOfScope recognises the producer by its instrumentation scope.
func sourceOfScope(scope pcommon.InstrumentationScope) sourceID {
	format := ""
	if v, ok := scope.Attributes().Get("encoding.format"); ok {
		format = v.AsString()
	}
	for id := range sources {
		s := &sources[id]
		if s.format != "" && strings.HasPrefix(format, s.format) {
			return sourceID(id)
		}
		for _, prefix := range s.scopes {
			if strings.HasPrefix(scope.Name(), prefix) {
				return sourceID(id)
			}
		}
	}
	return 0
}

func sourceNamed(name string) sourceID {
	for id := range sources {
		if sources[id].name == name {
			return sourceID(id)
		}
	}
	return 0
}
