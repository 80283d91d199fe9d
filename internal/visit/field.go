// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"slices"
	"strings"
)

// Field is one thing that a visit is made of, or that helps to find such a thing.
type Field uint8

// The fields. From userAgent on they are request headers, then response
// headers; see requestHeaders.
const (
	NoField Field = iota // of a key that tells only the source
	Method
	RequestLine
	Scheme
	Host
	BareHost     // under a key that also names the client or the machine
	MachineName  // of the machine, except where a source means the host
	Path         // without query, maybe percent-decoded
	PathFallback // a path that some servers rewrite, used when nothing else is there
	Target       // path and query as in the request line
	Query
	FullURL
	Status
	NoResponse // the status was 0
	Duration
	DurationPart // one of several that add up
	BareDuration // under a key whose unit depends on the source
	StartTime
	EndTime // written when the response was sent
	Day     // of a time of day that stands in endTime's place
	Clock
	ClientIP
	PeerIP // the TCP peer, which may be a proxy
	ForwardedHost
	ForwardedProto
	McpMethod
	McpTool
	McpName // of a tool, a prompt or a resource
	McpClientName
	McpClientVersion
	McpIsError
	McpErrorCode
	ErrorType
	RpcSystem
	RpcMethod
	EventName
	Category  // of a log that also holds probes
	Container // a map that may come as JSON text
	InnerText // a line or JSON record that a log shipper wrapped
	FirstRequestHeader
)

// RequestHeaders are the request headers that are delivered, in this order: the user
// agent, all that tell the client's address, the referer, then those that identify
// agents and browsers. It is the allow list of Known Agents' own clients, and holds
// no credentials.
var RequestHeaders = [...]string{
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

// ResponseHeaders are the response headers that are delivered.
var ResponseHeaders = [...]string{
	"content-type", "content-length", "content-encoding", "content-language", "cache-control", "vary", "expires",
	"last-modified", "etag", "location", "link", "x-robots-tag", "access-control-allow-origin",
}

const (
	FirstResponseHeader = FirstRequestHeader + Field(len(RequestHeaders))
	FirstAddedRequest   = FirstResponseHeader + Field(len(ResponseHeaders)) // of the headers that users add
	FirstAddedResponse  = FirstAddedRequest + MaxAddedHeaders
	FieldCount          = FirstAddedResponse + MaxAddedHeaders
	UserAgent           = FirstRequestHeader
)

// RequestFields and responseFields are all headers. Those that users add come last.
var (
	RequestFields  = FieldsWithin(FirstRequestHeader, FirstResponseHeader).With(FieldsWithin(FirstAddedRequest, FirstAddedResponse))
	ResponseFields = FieldsWithin(FirstResponseHeader, FirstAddedRequest).With(FieldsWithin(FirstAddedResponse, FieldCount))
)

// Headers that translation itself reads.
var (
	ForwardedFor  = RequestHeader("x-forwarded-for")
	Forwarded     = RequestHeader("forwarded")
	ViewerAddress = RequestHeader("cloudfront-viewer-address")
	Referer       = RequestHeader("referer")
	HostHeader    = RequestHeader("host")
	Location      = ResponseHeader("location")
	Link          = ResponseHeader("link")
	Via           = RequestHeader("via")

	SignatureAgent = RequestHeader("signature-agent")
)

// RequestHeader is the field of a request header of the allow list.
func RequestHeader(name string) Field {
	return FirstRequestHeader + Field(slices.Index(RequestHeaders[:], name))
}

// ResponseHeader is the field of a response header of the allow list.
func ResponseHeader(name string) Field {
	return FirstResponseHeader + Field(slices.Index(ResponseHeaders[:], name))
}

// MaxAddedHeaders bounds the headers of requests that users add, and those of
// responses, because each costs time for each visit.
const MaxAddedHeaders = 8

// HeaderName is a header's name in lower case with "-".
func HeaderName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}
