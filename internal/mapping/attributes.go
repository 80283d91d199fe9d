// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package mapping

import (
	"time"

	"github.com/agentvisits/agentvisitsexporter/internal/visit"
)

// attributeKeys has the keys under which producers put each field that no table below
// has, best first:
// current semantic conventions, then older ones, then known producers. The keys of a
// nested map are joined by dots. A
// producer that gives a key another meaning is in Sources.
//
// To support another producer, add its keys here and a case in testdata/sources.
var attributeKeys = [visit.FieldCount][]string{
	visit.Method: {
		"http.request.method_original", "http.request.method", "http.method", "RequestMethod", "ClientRequestMethod", "ibm_requestMethod",
		"proxy.method", "request.method", "req.method", "reqMethod", "cs-method", "cs_method",
		"httpRequest.requestMethod", "properties.httpMethod", "httpMethod", "requestMethod",
		"clientRequestHTTPMethodName", "/http/method", "req_method", "request_method", "http_method", "request_verb", "verb", "method",
	},
	visit.RequestLine: {
		"request_line", "http_request", "requestLine", "requested_url", "first_request_line", "ibm_requestFirstLine", "request",
	},
	visit.Scheme: {
		"url.scheme", "http.scheme", "RequestScheme", "ClientRequestScheme", "proxy.scheme", "request.scheme",
		"cs-protocol", "cs_protocol", "proto", "scheme", "protocol",
	},
	visit.Host: {
		"url.domain", "http.host", "server.address", "net.host.name", "http.server_name",
		"RequestHost", "RequestAddr", "ClientRequestHost", "proxy.host", "request.host",
		"cs-host", "x-host-header", "x_host_header", "cs(Host)", "cs_host", // in CloudFront's real-time log x-host-header is the distribution's
		"reqHost", "domainName", "requestContext.domainName", "properties.originalHost", "originalHost", "properties.host",
		"properties.hostName", "authority", "hostHeader", "http.base_url", "http_host", "requested-host", "vhost", "virtual_host", "clientRequestHTTPHost", "http.url_details.host", "/http/host", "req_host", "hostFqdn", "req.hostname", "request.hostname", "server.domain", "server_name",
	},
	visit.BareHost:     {"host", "server", "domain"},
	visit.MachineName:  {"host.name"},
	visit.Path:         {"url.path", "ClientRequestPath", "cs-uri-stem", "cs_uri_stem", "reqPath", "requested_uri", "ibm_uriPath"},
	visit.NoField:      idleKeys,
	visit.PathFallback: {"uri", "resourcePath"}, // nginx' $uri; some write the query too
	visit.Target: {
		"http.target", "http.path", "RequestPath", "ClientRequestURI", "proxy.path", "request.uri", "req.url", "request_uri",
		"url.original", "requestURI", "x-envoy-origin-path", "x-envoy-original-path", "originalUrl", "originalPath", "original_path", "protoPayload.resource", "http_request_uri", "http_uri", "request_path", "http_path", "uri_path", "/http/path", "req_uri", "request.target", "http.request.target", "PathAndQuery", "path",
	},
	visit.Query: {
		"url.query", "http.query", "http.query.string", "http.params", "uri_query", "request_query", "properties.requestQuery", "ClientRequestQuery", "uri_param", "ibm_queryString", "cs-uri-query", "cs_uri_query", "queryStr", "args", "query_string", "querystring", "http_query", "req.query", "request.querystring", "queryStringParameters", "query_params", "query_parameters", "param", "query",
	},
	visit.FullURL: {
		"url.full", "http.url", "httpRequest.requestUrl", "requestUrl", "properties.requestUri", "requestUri",
		"request.url", "request_url", "/http/url", "req_url", "url",
	},
	visit.Status: {
		"http.response.status_code", "http.status_code", "aws.elb.status.code",
		"DownstreamStatus", "EdgeResponseStatus", "proxy.statusCode", "proxy.status.code", "res.statusCode", "ibm_responseCode",
		"response.status", "response.statusCode", "httpRequest.status", "properties.httpStatus",
		"properties.httpStatusCode", "http.status", "sc-status", "sc_status", "httpStatus", "httpStatusCode",
		"response_status", "response_code", "response_status_code", "return_code", "http_status", "http_status_code", "resultCode", "http_code", "/http/status_code", "resp_status", "lbStatusCode", "fields.status", "statusCode", "status.code", "status_code", "status", "response",
		"OriginStatus", // Traefik's, of the server behind it
		"code",
	},
	visit.DurationPart: {
		"aws.elb.request_processing_time", "aws.elb.target_processing_time", "aws.elb.backend_processing_time",
		"aws.elb.response_processing_time", "turnAroundTimeMSec", "transferTimeMSec", "connect", "service",
	},
	visit.BareDuration: {
		"azure.request.duration", "time-taken", "time_taken", "http.server.request.duration", "response.latency", "fields.latency", "duration", "latency",
		"elapsed", "response_time", "request_duration", "fields.duration", "took", "total_time", "process_time", "processing_time",
	},
	visit.RequestTime: {"request_time"},
	visit.StartTime: {
		"unixtime", "StartUTC", "proxy.timestamp", "started_at", "EdgeStartTimestamp", "reqTimeSec", "event.start", "request.time", "EventTimestampMs",
		"request_start_time", "ibm_requestStartTime", "start_time",
		"time_start", "requestTimeEpoch", "requestTime",
	},
	visit.EndTime: {
		"EdgeEndTimestamp", "timestamp(ms)", "msec", "ts", "time_iso8601", "time_local", "@timestamp", "timestamp", "time", "datetime", "ibm_datetime", "response.time", "@t", "TimeGenerated",
	},
	visit.Day: {"date"},
	visit.ClientIP: {
		"client.address", "http.client_ip", "http.client.address", "request.client_ip", "ClientHost", "ClientIP",
		"proxy.clientIp", "proxy.client.ip", "client_ip", "c-ip", "c_ip", "cliIP", "clientIp", "clientIP",
		"properties.clientIp", "properties.clientIP", "httpRequest.remoteIp", "remoteIp", "client.ip", "source.ip",
		"requestContext.identity.sourceIp", "identity.sourceIp", "sourceIp", "fwd", "real_ip", "remote_ip",
		"remote_addr", "remote-addr", "remoteAddr", "remote_host", "remote_address", "remote_ip_address", "source.remoteAddress", "ip_client", "ip_address", "request.ip", "req.ip", "src", "srcIp",
		"callerIpAddress", "sourceIpPort", "ibm_remoteHost", "clientip", "client", "remote", "ip", "from",
	},
	visit.PeerIP: {
		"network.peer.address", "net.sock.peer.addr", "net.peer.ip", "peer.address", "request.remote_ip", "ClientAddr",
		"req.remoteAddress", "src.addr", "clientAddr", "downstream_remote_address", "realip_remote_addr", "source.address",
		"peer.ipv4", "peer.ipv6", "network.client.ip",
	},
	visit.ForwardedHost:    HeaderKeys("x-forwarded-host", RequestHeaderKeys),
	visit.ForwardedProto:   append(HeaderKeys("x-forwarded-proto", RequestHeaderKeys), "x_forwarded_proto"),
	visit.MCPMethod:        append([]string{"mcp.method.name", "mcp.method"}, HeaderKeys("mcp-method", RequestHeaderKeys)...),
	visit.MCPTool:          {"gen_ai.tool.name", "mcp.tool.name"},
	visit.MCPName:          append([]string{"mcp.resource.name"}, HeaderKeys("mcp-name", RequestHeaderKeys)...),
	visit.MCPClientName:    {"mcp.client.name"},
	visit.MCPClientVersion: {"mcp.client.version"},
	visit.MCPIsError:       {"mcp.tool.result.is_error"},
	visit.MCPErrorCode:     {"rpc.response.status_code", "rpc.jsonrpc.error_code"},
	visit.ErrorType:        {"error.type"},
	visit.RPCSystem:        {"rpc.system", "rpc.system.name"},
	visit.RPCMethod:        {"rpc.method"},
	visit.EventName:        {"event.name"},
	visit.Category:         {"azure.category", "category"},
	visit.Container: {
		"properties", "httpRequest", "requestContext", "response", "req", "res", "proxy", "headers", "request_headers",
	},
	visit.OtherKind: {
		"kind", "type", "component", "module", "facility", "channel", "log_type", "processor.event", "event.kind", "event_type", "op", "flow", "request_type", "call_type", "side", "Type", "itemType",
		"value", "count", "sum", "hits", "samples", "requests", "request_count", "rate", "p50", "p90", "p95", "p99",
		"stack", "stack_trace", "stacktrace", "err.stack", "error.stack", "error.stack_trace", "exception.stacktrace", "exception", "exc_info", "traceback",
	},
	visit.Library: {"name", "Name", "target", "record.name"},
	visit.Outgoing: {
		"span.kind", "span_kind", "otel.kind", "network.direction", "http.direction", "traffic_direction", "request_direction", "n", "direction", "logger", "logger_name", "log.logger", "logger.name", "SourceContext", "Category",
		"otel.scope.name", "scope.name", "upstream_cluster", "upstream_local_address", "downstream_local_address",
		"http.client", "http_client", "outgoing", "is_outgoing", "peer.service", "target_service", "remote_service", "external_service",
		"feature_flag.key", "feature_flag.provider.name",
		"class", "class_name", "caller", "callsite", "func", "source.function", "source.file", "progname", "namespace",
		"outbound", "is_outbound", "incoming", "is_incoming", "inbound", "is_inbound",
	},
	visit.InnerText: {"log", "message", "event.original", "MESSAGE", "msg", "short_message", "textPayload", "_raw", "line", "event", "@m", "RenderedMessage", "@mt", "MessageTemplate", "full_message", "jsonPayload.message", "body", "text", "content", "data"},
}

