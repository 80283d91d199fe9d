// Copyright The agent_visits Authors
// SPDX-License-Identifier: Apache-2.0

package agentvisitsexporter

import (
	"slices"
)

// field is one thing that a visit is made of, or that helps to find such a thing.
type field uint8

// The fields. From userAgent on they are request headers, then response
// headers; see requestHeaders.
const (
	noField field = iota // of a key that tells only the source
	method
	requestLine
	scheme
	host
	bareHost     // under a key that also names the client or the machine
	machineName  // of the machine, except where a source means the host
	path         // without query, maybe percent-decoded
	pathFallback // a path that some servers rewrite, used when nothing else is there
	target       // path and query as in the request line
	query
	fullURL
	status
	noResponse // the status was 0
	duration
	durationPart // one of several that add up
	bareDuration // under a key whose unit depends on the source
	startTime
	endTime // written when the response was sent
	day     // of a time of day that stands in endTime's place
	clock
	clientIP
	peerIP // the TCP peer, which may be a proxy
	forwardedHost
	forwardedProto
	mcpMethod
	mcpTool
	mcpName // of a tool, a prompt or a resource
	mcpClientName
	mcpClientVersion
	mcpIsError
	mcpErrorCode
	errorType
	rpcSystem
	rpcMethod
	eventName
	category  // of a log that also holds probes
	container // a map that may come as JSON text
	innerText // a line or JSON record that a log shipper wrapped
	firstRequestHeader
)

// requestHeaders are the request headers that are delivered, in this order: the user
// agent, all that tell the client's address, the referer, then those that identify
// agents and browsers. It is the allow list of Known Agents' own clients, and holds
// no credentials.
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

// responseHeaders are the response headers that are delivered.
var responseHeaders = [...]string{
	"content-type", "content-length", "content-encoding", "content-language", "cache-control", "vary", "expires",
	"last-modified", "etag", "location", "link", "x-robots-tag", "access-control-allow-origin",
}

const (
	firstResponseHeader = firstRequestHeader + field(len(requestHeaders))
	firstAddedRequest   = firstResponseHeader + field(len(responseHeaders)) // of the headers that users add
	firstAddedResponse  = firstAddedRequest + maxAddedHeaders
	fieldCount          = firstAddedResponse + maxAddedHeaders
	userAgent           = firstRequestHeader
)

// requestFields and responseFields are all headers. Those that users add come last.
var (
	requestFields  = fieldsWithin(firstRequestHeader, firstResponseHeader).with(fieldsWithin(firstAddedRequest, firstAddedResponse))
	responseFields = fieldsWithin(firstResponseHeader, firstAddedRequest).with(fieldsWithin(firstAddedResponse, fieldCount))
)

// Headers that translation itself reads.
var (
	forwardedFor  = requestHeader("x-forwarded-for")
	forwarded     = requestHeader("forwarded")
	viewerAddress = requestHeader("cloudfront-viewer-address")
	referer       = requestHeader("referer")
	hostHeader    = requestHeader("host")
	location      = responseHeader("location")
	link          = responseHeader("link")
	via           = requestHeader("via")

	signatureAgent = requestHeader("signature-agent")
)

// requestHeader is the field of a request header of the allow list.
func requestHeader(name string) field {
	return firstRequestHeader + field(slices.Index(requestHeaders[:], name))
}

// responseHeader is the field of a response header of the allow list.
func responseHeader(name string) field {
	return firstResponseHeader + field(slices.Index(responseHeaders[:], name))
}
