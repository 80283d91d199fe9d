// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// field is one thing a visit is made of.
type field uint8

// The fields. Those from userAgent to the end of the request headers are sent
// as request headers, those of the response likewise; see requestHeaders.
const (
	method field = iota
	requestLine
	scheme
	host
	path         // without query, maybe percent-decoded
	pathFallback // a path that some servers rewrite, used when nothing else is there
	target       // path and query as in the request line
	query
	fullURL
	status
	duration
	bareDuration // under a key whose unit depends on the producer
	startTime
	endTime // written when the response was sent
	clientIP
	peerIP // the TCP peer, which may be a proxy
	loggerName
	forwardedHost
	forwardedProto
	mcpMethod
	mcpTool
	mcpClientName
	mcpClientVersion
	mcpIsError
	mcpErrorCode
	firstRequestHeader
)

// requestHeaders are the request headers that may leave, in the order in which
// they are sent: the user agent, all that tell the client's address, the
// referer, then those that identify agents and browsers. It is the allow list
// of Known Agents' own clients. Credentials are on no such list.
var requestHeaders = [...]string{
	"user-agent",
	"x-forwarded-for", "forwarded", "x-real-ip", "remote-addr", "client-ip", "x-client-ip", "x-cluster-client-ip",
	"cf-connecting-ip", "cf-connecting-ipv6", "true-client-ip", "fastly-client-ip", "fly-client-ip",
	"x-vercel-forwarded-for", "x-nf-client-connection-ip", "do-connecting-ip", "x-azure-clientip", "x-azure-socketip",
	"x-appengine-user-ip", "x-envoy-external-address", "x-original-forwarded-for", "cloudfront-viewer-address", "via",
	"referer", "from", "host", "origin",
	"signature", "signature-input", "signature-agent",
	"mcp-protocol-version", "ucp-agent", "api-version",
	"accept", "accept-language", "accept-encoding",
	"content-type", "content-length", "content-encoding", "content-language", "connection", "dnt", "x-country-code",
	"sec-fetch-site", "sec-fetch-mode", "sec-fetch-user", "sec-fetch-dest",
	"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-ch-ua-platform-version", "sec-ch-ua-arch",
	"sec-ch-ua-bitness", "sec-ch-ua-model", "sec-ch-ua-full-version", "sec-ch-ua-full-version-list",
}

// responseHeaders are the response headers that may leave.
var responseHeaders = [...]string{
	"content-type", "content-length", "content-encoding", "content-language", "cache-control", "vary", "expires",
	"last-modified", "etag", "location", "link", "x-robots-tag", "access-control-allow-origin",
}

const (
	firstResponseHeader = firstRequestHeader + field(len(requestHeaders))
	fieldCount          = firstResponseHeader + field(len(responseHeaders))
	userAgent           = firstRequestHeader
)

// Headers that translation itself reads.
var (
	forwardedFor = requestHeader("x-forwarded-for")
	forwarded    = requestHeader("forwarded")
	referer      = requestHeader("referer")
	hostHeader   = requestHeader("host")
	location     = responseHeader("location")
	link         = responseHeader("link")
)

// attributeKeys is the one place that knows under which keys producers put a
// field. For each field the best key stands first: current semantic
// conventions, then older ones, then known producers. A nested map's keys are
// joined by dots. To support a further producer, add its keys here and a case
// below testdata/sources.
//
// Sources: semantic conventions for HTTP (current and v1.20), nginx, Apache,
// Caddy and Traefik access logs.
var attributeKeys = [fieldCount][]string{
	method: {
		"http.request.method_original", "http.request.method", "http.method",
		"RequestMethod", "request.method", "request_method", "http_method", "method", "verb",
	},
	requestLine: {"request", "request_line", "http_request"},
	scheme: {
		"url.scheme", "http.scheme", "RequestScheme", "request.scheme", "scheme",
	},
	host: {
		"url.domain", "http.host", "server.address", "http.server_name", "net.host.name",
		"RequestHost", "RequestAddr", "request.host", "http_host", "vhost", "server_name", "host",
	},
	path:         {"url.path"},
	pathFallback: {"uri"},
	target: {
		"http.target", "RequestPath", "request.uri", "request_uri", "url.original", "path",
	},
	query:   {"url.query", "http.query", "args", "query_string", "query"},
	fullURL: {"url.full", "http.url", "request.url", "url"},
	status: {
		"http.response.status_code", "http.status_code",
		"DownstreamStatus", "response.status", "status", "status_code", "code",
	},
	bareDuration: {"duration"},
	startTime:    {"StartUTC", "start_time"},
	endTime:      {"msec", "ts", "time_iso8601", "time_local", "@timestamp", "timestamp", "time"},
	clientIP: {
		"client.address", "http.client_ip", "request.client_ip", "client_ip", "ClientHost",
		"realip_remote_addr", "remote_ip", "remote_addr", "remote", "remote_host",
	},
	peerIP: {
		"network.peer.address", "net.sock.peer.addr", "net.peer.ip", "peer.address", "request.remote_ip", "ClientAddr",
	},
	loggerName:       {"logger"},
	forwardedHost:    headerKeys("x-forwarded-host", requestHeaderKeys),
	forwardedProto:   headerKeys("x-forwarded-proto", requestHeaderKeys),
	mcpMethod:        {"mcp.method.name", "mcp.method"},
	mcpTool:          {"gen_ai.tool.name", "mcp.tool.name"},
	mcpClientName:    {"mcp.client.name"},
	mcpClientVersion: {"mcp.client.version"},
	mcpIsError:       {"mcp.tool.result.is_error"},
	mcpErrorCode:     {"rpc.response.status_code", "rpc.jsonrpc.error_code"},
}