// exactKeys are keys that mean something only as they are spelt here.
var exactKeys = map[string]bool{
	"Ta":            true, // HAProxy's total active time
	"connect":       true, // Heroku's router; elsewhere a number of anything
	"service":       true, // likewise
	"kind":          true, // of a span; Kind and others are of anything
	"type":          true, // likewise
	"component":     true, // likewise
	"module":        true, // likewise
	"facility":      true, // likewise
	"channel":       true, // likewise
	"name":          true, // likewise
	"Name":          true, // likewise
	"Type":          true, // likewise
	"itemType":      true, // likewise
	"param":         true, // likewise
	"target":        true, // likewise
	"op":            true, // likewise
	"flow":          true, // likewise
	"value":         true, // likewise
	"count":         true, // likewise
	"sum":           true, // likewise
	"requests":      true, // likewise
	"request_count": true, // likewise
	"rate":          true, // likewise
	"p50":           true, // likewise
	"p90":           true, // likewise
	"p95":           true, // likewise
	"p99":           true, // likewise
	"event_type":    true, // likewise
	"request_type":  true, // likewise
	"call_type":     true, // likewise
	"log_type":      true, // likewise
	"side":          true, // likewise
	"n":             true, // likewise
	"hits":          true, // likewise
	"samples":       true, // likewise
	"class":         true, // likewise
	"func":          true, // likewise
	"namespace":     true, // likewise
	"text":          true, // likewise
	"content":       true, // likewise
	"data":          true, // likewise
}

