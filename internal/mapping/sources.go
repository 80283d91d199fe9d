// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// SourceID is an index of Sources. 0 stands for any producer without exceptions.
type SourceID uint8

// Source is a producer that gives some keys another meaning than others do. It is
// recognised by its instrumentation scope, by its encoding.format, by its resource, or by
// a key that only it writes.
type Source struct {
	name   string
	scopes []string // prefixes of the scope's name
	format string   // prefix of the scope's attribute encoding.format
	signs  []string // keys that only this producer writes

	ExactSigns bool // others write the same keys in another spelling
	NoVisits   bool // its records are of something else than requests of visitors

	Unit           time.Duration // of durations under a bare key
	Encoded        Encoding      // of the user agent, the referer and the content type
	TargetIsPath   bool          // http.target holds a decoded path, and a query in old versions alone
	WritesTarget   bool          // the target is the producer's own full URL, not what the visitor sent
	PathLacksSlash bool          // the path may lack its first "/"
	FullURLIsBest  bool          // only the full URL is what was asked for; path and target are not
	EndStamped     bool          // the record's own time is that of the response
	StartStamped   bool          // the time that the record holds is that of the request
	MachineIsHost  bool          // host.name is the host that was asked for
	HostIsClient   bool          // host is X-Forwarded-For or the client's address
	WholeURLAlone  bool          // of a visitor's request it logs the whole URL, and nothing of who sent it
	NameHasMethod  bool          // the name of the request begins with its method
	MillisTime     bool          // request_time counts milliseconds, not seconds
}

// Encoding is how a producer writes spaces and quotation marks into a log's columns.
type Encoding uint8

// The encodings.
const (
	ByteEscapes  Encoding = iota // like nginx and Apache, which write \x22 for a quotation mark
	Verbatim                     // as they are
	PercentCode                  // %20 for a space
	PlusForSpace                 // + for a space
	FormCode                     // + for a space, %2B for a plus, as in forms
)

// HasByteEscapes reports whether a backslash may begin an escape.
func (e Encoding) HasByteEscapes() bool { return e == ByteEscapes }