// requestHeaderAliases and responseHeaderAliases are the keys that carry a
// header under a name of its own; they are better than a captured header.
var (
	requestHeaderAliases = map[string][]string{
		"user-agent":      {"user_agent.original", "http.user_agent", "user_agent", "agent"},
		"x-forwarded-for": {"x_forwarded_for"},
		"referer":         {"http_referrer", "referer", "referrer"},
	}
	responseHeaderAliases = map[string][]string{
		"content-type": {"content_type"},
	}
)

// durationKeys are the keys of a duration whose unit is known from the key.
var durationKeys = []struct {
	key  string
	unit time.Duration
}{
	{"Duration", time.Nanosecond},
	{"duration_us", time.Microsecond},
	{"duration_ms", time.Millisecond},
	{"request_time_ms", time.Millisecond},
	{"request_time", time.Second},
	{"duration_s", time.Second},
}

// headerKey is one way in which producers make a header's name into a key.
type headerKey struct {
	prefix string
	spell  func(name string) string // from the lower-case name with "-"
}

// requestHeaderKeys and responseHeaderKeys are the ways to carry headers, best
// first: semantic conventions (now with "-", before 1.21 with "_", both seen in
// any case), Caddy and Kong, Traefik, nginx.
var (
	requestHeaderKeys = []headerKey{
		{"http.request.header.", asSent}, {"http.request.header.", underscored}, {"http.request.header.", canonical},
		{"request.headers.", canonical}, {"request.headers.", asSent}, {"headers.", asSent}, {"headers.", canonical},
		{"request_", canonical}, {"http_", underscored}, {"request_", underscored},
	}
	responseHeaderKeys = []headerKey{
		{"http.response.header.", asSent}, {"http.response.header.", underscored}, {"http.response.header.", canonical},
		{"resp_headers.", canonical}, {"response.headers.", canonical}, {"response.headers.", asSent},
		{"downstream_", canonical}, {"sent_http_", underscored},
	}
)

func asSent(name string) string      { return name }
func underscored(name string) string { return strings.ReplaceAll(name, "-", "_") }
func canonical(name string) string   { return http.CanonicalHeaderKey(name) }

// headerKeys are all keys that may carry the named header, best first.
func headerKeys(name string, ways []headerKey) []string {
	keys := make([]string, len(ways))
	for i, way := range ways {
		keys[i] = way.prefix + way.spell(name)
	}
	return keys
}

// requestHeader is the field of a request header of the allow list.
func requestHeader(name string) field {
	return firstRequestHeader + field(slices.Index(requestHeaders[:], name))
}

// responseHeader is the field of a response header of the allow list.
func responseHeader(name string) field {
	return firstResponseHeader + field(slices.Index(responseHeaders[:], name))
}

// meaning says what a key means.
type meaning struct {
	field field
	rank  uint8         // 1 is the best
	unit  time.Duration // of a duration
}

// keyTable maps an attribute's key to its meaning, in every spelling that is
// recognised, so that reading a span costs one look-up for each attribute.
type keyTable map[string]meaning

// builtinKeys is the table of all keys of this file.
var builtinKeys = newKeyTable()

func newKeyTable() keyTable {
	t := make(keyTable, 2048)
	for f, keys := range attributeKeys {
		t.add(field(f), keys)
	}
	for rank, d := range durationKeys {
		t[d.key] = meaning{field: duration, rank: uint8(rank + 1), unit: d.unit}
	}
	for i, name := range requestHeaders {
		t.add(firstRequestHeader+field(i), append(requestHeaderAliases[name], headerKeys(name, requestHeaderKeys)...))
	}
	for i, name := range responseHeaders {
		t.add(firstResponseHeader+field(i), append(responseHeaderAliases[name], headerKeys(name, responseHeaderKeys)...))
	}
	return t
}

// add gives each of the keys, best first, to f. A key keeps its first meaning.
func (t keyTable) add(f field, keys []string) {
	for i, key := range keys {
		if _, taken := t[key]; !taken {
			t[key] = meaning{field: f, rank: uint8(i + 1)}
		}
	}
}