// traceKeys hold the trace of an error's stack.
var traceKeys = map[string]bool{
	"stack": true, "stack_trace": true, "stacktrace": true, "err.stack": true, "error.stack": true, "error.stack_trace": true,
	"exception.stacktrace": true, "exception": true, "exc_info": true, "traceback": true,
}

// weakKeys name a text of anything, such as what a visitor wrote; a status of anything, such as an error's; a number that a sample of a metric has,
// or a request; or of Istio, the host to which a request was sent on. The last two are signs of
// another record only beside what else the record has.
var weakKeys = map[string]bool{
	"body": true, "text": true, "content": true, "data": true,
	"code": true, "upstream_cluster": true,
	"value": true, "count": true, "sum": true, "hits": true, "samples": true, "requests": true, "request_count": true,
	"rate": true, "p50": true, "p90": true, "p95": true, "p99": true,
}

// requestHeaderAliases and responseHeaderAliases are keys that hold a header under a
// name of their own. They take precedence over a captured header.
var (
	requestHeaderAliases = map[string][]string{
		"user-agent": {
			"user_agent.original", "user_agent.orginal", "http.user_agent", "ClientRequestUserAgent", "proxy.userAgent",
			"proxy.user.agent", "httpRequest.userAgent", "properties.userAgent", "cs(User-Agent)", "cs-user-agent",
			"cs_user_agent", "UA", "userAgent", "http_request_userAgent", "requestContext.identity.userAgent",
			"identity.userAgent", "source.userAgent", "client.user_agent", "/http/user_agent", "http.header.user-agent", "user_agent", "user-agent", "ua", "agent", "clientUa", "ibm_userAgent",
		},
		"x-forwarded-for": {"x_forwarded_for", "x-forwarded-for", "xForwardedFor", "xff", "x_forward_for", "forwarded_for", "forwardedForAddr", "http.header.x-forwarded-for"},
		"referer": {
			"ClientRequestReferer", "proxy.referer", "http.request.referrer", "httpRequest.referer", "properties.referer",
			"cs(Referer)", "cs-referer", "cs_referer", "http_referrer", "request_referrer", "http.header.referer", "source.referer", "referer_url", "referer", "referrer",
		},
	}
	responseHeaderAliases = map[string][]string{
		"content-type": {
			"EdgeResponseContentType", "http.response.mime_type", "sc-content-type", "sc_content_type", "rspContentType",
			"response_content_type", "http.mime_type", "content_type",
		},
	}
)