// Sources are the producers with exceptions. A producer that is not listed means what
// attributes.go says.
var Sources = slices.Concat([]Source{
	{},
	{
		// serilog-aspnetcore RequestLoggingMiddleware.cs and ASP.NET Core's
		// HostingApplicationDiagnostics.cs log when the request is finished.
		name:       "Serilog and ASP.NET Core request logs",
		scopes:     []string{"Serilog.AspNetCore.RequestLoggingMiddleware", "Microsoft.AspNetCore.Hosting.Diagnostics"},
		EndStamped: true,
	},
	{
		name:         "otelhttp and others before semantic conventions 1.21",
		scopes:       []string{"go.opentelemetry.io/contrib/instrumentation/", "opentelemetry.instrumentation.asgi", "opentelemetry.instrumentation.fastapi", "opentelemetry.instrumentation.starlette", "OpenTelemetry.Instrumentation.AspNetCore", "Microsoft.AspNetCore"},
		TargetIsPath: true,
	},
	{
		// Its httpTarget() writes "guides?page=2" for /guides?page=2, and "//?page=2"
		// for /?page=2. The key was http.target once and is url.path now.
		name:          "Laravel",
		scopes:        []string{"io.opentelemetry.contrib.php.laravel"},
		FullURLIsBest: true,
	},
	{
		name:  "Caddy access log",
		signs: []string{"resp_headers", "request.remote_port"},
		Unit:  time.Second,
		// A parser, the receiver's or ours, has undone the escapes of its JSON.
		Encoded: Verbatim,
	},
	{
		name:         "Envoy access log",
		signs:        []string{"response_flags", "upstream_cluster", "upstream_service_time", "response_code_details"},
		Unit:         time.Millisecond,
		StartStamped: true,
	},
	{
		// zalando/skipper logging/access.go
		name:         "Skipper access log",
		signs:        []string{"requested-host"},
		Unit:         time.Millisecond,
		StartStamped: true,
		HostIsClient: true,
	},
	{
		// linkerd2-proxy http-access-log takes the time before it sends the request on.
		name:         "Linkerd access log",
		signs:        []string{"processing_ns"},
		ExactSigns:   true,
		StartStamped: true,
	},
	{
		name:  "Echo access log",
		signs: []string{"latency_human"},
		Unit:  time.Nanosecond,
	},
	{
		name:  "Rails' lograge",
		signs: []string{"controller"},
		Unit:  time.Millisecond,
	},
	{
		name:    "CloudFront access log",
		signs:   []string{"x-edge-location", "x-edge-result-type", "x-host-header", "x-edge-request-id", "x_edge_location", "x_edge_result_type", "x_host_header"},
		Unit:    time.Second,
		Encoded: PercentCode,
	},
	{
		name:  "IIS access log",
		signs: []string{"sc-win32-status", "sc-substatus", "s-sitename", "s-ip", "sc_win32_status", "sc_substatus", "s_sitename", "s_ip", "sSiteName", "sIP"},
		// Azure's App Service writes ScWin32Status and does not encode.
		ExactSigns: true,
		Unit:       time.Millisecond,
		Encoded:    PlusForSpace,
	},
	{
		name:           "Akamai DataStream 2",
		signs:          []string{"reqTimeSec", "cliIP", "reqHost", "turnAroundTimeMSec"},
		Encoded:        PercentCode,
		PathLacksSlash: true,
	},
	{
		name:   "S3 server access log",
		format: "aws.s3access",
		signs:  []string{"aws.s3.bucket", "aws.s3.operation", "aws.s3.request_id"},
		Unit:   time.Millisecond,
	},
	{
		name:         "Elastic load balancers",
		format:       "aws.elbaccess",
		signs:        []string{"aws.elb.status.code"},
		EndStamped:   true,
		WritesTarget: true,
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
		// developers.cloudflare.com/logs/logpush, the dataset of Workers trace events
		name:          "Cloudflare Workers trace events",
		signs:         []string{"EventTimestampMs"},
		ExactSigns:    true,
		WholeURLAlone: true,
	},
	{
		// learn.microsoft.com/azure/azure-monitor/reference/tables/apprequests: the time is
		// that of the request.
		name:          "Application Insights",
		signs:         []string{"cloud_RoleName", "cloud_RoleInstance", "AppRoleName", "AppRoleInstance", "client_Type"},
		ExactSigns:    true,
		Unit:          time.Millisecond,
		StartStamped:  true,
		WholeURLAlone: true,
		NameHasMethod: true,
	},
	{
		// TykTechnologies/tyk-pump analytics.go, the fields of Alibaba Cloud's and of Tencent
		// Cloud's CDN logs
		name:       "Tyk, and the CDNs of Alibaba Cloud and Tencent Cloud",
		signs:      []string{"raw_path", "oauth_id", "track_path", "hit_info", "refer_domain", "uri_param", "rsp_size"},
		ExactSigns: true,
		MillisTime: true,
	},
	{
		name:   "Azure Front Door and CDN",
		format: "azure.",
		signs:  []string{"azure.request.duration"},
		Unit:   time.Second,
	},
}, otherRecords)

// The older Application Gateway counts durations in milliseconds. It is recognised by
// its instance's name.
const (
	azureGatewayV1         = "Azure Application Gateway v1"
	azureGatewayV1Instance = "ApplicationGatewayRole_IN_"
)

// OfResource recognises a producer by its resource. It returns 0 for all others.
func OfResource(resource pcommon.Resource) SourceID {
	if v, ok := resource.Attributes().Get("service.instance.id"); ok && strings.HasPrefix(v.AsString(), azureGatewayV1Instance) {
		return sourceNamed(azureGatewayV1)
	}
	return 0
}

// OfScope recognises a producer by its instrumentation scope. It returns 0 for all
// others.
func OfScope(scope pcommon.InstrumentationScope) SourceID {
	best := SourceID(0)
	if v, ok := scope.Attributes().Get("encoding.format"); ok {
		format := v.AsString()
		best = SourceID(max(0, slices.IndexFunc(Sources, func(s Source) bool { return s.format != "" && strings.HasPrefix(format, s.format) })))
	}
	name := scope.Name()
	if name == "" {
		return best
	}
	for _, s := range scopesByInitial[name[0]] {
		if strings.HasPrefix(name, s.prefix) && (best == 0 || s.source < best) {
			return s.source
		}
	}
	return best
}

// scopesByInitial are the prefixes of scopes in the order of their sources, by their first
// byte.
var scopesByInitial = func() (by [256][]scopePrefix) {
	for id := range Sources {
		for _, prefix := range Sources[id].scopes {
			by[prefix[0]] = append(by[prefix[0]], scopePrefix{prefix, SourceID(id)})
		}
	}
	return by
}()

type scopePrefix struct {
	prefix string
	source SourceID
}

func sourceNamed(name string) SourceID {
	for id := range Sources {
		if Sources[id].name == name {
			return SourceID(id)
		}
	}
	return 0
}
