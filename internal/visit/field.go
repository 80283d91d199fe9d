// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package visit

import (
	"slices"
	"strings"
)

// Field is a part of a visit, or something that helps to find such a part.
type Field uint8

// The fields. After those listed here come the request headers, then the response
// headers: first the built-in ones, then those that users add.
const (
	NoField Field = iota // of a key that only gives away its producer

	// The request.
	Method
	RequestLine
	Scheme
	Host
	BareHost     // under a key that may also name the client or the machine
	MachineName  // the host for some producers, a machine's name for all others
	Path         // without query; may be percent-decoded
	PathFallback // a path that some servers rewrite, for lack of a better one
	Target       // path and query as in the request line
	Query
	FullURL

	// The response.
	Status
	NoResponse   // the status is 0
	Duration     // in a unit that the key implies
	DurationPart // one of several durations that add up
	RequestTime  // request_time of nginx, which some producers count in another unit
	BareDuration // in a unit that depends on the producer

	// The time.
	StartTime
	EndTime // when the response was sent
	Day     // of a time that comes in two parts
	Clock   // the time of day that belongs to Day

	// The client.
	ClientIP
	PeerIP // who opened the TCP connection, maybe a proxy
	ForwardedHost
	ForwardedProto

	// The call of an MCP method.
	MCPMethod
	MCPTool
	MCPName // of a tool, a prompt or a resource
	MCPClientName
	MCPClientVersion
	MCPIsError
	MCPErrorCode
	ErrorType
	RPCSystem
	RPCMethod

	// The item that describes the request.
	EventName
	Category  // of a log that also holds probes
	Container // a map that may come as JSON text
	OtherKind // a sign that the record is of another kind than a visitor's request
	Outgoing  // a sign that a service made the request, not a visitor
	Library   // a name that may be that of a library which sends requests, or of a request
	InnerText // a line or a JSON record that a log shipper wrapped

	FirstRequestHeader
)

// RequestHeaders are the request headers that are delivered, in this order: the user
// agent, those that tell the client's address, the referer, then those that identify
// agents and browsers. The list is that of Known Agents' own clients. It holds no
// credentials.
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

// The fields of headers. The first request header is the user agent.
const (
	UserAgent           = FirstRequestHeader
	FirstResponseHeader = FirstRequestHeader + Field(len(RequestHeaders))
	FirstAddedRequest   = FirstResponseHeader + Field(len(ResponseHeaders)) // of the headers that users add
	FirstAddedResponse  = FirstAddedRequest + MaxAddedHeaders
	FieldCount          = FirstAddedResponse + MaxAddedHeaders
)

// MaxAddedHeaders is how many request headers users can add, and how many response
// headers. Each of them costs time for each visit.
const MaxAddedHeaders = 8

// RequestFields and ResponseFields are the fields of all headers, with those that users
// add.
var (
	RequestFields  = FieldsWithin(FirstRequestHeader, FirstResponseHeader).With(FieldsWithin(FirstAddedRequest, FirstAddedResponse))
	ResponseFields = FieldsWithin(FirstResponseHeader, FirstAddedRequest).With(FieldsWithin(FirstAddedResponse, FieldCount))
)

// Headers of which a visit's other parts are made, or which privacy treats apart.
var (
	ForwardedFor   = RequestHeader("x-forwarded-for")
	Forwarded      = RequestHeader("forwarded")
	ViewerAddress  = RequestHeader("cloudfront-viewer-address")
	Via            = RequestHeader("via")
	Referer        = RequestHeader("referer")
	HostHeader     = RequestHeader("host")
	SignatureInput = RequestHeader("signature-input")
	SignatureAgent = RequestHeader("signature-agent")
	Location       = ResponseHeader("location")
	Link           = ResponseHeader("link")
)

// RequestHeader returns the field of a header in RequestHeaders.
func RequestHeader(name string) Field {
	return FirstRequestHeader + Field(slices.Index(RequestHeaders[:], name))
}

// ResponseHeader returns the field of a header in ResponseHeaders.
func ResponseHeader(name string) Field {
	return FirstResponseHeader + Field(slices.Index(ResponseHeaders[:], name))
}

// HeaderName returns the name of a header in lower case, with "-" for "_".
func HeaderName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}