// durationKeys are the keys of a duration, best first, that imply its unit.
var durationKeys = []struct {
	key  string
	unit time.Duration
}{
	{"Duration", time.Nanosecond},
	{"event.duration", time.Nanosecond},
	{"http.request.server.duration", time.Second},
	{"httpRequest.latency", time.Second},
	{"latencies.request", time.Millisecond},
	{"responseTime", time.Millisecond},
	{"response-time", time.Millisecond},
	{"responseLatency", time.Millisecond},
	{"azure.duration", time.Millisecond},
	{"http.duration_ms", time.Millisecond},
	{"time_elapsed", time.Microsecond},
	{"time.elapsed.usec", time.Microsecond},
	{"duration_us", time.Microsecond},
	{"duration_usec", time.Microsecond},
	{"duration_ms", time.Millisecond},
	{"request_time_ms", time.Millisecond},
	{"duration_s", time.Second},
	{"duration_seconds", time.Second},
	{"latency_ms", time.Millisecond},
	{"total_ns", time.Nanosecond},
	{"res.responseTime", time.Millisecond},
	{"response_time_ms", time.Millisecond},
	{"Elapsed", time.Millisecond},
	{"ElapsedMilliseconds", time.Millisecond},
	{"elapsed_ms", time.Millisecond},
	{"elapsed_time", time.Millisecond},
	{"gateway_response_time_ms", time.Millisecond},
	{"requestProcessingTime", time.Second},
	{"latency_total", time.Millisecond},
	{"totalDuration", time.Millisecond},
	{"TimeTaken", time.Millisecond},
	{"properties.TimeTaken", time.Millisecond},
	{"ibm_elapsedTime", time.Microsecond},
	{"ibm_requestElapsedTime", time.Microsecond},
	{"Ta", time.Millisecond},
	{"properties.timeTaken", time.Second},
	{"timeTaken", time.Second},
}

// fractionUnits are the units of a number with a fraction, where it is of another producer: one
// of Go counts whole nanoseconds, and App Service whole milliseconds.
var fractionUnits = map[string]time.Duration{
	"Duration":             time.Millisecond, // ASP.NET Core's HTTP logging
	"TimeTaken":            time.Second,      // Application Gateway's table
	"properties.TimeTaken": time.Second,
}

// partUnits are the units of durations that add up. Those not listed here count
// milliseconds.
var partUnits = map[string]time.Duration{
	"aws.elb.request_processing_time":  time.Second,
	"aws.elb.target_processing_time":   time.Second,
	"aws.elb.backend_processing_time":  time.Second,
	"aws.elb.response_processing_time": time.Second,
}

// namesOfDurations and unitsOfDurations make further keys of a duration, such as elapsed_us.
var (
	namesOfDurations = [...]string{
		"duration", "latency", "elapsed", "elapsed_time", "took", "response_time", "request_time", "request_duration", "total_time",
		"process_time", "processing_time",
	}
	unitsOfDurations = map[string]time.Duration{
		"ns": time.Nanosecond, "nanos": time.Nanosecond, "nanoseconds": time.Nanosecond,
		"us": time.Microsecond, "usec": time.Microsecond, "micros": time.Microsecond, "microseconds": time.Microsecond,
		"ms": time.Millisecond, "msec": time.Millisecond, "millis": time.Millisecond, "milliseconds": time.Millisecond,
		"sec": time.Second, "secs": time.Second, "seconds": time.Second,
	}
)
