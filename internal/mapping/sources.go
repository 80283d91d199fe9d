// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// SourceID is an index of sources; 0 is any producer that needs no exception.
type SourceID uint8

// source is a producer that means something else by some keys than others do. It
// is recognised by its instrumentation scope, or by a key that only it writes.
type source struct {
	name   string
	scopes []string // how the scope's name starts
	format string   // how the scope's attribute encoding.format starts
	signs  []string // keys

	Unit           time.Duration // of durations under a bare key
	Encoded        encoding      // of the user agent and the referer
	TargetIsPath   bool          // http.target holds a decoded path and no query
	PathHoldsQuery bool          // url.path holds the query too
	PathLacksSlash bool          // the path may come without its first "/"
	FullURLIsBest  bool          // path and target are not what was asked for, the full URL is
	EndStamped     bool          // the record's own time is that of the response
	MachineIsHost  bool          // host.name is the host that was asked for
	StartStamped   bool          // the time that the record holds is that of the request
}

// encoding is how a producer writes spaces and quotation marks in a log's columns.
type encoding uint8

const (
	plain       encoding = iota // as nginx and Apache, which write \x22 for a quotation mark
	Verbatim                    // not at all
	PercentCode                 // %20 for a space
	PlusForSpace
)

// Sources are the exceptions. What is not said here holds for every producer.
var Sources = []source{
	{},
	{
		name:         "otelhttp and others before semantic conventions 1.21",
		scopes:       []string{"go.opentelemetry.io/contrib/instrumentation/", "opentelemetry.instrumentation.asgi", "opentelemetry.instrumentation.fastapi", "opentelemetry.instrumentation.starlette", "OpenTelemetry.Instrumentation.AspNetCore", "Microsoft.AspNetCore"},
		TargetIsPath: true,
	},
	{
		// Its httpTarget() writes "guides?page=2" for /guides?page=2 and "//?page=2"
		// for /?page=2, first as http.target and now as url.path.
		name:          "Laravel",
		scopes:        []string{"io.opentelemetry.contrib.php.laravel"},
		FullURLIsBest: true,
	},
	{
		name:  "Caddy access log",
		signs: []string{"resp_headers", "request.remote_port", "request.proto"},
		Unit:  time.Second,
		// What its JSON escaped, the receiver's or our parser has undone.
		Encoded: Verbatim,
	},
	{
		name:         "Envoy access log",
		signs:        []string{"response_flags", "upstream_cluster", "upstream_service_time", "response_code_details"},
		Unit:         time.Millisecond,
		StartStamped: true,
	},
	{
		name:  "Echo access log",
		signs: []string{"latency_human"},
		Unit:  time.Nanosecond,
	},
	{
		name:    "CloudFront access log",
		signs:   []string{"x-edge-location", "x-edge-result-type", "x-host-header", "x-edge-request-id", "x_edge_location", "x_edge_result_type", "x_host_header"},
		Unit:    time.Second,
		Encoded: PercentCode,
	},
	{
		name:    "IIS access log",
		signs:   []string{"sc-win32-status", "sc-substatus", "s-sitename", "s-ip", "sc_win32_status", "sc_substatus", "s_sitename", "s_ip"},
		Unit:    time.Millisecond,
		Encoded: PlusForSpace,
	},
	{
		name:           "Akamai DataStream 2",
		signs:          []string{"reqTimeSec", "cliIP", "reqHost", "turnAroundTimeMSec"},
		Encoded:        PercentCode,
		PathLacksSlash: true,
	},
	{
		name:           "S3 server access log",
		format:         "aws.s3access",
		signs:          []string{"aws.s3.bucket", "aws.s3.operation", "aws.s3.request_id"},
		Unit:           time.Millisecond,
		PathHoldsQuery: true,
	},
	{
		name:       "Elastic load balancers",
		format:     "aws.elbaccess",
		signs:      []string{"aws.elb.status.code"},
		EndStamped: true,
	},
	{
		name:         "Google Cloud HttpRequest",
		format:       "gcp.",
		signs:        []string{"httpRequest.requestUrl", "httpRequest.requestMethod", "http.request.server.duration"},
		StartStamped: true,
	},
	{
		name:          "Azure Application Gateway",
		format:        "azure.application_gateway",
		Unit:          time.Second,
		MachineIsHost: true,
	},
	{
		name:          azureGatewayV1,
		Unit:          time.Millisecond,
		MachineIsHost: true,
	},
	{
		name:   "Azure Front Door and CDN",
		format: "azure.",
		signs:  []string{"azure.request.duration"},
		Unit:   time.Second,
	},
}

// azureGatewayV1 is the older Application Gateway, which counts durations in
// milliseconds. Its instance's name gives it away.
const (
	azureGatewayV1         = "Azure Application Gateway v1"
	azureGatewayV1Instance = "ApplicationGatewayRole_IN_"
)

// OfResource recognises the producer by its resource.
func OfResource(resource pcommon.Resource) SourceID {
	if v, ok := resource.Attributes().Get("service.instance.id"); ok && strings.HasPrefix(v.AsString(), azureGatewayV1Instance) {
		return sourceNamed(azureGatewayV1)
	}
	return 0
}

// OfScope recognises the producer by its instrumentation scope.
func OfScope(scope pcommon.InstrumentationScope) SourceID {
	format := ""
	if v, ok := scope.Attributes().Get("encoding.format"); ok {
		format = v.AsString()
	}
	for id := range Sources {
		s := &Sources[id]
		if s.format != "" && strings.HasPrefix(format, s.format) {
			return SourceID(id)
		}
		for _, prefix := range s.scopes {
			if strings.HasPrefix(scope.Name(), prefix) {
				return SourceID(id)
			}
		}
	}
	return 0
}

func sourceNamed(name string) SourceID {
	for id := range Sources {
		if Sources[id].name == name {
			return SourceID(id)
		}
	}
	return 0
}
